"""What a delivery is told, what it tells on its way, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

    from bridgewright.engineer.delivery.message import Message

BASE = "main"
BRANCH = "agent/integration-engineer"
"""As the reference definition of the integration engineer names it."""
REMOTE = "origin"


class Step(StrEnum):
    """What is done, one after the other; each is told before and after."""

    FETCH = "fetch"
    SWITCH = "switch"
    STAGE = "stage"
    SCAN = "scan"
    COMMIT = "commit"
    MERGE = "merge"
    PUSH = "push"
    CONFIRM = "confirm"
    LOOK = "look"
    PROPOSE = "propose"


class Edge(StrEnum):
    """The two ends of a step."""

    BEFORE = "before"
    AFTER = "after"


Told = Callable[[Step, Edge], None]
"""Hears of each step, before it and after it; of one that did not succeed, before it only."""


def unheard(_step: Step, _edge: Edge) -> None:
    """Told to nobody."""


Judge = Callable[[str], None]
"""Looks at the commit that is about to be sent; what it raises ends the delivery before anything is."""


def unjudged(_sha: str) -> None:
    """Looked at by nobody."""


@contextmanager
def during(step: Step, tell: Told) -> Iterator[None]:
    """Tell of what is done inside."""
    tell(step, Edge.BEFORE)
    yield
    tell(step, Edge.AFTER)


@dataclass(frozen=True, slots=True)
class Course:
    """Which branch, for which base, at which remote. `recreate` is the consent to put a branch that was
    merged already back to the base at the remote too: the only push that is not forward."""

    branch: str = BRANCH
    base: str = BASE
    remote: str = REMOTE
    recreate: bool = False

    @property
    def upstream(self) -> str:
        """The base as the remote has it."""
        return f"refs/remotes/{self.remote}/{self.base}"

    @property
    def theirs(self) -> str:
        """The branch as the remote has it."""
        return f"refs/remotes/{self.remote}/{self.branch}"

    @property
    def ours(self) -> str:
        """The branch here."""
        return f"refs/heads/{self.branch}"


@dataclass(frozen=True, slots=True)
class Synced:
    """Where a branch stands now. `how` is one word: created, taken, kept, forwarded or recreated;
    `merged` whether the base came in. `expected` is what the remote's branch is to be replaced from,
    where it has to be."""

    branch: str
    sha: str
    how: str
    merged: bool = False
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be delivered: which paths (of files and folders, relative to the top of the working
    tree), with which message, and what the pull request says. `known` finds secrets by their value.
    `again` is the message in place of `message` where the base has the file `marker` already."""

    course: Course
    paths: tuple[str, ...]
    message: Message
    body: str = field(repr=False)
    known: re.Pattern[str] | None = field(default=None, repr=False)
    again: Message | None = None
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was delivered. `committed` and `pushed` say whether this run had to; `request` is made,
    changed or kept; `left` are changed files that are not of the integration and were left alone."""

    branch: str
    sha: str
    committed: bool
    pushed: bool
    request: str
    number: int
    url: str
    left: tuple[str, ...] = ()
