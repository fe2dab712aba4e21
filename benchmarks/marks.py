"""Marks: how a handler, in whatever process, says that it ran, for about a microsecond.

Each is a number and an instant of the system's monotonic clock, which all processes share, appended
to one file in a single write.
"""

from __future__ import annotations

import os
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MARK = struct.Struct("<qq")


class Marks:
    """The writing end."""

    __slots__ = ("_descriptor",)

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def leave(self, number: int) -> None:
        """Handler of `number` runs now."""
        os.write(self._descriptor, _MARK.pack(number, time.monotonic_ns()))


def count(path: Path) -> int:
    """How many marks there are."""
    try:
        return path.stat().st_size // _MARK.size
    except FileNotFoundError:
        return 0


def read(path: Path) -> list[tuple[int, int]]:
    """Every mark: number, nanoseconds."""
    return list(_MARK.iter_unpack(path.read_bytes()))
