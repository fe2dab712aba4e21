"""What is given with a definition, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Piece:
    """One file: its path below the top of the repository, and its text with LF at the end of each line;
    `cut` says that the text goes on in the file."""

    path: str
    text: str = field(repr=False)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Guidance:
    """The pieces, what is general first; and what was left out, taken out or cut, as lines for a person."""

    pieces: tuple[Piece, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill that keeps to the specification. `description` is one line; `folder` is its real folder, and
    `place` is how messages call its file."""

    name: str
    description: str = field(repr=False)
    folder: Path
    place: str
