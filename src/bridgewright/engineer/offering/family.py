"""What a process has started, whichever session that is in: a killed command must leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PROC = Path("/proc")
_PARENT, _BORN = 1, 19
"""Fields of /proc/PID/stat behind the name, which ends with a bracket (proc_pid_stat(5))."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A process, and when it was born: a number alone may be another's by now."""

    pid: int
    born: str


def below(pid: int) -> frozenset[Relative]:
    """Everything that a process has started and that has started, as far as it runs; without itself."""
    children: dict[int, list[Relative]] = {}
    for parent, each in _everybody():
        children.setdefault(parent, []).append(each)
    found: list[Relative] = list(children.get(pid, ()))
    for each in found:
        found += children.get(each.pid, ())
    return frozenset(found)


def end(relatives: Iterable[Relative]) -> None:
    """Kill those that are still themselves."""
    alive = {each for _, each in _everybody()}
    for each in alive & set(relatives):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(each.pid, signal.SIGKILL)


def _everybody() -> Iterator[tuple[int, Relative]]:
    """Every process with the number of its parent."""
    if (_PROC / "self" / "stat").exists():
        for folder in _PROC.iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    fields = (
                        (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                    )
                    yield int(fields[_PARENT]), Relative(int(folder.name), fields[_BORN])
        return
    listed = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,lstart="],  # noqa: S607 - where every system has it
        capture_output=True,
        text=True,
        check=False,
    )
    for line in listed.stdout.splitlines():
        pid, parent, born = line.split(None, 2)
        yield int(parent), Relative(int(pid), born)
