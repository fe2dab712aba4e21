"""The life of a plan, what it names, and how fast it may go on. Pure: a store applies it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import Refused
from bridgewright.core.lifecycle.presence import is_alive
from bridgewright.core.lifecycle.routes import matches
from bridgewright.core.model.control import EVERYTHING
from bridgewright.core.model.item import Cause
from bridgewright.core.model.moment import Moment, later, seconds_between
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import Caution, Plan, PlanMove, PlanState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.core.model.operation import WorkerRow

AHEAD_S = 10.0
"""How far ahead of its pace a plan puts items back, each due at its own instant: longer than the time
between two looks of a worker, short enough that a pause is felt at once."""
LEAST_WINDOW = 100
WINDOW_SHARE = 10
"""Under `stop_after` K at most 10 K items (100 at least) are out at once: enough to keep workers
busy, and the bound on what a plan that goes wrong can do before it stops."""


MOVES: Mapping[tuple[PlanState, PlanMove], PlanState] = MappingProxyType(
    {
        (PlanState.FREEZING, PlanMove.SEAL): PlanState.FROZEN,
        (PlanState.FREEZING, PlanMove.ABORT): PlanState.ABORTED,
        (PlanState.FROZEN, PlanMove.RUN): PlanState.RUNNING,
        (PlanState.FROZEN, PlanMove.ABORT): PlanState.ABORTED,
        (PlanState.RUNNING, PlanMove.PAUSE): PlanState.PAUSED,
        # By itself: its canary or too many others failed.
        (PlanState.RUNNING, PlanMove.HALT): PlanState.PAUSED,
        (PlanState.RUNNING, PlanMove.ABORT): PlanState.ABORTED,
        (PlanState.RUNNING, PlanMove.FINISH): PlanState.FINISHED,
        (PlanState.PAUSED, PlanMove.RESUME): PlanState.RUNNING,
        (PlanState.PAUSED, PlanMove.ABORT): PlanState.ABORTED,
    }
)
OPEN = (PlanState.FREEZING, PlanState.RUNNING)
"""States in which whoever comes by carries a plan on."""
_BY_PERSON = (PlanMove.RUN, PlanMove.PAUSE, PlanMove.RESUME, PlanMove.ABORT)


def moved(plan: Plan, move: PlanMove) -> PlanState:
    """The state that `move` leads to; `Refused` when the plan's own state does not allow it."""
    try:
        return MOVES[plan.state, move]
    except KeyError:
        allowed = [m for state, m in MOVES if state is plan.state and m in _BY_PERSON]
        step = f"bridgewright redrive {allowed[0]} {plan.id}" if allowed else _ANEW
        msg = f"plan {plan.id} is {plan.state} ({_counts(plan)}), so it cannot {move}; possible: "
        raise Refused(msg + (f"{', '.join(allowed)} (`{step}`)" if allowed else step)) from None


_ANEW = "freeze a new one with `bridgewright redrive plan`"


def _counts(plan: Plan) -> str:
    return f"{plan.total} named, {plan.put_back} put back, {plan.skipped} skipped"


def expect(plan: Plan, count: int | None) -> None:
    """Refuse to run a plan that names another number of items than its operator has looked at."""
    if count is not None and count != plan.total:
        msg = f"plan {plan.id} names {plan.total} items, not the {count} you expect; nothing moved"
        raise Refused(f"{msg}. Look at it: bridgewright redrive show {plan.id}")


def folded(content_hash: str, entries: Iterable[tuple[int, int]]) -> str:
    """The content hash after more entries (item, fence), in order: a chain, so that it is the same
    however the entries came in batches. Begin with an empty text."""
    chain = bytes.fromhex(content_hash)
    for item_id, fence in entries:
        chain = hashlib.sha256(b"%b%d:%d;" % (chain, item_id, fence)).digest()
    return chain.hex()


def known_patterns(
    workers: Iterable[WorkerRow], own: Iterable[tuple[str, str]], now: Moment
) -> tuple[tuple[str, str], ...]:
    """Source and pattern of every handler that living workers reported, or the caller has.

    A worker that reports none for a source it claims (an older release) is taken to handle all.
    """
    found = set(own)
    for worker in workers:
        if is_alive(worker, now):
            found.update(worker.patterns)
            told = {source for source, _ in worker.patterns}
            found.update((source, "*") for source in worker.sources if source not in told)
    return tuple(sorted(found))


def paused(
    types: Iterable[tuple[str, str]], pauses: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Those pairs of source and event type that a pause (source and pattern) holds."""
    held = list(pauses)
    return tuple(
        (source, event_type)
        for source, event_type in types
        if any(of in {EVERYTHING, source} and matches(p, event_type) for of, p in held)
    )


def unhandled(
    types: Iterable[tuple[str, str]], patterns: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Those pairs of source and event type that no known handler takes.

    A source of which no pattern is known is left out: nobody works on it now, so nobody knows.
    """
    by_source: dict[str, list[str]] = {}
    for source, pattern in patterns:
        by_source.setdefault(source, []).append(pattern)
    return tuple(
        (source, event_type)
        for source, event_type in types
        if source in by_source and not any(matches(p, event_type) for p in by_source[source])
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a plan has come, as what it may do next depends on it.

    `failed` counts since it was last ordered to go on; `out` are those put back under caution that
    have neither ended well nor failed; `next_due_at` is when, by its pace, the next one is due.
    """

    put_back: int
    failed: int
    out: int
    next_due_at: Moment


@dataclass(frozen=True, slots=True)
class Halt:
    """The plan pauses by itself, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Up to `limit` items may have their turn now: the first due at `first_at`, each `step_us`
    microseconds after the one before."""

    limit: int
    first_at: Moment
    step_us: int = 0


def ahead(caution: Caution, standing: Standing, now: Moment, batch: int) -> Halt | Leave:
    """What a running plan may do now."""
    if caution.stop_after is not None and standing.failed >= caution.stop_after:
        text = f"{standing.failed} of those it put back failed (stop after {caution.stop_after})"
        return Halt(text)
    limit = batch
    if caution.canary is not None and standing.put_back <= caution.canary:
        if standing.failed:
            return Halt(f"{standing.failed} of its canary of {caution.canary} failed")
        if standing.put_back < caution.canary:
            limit = min(limit, caution.canary - standing.put_back)
        elif standing.out:
            limit = 0
    if caution.stop_after is not None:
        window = max(LEAST_WINDOW, WINDOW_SHARE * caution.stop_after)
        limit = min(limit, max(0, window - standing.out))
    if caution.pace_per_s is None:
        return Leave(limit, now)
    first_at = max(now, standing.next_due_at)
    room_s = AHEAD_S - seconds_between(now, first_at)
    limit = min(limit, int(room_s * caution.pace_per_s) + 1 if room_s >= 0 else 0)
    return Leave(limit, first_at, round(1_000_000 / caution.pace_per_s))


def next_due(leave: Leave, given: int) -> Moment:
    """When the next item is due after `given` of them had their turn."""
    return later(leave.first_at, given * leave.step_us / 1_000_000)


def written(selection: Selection) -> dict[str, Any]:
    """A selection as plain values, to be kept with the plan that came of it."""
    fields = ("ids", "source", "event_type", "cause", "since", "until", "problem")
    found = {name: getattr(selection, name) for name in fields}
    return {name: value for name, value in found.items() if value not in (None, ())}


def read(kept: Mapping[str, Any]) -> Selection:
    """The selection that `written` kept."""
    values = dict(kept)
    if "ids" in values:
        values["ids"] = tuple(values["ids"])
    if "cause" in values:
        values["cause"] = Cause(values["cause"])
    return Selection(**values)
