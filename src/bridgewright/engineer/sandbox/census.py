"""How many tasks a command has, and how much memory they hold, as the kernel's tables say (Linux)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = "/proc"
_PPID, _THREADS, _RSS = 1, 17, 21
"""Fields of `/proc/PID/stat`, counted from the one after the name: proc(5), read 2026-11."""


@dataclass(frozen=True, slots=True)
class Census:
    """The processes below one, itself not counted."""

    pids: frozenset[int] = frozenset()
    tasks: int = 0
    memory_bytes: int = 0


def census(top: int, also: frozenset[int] = frozenset()) -> Census:
    """Count what is below a process, and below the processes of `also`, which may have lost their
    parents. Nothing where there is no /proc."""
    rows = dict(_rows())
    below: dict[int, list[int]] = {}
    for pid, (parent, _, _) in rows.items():
        below.setdefault(parent, []).append(pid)
    known: set[int] = set()
    left = [*below.get(top, ()), *(pid for pid in also if pid in rows)]
    while left:
        pid = left.pop()
        if pid not in known:
            known.add(pid)
            left += below.get(pid, ())
    page = os.sysconf("SC_PAGE_SIZE")
    return Census(
        frozenset(known),
        sum(rows[pid][1] for pid in known),
        sum(rows[pid][2] for pid in known) * page,
    )


def _rows() -> list[tuple[int, tuple[int, int, int]]]:
    rows: list[tuple[int, tuple[int, int, int]]] = []
    try:
        names = os.listdir(_PROC)  # noqa: PTH208 - many, often
    except OSError:
        return []
    for name in names:
        if not name.isdigit():
            continue
        try:
            text = Path(_PROC, name, "stat").read_bytes()
        except OSError:
            continue  # it ended meanwhile
        fields = text.rpartition(b")")[2].split()
        rows.append((int(name), (int(fields[_PPID]), int(fields[_THREADS]), int(fields[_RSS]))))
    return rows
