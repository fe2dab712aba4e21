"""A plan as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STRIKES = 3
"""After so many failures of one kind, somebody else decides (the skill's three-strike rule)."""
MOST_TEXT = 200
"""Characters of what may stand in a plan, which is read again and again: the rest belongs into notes."""


class Status(StrEnum):
    """How far a phase is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"


class Kind(StrEnum):
    """What evidence is, and so how it is looked for: a commit of the branch, a file of the tree, a test
    in one, or a check of `engineer verify` that is kept."""

    COMMIT = "commit"
    FILE = "file"
    TEST = "test"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that a phase is complete: `file integrations/acme/client.py`."""

    kind: Kind
    value: str

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase. `line` is where it begins and `end` the first line after it, both from 0; `boxes` are
    the numbers of ticked and of all boxes below it."""

    number: int
    name: str
    status: Status
    line: int
    end: int
    evidence: tuple[Evidence, ...] = ()
    boxes: tuple[int, int] = (0, 0)
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of error: how often it was met, and what was done about it."""

    text: str
    attempts: int
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan says."""

    goal: str
    phases: tuple[Phase, ...]
    decisions: tuple[tuple[str, str], ...]
    failures: tuple[Failure, ...]

    @property
    def complete(self) -> int:
        """How many phases are."""
        return sum(phase.status is Status.COMPLETE for phase in self.phases)

    @property
    def current(self) -> Phase | None:
        """The phase that is worked on: the first in progress, or else the first that waits."""
        for status in (Status.IN_PROGRESS, Status.PENDING):
            for phase in self.phases:
                if phase.status is status:
                    return phase
        return None

    def open(self) -> tuple[str, ...]:
        """What keeps it from being closed, each in a sentence; nothing when it is done."""
        if not self.phases:
            return ("it has no phases",)
        found = []
        for phase in self.phases:
            called = f"phase {phase.number} ({phase.name})"
            ticked, boxes = phase.boxes
            if phase.status is not Status.COMPLETE:
                found.append(f"{called} is {phase.status}")
            elif ticked < boxes:
                found.append(f"{called} is complete with {boxes - ticked} boxes not ticked")
        found += [
            f"{failure.text!r} failed {failure.attempts} times, and nothing was done about it"
            for failure in self.failures
            if failure.attempts >= STRIKES and not failure.resolution
        ]
        return tuple(found)

    def unproved(self) -> tuple[Phase, ...]:
        """Phases that are called complete without evidence."""
        return tuple(
            phase for phase in self.phases if phase.status is Status.COMPLETE and not phase.evidence
        )
