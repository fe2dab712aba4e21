"""What a pack is made of, and how its files stand in a project, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.engineer.encoded import Encoded


class Host(StrEnum):
    """The agents that read packs."""

    OPENCODE = "opencode"
    CLAUDE = "claude"


class State(StrEnum):
    """How a file stands, and what an installation does about it."""

    NEW = "new"
    """It is not there: it is written."""
    ADDED = "added"
    """It is there, and gets one entry; everything else in it stays."""
    UNCHANGED = "unchanged"
    """It says what ours says, whatever its encoding and line ends."""
    UPDATED = "updated"
    """It is as an earlier version of ours wrote it: it is replaced."""
    REPLACED = "replaced"
    """Somebody's words are replaced, for that was asked for."""
    YOURS = "yours"
    """It is there and is meant to be written in by others: it is left, and nothing is wrong."""
    CHANGED = "changed"
    """Somebody changed it, or wrote it: it is left."""
    ELSEWHERE = "elsewhere"
    """The project has one of that name in another place, where the host reads it too: ours is not written."""
    BY_HAND = "by hand"
    """It cannot be edited safely: somebody adds to it what is told."""
    OUTSIDE = "outside"
    """A link leads out of the project, or into `.git`: it is not followed."""
    BLOCKED = "blocked"
    """Something that is no file is in the way."""


WRITTEN = frozenset({State.NEW, State.ADDED, State.UPDATED, State.REPLACED})
LEFT = frozenset({State.CHANGED, State.ELSEWHERE, State.BY_HAND, State.OUTSIDE, State.BLOCKED})
"""What an installation could not do: it is told, and the command ends with 1."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A whole file of the pack. `rivals` are other places where its host looks for the same; a `stub` is
    made once and belongs to the project from then on."""

    path: str
    host: Host
    text: str = field(repr=False)
    rivals: tuple[str, ...] = ()
    stub: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One value in a file of settings that belongs to the project. `paths` are where its host looks for
    that file, the one that is made first; `keys` lead to the value; `around` is what a new file begins with.
    """

    paths: tuple[str, ...]
    host: Host
    keys: tuple[str, str]
    value: Mapping[str, object]
    around: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def key(self) -> str:
        """How it is called in one word: `mcp.bridgewright`."""
        return ".".join(self.keys)


@dataclass(frozen=True, slots=True)
class Standing:
    """One file of the pack in a project. `why` says what keeps it from being written, `add` what somebody
    should add to it; `target` and `content` are what is written, and `remembered` is its hash for the
    ledger, none for what is not ours.
    """

    path: str
    host: Host
    state: State
    why: str = ""
    add: str = ""
    target: Path | None = field(default=None, repr=False)
    content: Encoded | None = field(default=None, repr=False)
    remembered: tuple[str, str] | None = field(default=None, repr=False)
