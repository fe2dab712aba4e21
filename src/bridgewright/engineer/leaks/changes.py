"""Secrets in what a change adds: a unified diff, as git writes it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.engineer.leaks.texts import Leak, leaks

if TYPE_CHECKING:
    from collections.abc import Iterator

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_OCTAL = re.compile(r"\\([0-7]{3}|.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def leaks_in(diff: str, known: re.Pattern[str] | None = None) -> tuple[Leak, ...]:
    """What the lines that a diff adds would give away, each with its file and its line there; a name of
    a file that is itself a secret counts as its line 0.

    The diff is `git diff` with `--text`, so that a file that looks binary is seen too.
    """
    found: list[Leak] = []
    for path, first, added in _added(diff):
        text = "\n".join(added)
        found += [
            replace(leak, path=path, line=leak.line + first - 1) for leak in leaks(text, known)
        ]
        if not first:
            found += [Leak(0, 1, leak.kind, "(a name)") for leak in leaks(path, known)]
    return tuple(found)


def _added(diff: str) -> Iterator[tuple[str, int, list[str]]]:
    """Each file's name once, with line 0, and of each hunk the first line and the lines it adds.

    Lines are counted by the hunk's own head: what looks like a head inside one is content.
    """
    path, lines = "", iter(diff.split("\n"))
    for line in lines:
        if line.startswith("+++ "):
            path = _path(line[4:])
            yield path, 0, []
        elif (hunk := _HUNK.match(line)) is not None:
            yield path, int(hunk[2]), list(_hunk(lines, _count(hunk[1]), _count(hunk[3])))


def _hunk(lines: Iterator[str], old: int, new: int) -> Iterator[str]:
    """The new side of a hunk; lines that were there before are empty, so that the count stays."""
    while old > 0 or new > 0:
        line = next(lines, None)
        if line is None:
            return
        mark = line[:1]
        old -= mark in {"-", " ", ""}
        new -= mark in {"+", " ", ""}
        if mark not in {"-", "\\"}:
            yield line[1:] if mark == "+" else ""


def _count(number: str | None) -> int:
    return 1 if number is None else int(number)


def _path(written: str) -> str:
    """A name as git writes it after `+++`: with `b/`, in quotes when it is an odd one."""
    written = written.rstrip("\t")
    if written.startswith('"') and written.endswith('"'):
        raw = _OCTAL.sub(
            lambda found: (
                chr(int(found[1], 8)) if found[1].isdigit() else _ESCAPES.get(found[1], found[1])
            ),
            written[1:-1],
        )
        written = raw.encode("latin-1", "replace").decode("utf-8", "replace")
    return written.removeprefix("b/")
