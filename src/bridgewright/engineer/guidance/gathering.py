"""The texts that go with a definition, and what is to be said of them."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.guidance import skilled, within
from bridgewright.engineer.guidance.visible import visible
from bridgewright.engineer.guidance.words import Guidance, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.engineer.definition.words import Definition

MOST_CHARS = 40_000
"""Characters of all pieces together: some ten thousand tokens, which are paid for in every turn."""
MOST_PIECES = 50
_AGENTS = "AGENTS.md"
_ANY = "**"


def gathered(root: Path, definition: Definition, most_chars: int = MOST_CHARS) -> Guidance:
    """What the project at `root` says to whoever works on it: `AGENTS.md` of the repository and of every
    folder down to `root`, then the memory files of the definition. Nothing is raised: what cannot be given is
    a remark, and so is a skill that is left out."""
    top, below = _placed(root)
    places, remarks = _places(top, below, definition)
    texts: dict[Path, tuple[str, str]] = {}
    for place in places[:MOST_PIECES]:
        try:
            target = within.real(top, place)
            if target in texts:
                continue
            text, hidden = visible("\n".join(within.content(top, place).lines()))
        except ConfigurationError as error:
            remarks.append(str(error))
            continue
        texts[target] = (place, text)
        if hidden:
            remarks.append(f"{place}: {hidden} hidden characters were taken out: look who wrote it")
    if len(places) > MOST_PIECES:
        remarks.append(f"{places[MOST_PIECES]}: is left out: {MOST_PIECES} files are the most")
    pieces = _shared(list(texts.values()), most_chars)
    remarks += [
        f"{piece.path}: {len(piece.text)} of {len(text)} characters are given"
        for piece, (_, text) in zip(pieces, texts.values(), strict=True)
        if piece.cut
    ]
    return Guidance(pieces, (*remarks, *skilled.surveyed(root).remarks))


def _placed(root: Path) -> tuple[Path, str]:
    """The top of the repository that a folder is in, the folder itself where it is in none; and the way from
    there to the folder: `` or `some/where/`."""
    inside = Path(os.path.realpath(root))
    tops = (each for each in (inside, *inside.parents) if os.path.lexists(each / ".git"))
    top = next(tops, inside)
    return top, "".join(f"{part}/" for part in inside.relative_to(top).parts)


def _places(top: Path, below: str, definition: Definition) -> tuple[list[str], list[str]]:
    """The paths below the top that are there and that somebody means, and remarks. One that is not there is
    no problem: a definition names what is read where it is there."""
    parts = below.split("/")
    folders = ["".join(f"{part}/" for part in parts[:count]) for count in range(len(parts))]
    found = [f"{folder}{_AGENTS}" for folder in folders]
    remarks: list[str] = []
    for pattern in definition.memory:
        folder = pattern.partition("*")[0].rpartition("/")[0]
        if "*" in pattern and folder:
            walked = within.walked(top, f"{below}{folder}")
            wanted = f"{below}{pattern}".split("/")
            found += [each for each in walked.files if _is_meant(each.split("/"), wanted)]
            remarks += walked.remarks
        else:
            found.append(f"{below}{pattern}")
    return [each for each in dict.fromkeys(found) if os.path.lexists(top / each)], remarks


def _is_meant(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a path is of a pattern: `*` is a part of a name, `**` any folders."""
    if not wanted:
        return not parts
    if wanted[0] == _ANY:
        return any(_is_meant(parts[count:], wanted[1:]) for count in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _is_meant(parts[1:], wanted[1:])


def _shared(texts: Sequence[tuple[str, str]], most_chars: int) -> tuple[Piece, ...]:
    """The texts within the bound. A short one is whole, and what it leaves is for the long ones, so that one
    file does not take the room of all."""
    left, room = max(0, most_chars), [0] * len(texts)
    shortest = sorted(range(len(texts)), key=lambda at: len(texts[at][1]))
    for done, at in enumerate(shortest):
        room[at] = min(len(texts[at][1]), left // (len(texts) - done))
        left -= room[at]
    return tuple(
        Piece(place, text[:most], cut=most < len(text))
        for (place, text), most in zip(texts, room, strict=True)
    )
