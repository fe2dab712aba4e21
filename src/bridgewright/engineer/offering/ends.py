"""Standard input and output, taken for the protocol before anything else is imported that could print."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@dataclass(frozen=True, slots=True)
class Ends:
    """Descriptors of our own, to read from and to write to, which nothing else in this process knows."""

    source: int
    target: int


@contextmanager
def taken() -> Generator[Ends, None, None]:
    """Until the end of the block, whoever prints in this process, or in one that it starts, prints to
    standard error, and reads nothing."""
    ends = Ends(os.dup(0), os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        yield ends
    finally:
        os.close(nothing)
        os.dup2(ends.source, 0)
        os.dup2(ends.target, 1)
        os.close(ends.source)
        os.close(ends.target)
