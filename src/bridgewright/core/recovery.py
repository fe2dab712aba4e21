"""What a journey may ask of a store about problems and plans: effects beside those of `core.effects`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.effects import Command, Query
from bridgewright.core.model.operation import AuditRow
from bridgewright.core.model.planning import (
    Caution,
    Plan,
    PlanMove,
    PlannedRow,
    Problem,
    Prospect,
    Stretch,
    Verb,
)

if TYPE_CHECKING:
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import Selection

FREEZE_BATCH = 2_000
"""Candidates that one step of freezing looks at: its transaction stays in the tens of milliseconds."""
TURN_BATCH = 1_000
"""Items that have their turn in one transaction."""


@dataclass(frozen=True, slots=True)
class Freeze(Command[Plan]):
    """Begin a plan that names what matches `selection` as of now (dead letters for a redrive, done
    items for a replay), at most `limit`, the oldest first. What one step can look at is frozen at
    once; the plan is `freezing` while there is more, and `Extend` goes on. `patterns` are the
    caller's own handlers (source and pattern)."""

    selection: Selection
    reason: str
    actor: str
    at: Moment
    limit: int | None = None
    verb: Verb = Verb.REDRIVE
    patterns: tuple[tuple[str, str], ...] = ()
    batch: int = FREEZE_BATCH


@dataclass(frozen=True, slots=True)
class Extend(Command[Plan]):
    """Freeze the next stretch of a plan; changes nothing when it is frozen."""

    plan_id: int
    at: Moment
    batch: int = FREEZE_BATCH


@dataclass(frozen=True, slots=True)
class Steer(Command[Plan]):
    """An operator's move: run, pause, resume or abort. `Refused` when the plan's state does not allow
    it, or a run when it does not name `expect_count` items. `caution` counts at a run."""

    plan_id: int
    move: PlanMove
    actor: str
    at: Moment
    reason: str = ""
    expect_count: int | None = None
    caution: Caution = field(default_factory=Caution)


@dataclass(frozen=True, slots=True)
class Advanced:
    """What one command did: how many it put back and skipped, whether it paused the plan, and the
    plan as it stands after it. Rivals' doings are in the plan, and not in the numbers."""

    plan: Plan
    put_back: int = 0
    skipped: int = 0
    halted: bool = False


@dataclass(frozen=True, slots=True)
class Advance(Command[Advanced]):
    """Give the next items of a running plan their turn, with the audit row, in one transaction.

    Does nothing in another state, nor while caution says to wait; a plan whose canary or too many
    others failed is paused.
    """

    plan_id: int
    at: Moment
    batch: int = TURN_BATCH


@dataclass(frozen=True, slots=True)
class ShowPlan(Query[Plan | None]):
    """One plan, or None."""

    plan_id: int


@dataclass(frozen=True, slots=True)
class ListPlans(Query[tuple[Plan, ...]]):
    """Plans, newest first; only those to be carried on (freezing or running) when `open_only`."""

    open_only: bool = False
    limit: int = 20


@dataclass(frozen=True, slots=True)
class ListPlanned(Query[tuple[PlannedRow, ...]]):
    """The first items that a plan names of one prospect, after item `after`."""

    plan_id: int
    prospect: Prospect
    limit: int
    after: int = 0


@dataclass(frozen=True, slots=True)
class CountPlanned(Query[Stretch]):
    """What became of the `limit` items of a plan that come after item `after`."""

    plan_id: int
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class ListAudit(Query[tuple[AuditRow, ...]]):
    """The newest rows of the audit, of one plan or of all."""

    plan_id: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class ListProblems(Query[tuple[Problem, ...]]):
    """Problems that have dead letters now, of one source or of all, the largest first."""

    source: str | None
    limit: int
