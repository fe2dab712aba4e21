"""Words of recovery: problems, and plans that put back what failed or handle again what was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.item import State
    from bridgewright.core.model.moment import Moment


@dataclass(frozen=True, slots=True)
class Problem:
    """Dead letters that failed alike: `dead` of them now, `seen` since the first was buried.

    `id` is stable: it names the version of the rule that made it, and neither a deployment nor a
    restart changes it. `sample_id` is the newest of its dead letters.
    """

    id: str
    title: str
    dead: int
    seen: int
    first_seen_at: Moment
    last_seen_at: Moment
    sources: tuple[str, ...]
    causes: tuple[str, ...]
    sample_id: int


class Verb(StrEnum):
    """What a plan does to the items it names. REDRIVE: a dead letter waits again, the same item with
    fresh attempts. REPLAY: a done item is handled again, as a new item that names the old."""

    REDRIVE = "redrive"
    REPLAY = "replay"


class PlanState(StrEnum):
    """Where a plan is; the moves are in `core.lifecycle.plans`."""

    FREEZING = "freezing"
    FROZEN = "frozen"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    ABORTED = "aborted"


class PlanMove(StrEnum):
    """What can happen to a plan. The first four are a person's."""

    RUN = "run"
    PAUSE = "pause"
    RESUME = "resume"
    ABORT = "abort"
    SEAL = "seal"
    HALT = "halt"
    FINISH = "finish"


class Prospect(StrEnum):
    """What a plan expects of an item it names. Only WILL_RUN is put back.

    PAUSED is of a source or type that a person has paused. EXPIRED may have been sent, and its provider
    knows its key no more: it is put back only by a plan that names it by its number. SUPERSEDED is
    reserved: whether a stale event is still to be handled, only its source's settings know.
    """

    WILL_RUN = "will_run"
    SUCCEEDED = "already_succeeded"
    SUPERSEDED = "superseded"
    UNHANDLED = "handler_missing"
    PAUSED = "paused"
    EXPIRED = "key_expired"


class Fate(StrEnum):
    """What became of a named item at its turn.

    PUT_BACK waits again. WATCHED does too, and is looked at until it is DONE or has FAILED an
    attempt. SKIPPED was not expected to run, SUCCEEDED had succeeded by its turn, GONE was no longer
    in the state that the plan froze.
    """

    PENDING = "pending"
    PUT_BACK = "put_back"
    WATCHED = "watched"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    SUCCEEDED = "already_succeeded"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Caution:
    """How carefully a plan is run.

    `canary` (1 or more): so many are put back first, and the rest only when all of them are done;
    one that fails pauses the plan. `pace_per_s` (0.001 to 10000): how many become due each second.
    `stop_after` (1 or more): the plan pauses when so many of those it put back have failed an
    attempt; until they have settled only a bounded number is out at once. None of any: no limit.
    """

    canary: int | None = None
    pace_per_s: float | None = None
    stop_after: int | None = None

    @property
    def watches(self) -> bool:
        """Whether it takes looking at what became of those put back."""
        return self.canary is not None or self.stop_after is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: the items it names are fixed once it is frozen; what became of each is counted.

    `created_at` is the instant as of which it names them. `content_hash` is a SHA-256 over each item's
    number and fence in order: equal hashes, equal contents. `put_back` wait or waited again, `skipped`
    had their turn and were left alone, `failed` of those put back under caution failed an attempt.
    `by_prospect` counts what was expected when it was frozen. `why` says what paused it.
    """

    id: int
    state: PlanState
    reason: str
    actor: str
    created_at: Moment
    total: int
    put_back: int = 0
    skipped: int = 0
    by_cause: Mapping[str, int] = field(default_factory=dict)
    verb: Verb = Verb.REDRIVE
    content_hash: str = ""
    by_prospect: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    caution: Caution = field(default_factory=Caution)
    why: str = ""

    @property
    def remaining(self) -> int:
        """How many named items have not had their turn."""
        return self.total - self.put_back - self.skipped


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One item that a plan names: what was expected of it, what became of it at its turn, and where
    it stands now. `runs_as` is the item that is worked on: itself, or the new item of a replay."""

    item_id: int
    source: str
    event_type: str
    prospect: Prospect
    fate: Fate
    state: State
    runs_as: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Counts over a run of a plan's items, up to `reached`: by fate, and of those put back by the
    state they are in now. `reached` is None when there is nothing after it."""

    by_fate: Mapping[str, int]
    became: Mapping[str, int]
    reached: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a plan: its items by fate, and those put back by the state they are in now
    (`done`: handled again; `dead`: failed again; `waiting` and `leased`: not yet known)."""

    plan: Plan
    by_fate: Mapping[str, int]
    became: Mapping[str, int]
