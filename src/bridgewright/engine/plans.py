"""The journeys of a plan: freeze it, look at it, steer it, carry it on, and report what became of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bridgewright.core.effects import Now, Pause, ask
from bridgewright.core.errors import ConfigurationError, NotFound
from bridgewright.core.model.fact import PlanAdvanced, PlanExtended, PlanPaused
from bridgewright.core.model.item import State
from bridgewright.core.model.planning import Caution, PlanMove, PlanState, Prospect, Report, Verb
from bridgewright.core.recovery import (
    Advance,
    CountPlanned,
    Extend,
    Freeze,
    ListPlanned,
    ListPlans,
    ShowPlan,
    Steer,
)

if TYPE_CHECKING:
    from bridgewright.core.effects import Journey
    from bridgewright.core.model.planning import Plan, PlannedRow
    from bridgewright.core.ports import Observer
    from bridgewright.core.recovery import Advanced

COUNT_BATCH = 20_000
"""Items that one query of a report looks at, so that others are answered in between."""
MOST_OPEN = 1_000
"""Plans that one look carries on; more than a person ever has open."""
BREATH_S = 0.01
"""Pause between two stretches of one plan. A database lock is not handed on in turn: without it, a
plan that takes the lock again at once would keep other processes out until its end."""
SAMPLE = 5
"""Items of each prospect that a plan is shown with."""
FASTEST_PER_S = 10_000.0
SLOWEST_PER_S = 0.001
_SELECTS = {Verb.REDRIVE: State.DEAD, Verb.REPLAY: State.DONE}


def show(plan_id: int) -> Journey[Plan]:
    """One plan; `NotFound` when there is none of this number."""
    plan = yield from ask(ShowPlan(plan_id))
    if plan is None:
        msg = f"there is no plan {plan_id}: `bridgewright redrive ls` lists those there are"
        raise NotFound(msg)
    return plan


def freeze(command: Freeze, tell: Observer) -> Journey[Plan]:
    """Name what matches now, step by step. Nothing moves. Its instant and the actor's words are
    looked at here; `ConfigurationError` for what cannot be planned."""
    _refuse_unclear(command)
    plan = yield from ask(command)
    while plan.state is PlanState.FREEZING:
        plan = yield from _extend(plan, tell)
    return plan


def _extend(plan: Plan, tell: Observer) -> Journey[Plan]:
    tell(PlanExtended(plan.id, plan.total))
    yield from ask(Pause(BREATH_S))
    now = yield from ask(Now())
    return (yield from ask(Extend(plan.id, now)))


def _refuse_unclear(command: Freeze) -> None:
    selection, verb = command.selection, command.verb
    if not command.reason.strip():
        problem = f"a {verb} needs a reason"
        remedy = "say why it will work now: it is kept for good"
        raise ConfigurationError(problem, remedy=remedy)
    if command.limit is not None and command.limit < 1:
        problem = f"limit is {command.limit}: a plan names 1 item or more"
        raise ConfigurationError(problem, remedy="leave it out for all that match")
    if selection.state not in (None, _SELECTS[verb]):
        problem = f"a {verb} takes items that are {_SELECTS[verb]}, none that are {selection.state}"
        raise ConfigurationError(problem, remedy="leave the state out")
    if verb is Verb.REPLAY and (selection.cause or selection.problem):
        problem = "cause and problem are those of dead letters, and a replay takes done items"
        raise ConfigurationError(problem, remedy="redrive dead letters, or select otherwise")


def caution(canary: int | None, pace_per_s: float | None, stop_after: int | None) -> Caution:
    """How carefully to run a plan; `ConfigurationError` out of bounds."""
    for name, given in (("canary", canary), ("stop_after", stop_after)):
        if given is not None and given < 1:
            problem = f"{name} is {given}: 1 or more"
            raise ConfigurationError(problem, remedy="leave it out to do without")
    if pace_per_s is not None and not SLOWEST_PER_S <= pace_per_s <= FASTEST_PER_S:  # NaN as well
        problem = (
            f"pace_per_s is {pace_per_s}: from {SLOWEST_PER_S:g} to {FASTEST_PER_S:g} a second"
        )
        raise ConfigurationError(problem, remedy="leave it out to go as fast as workers do")
    return Caution(canary, pace_per_s, stop_after)


def steer(  # noqa: PLR0913 - what a person may say with a move
    plan_id: int,
    move: PlanMove,
    actor: str,
    *,
    reason: str = "",
    expect_count: int | None = None,
    care: Caution | None = None,
) -> Journey[Plan]:
    """Make an operator's move."""
    now = yield from ask(Now())
    words = reason.strip()
    command = Steer(plan_id, move, actor, now, words, expect_count, care or Caution())
    return (yield from ask(command))


def advance(plan_id: int, tell: Observer) -> Journey[Plan]:
    """Give the next items of a running plan their turn."""
    return (yield from _advance(plan_id, tell)).plan


def _advance(plan_id: int, tell: Observer) -> Journey[Advanced]:
    now = yield from ask(Now())
    done = yield from ask(Advance(plan_id, now))
    plan, moved = done.plan, done.put_back + done.skipped
    if moved:
        tell(PlanAdvanced(plan.id, done.put_back, plan.remaining))
    if done.halted:
        tell(PlanPaused(plan.id, plan.why))
    if plan.state is PlanState.RUNNING and moved:
        yield from ask(Pause(BREATH_S))
    return done


def carry_on(tell: Observer) -> Journey[None]:
    """Carry on every plan that somebody left freezing or running, as far as it may go now."""
    for found in (yield from ask(ListPlans(open_only=True, limit=MOST_OPEN))):
        plan = found
        while plan.state is PlanState.FREEZING:
            plan = yield from _extend(plan, tell)
        moved = 1
        while plan.state is PlanState.RUNNING and moved:
            done = yield from _advance(plan.id, tell)
            plan, moved = done.plan, done.put_back + done.skipped


def sample(plan_id: int, limit: int = SAMPLE) -> Journey[tuple[PlannedRow, ...]]:
    """A few of the items that a plan names, of each prospect."""
    plan = yield from show(plan_id)
    rows: list[PlannedRow] = []
    for prospect in Prospect:
        if plan.by_prospect.get(prospect):
            rows += yield from ask(ListPlanned(plan_id, prospect, limit))
    return tuple(rows)


def report(plan_id: int) -> Journey[Report]:
    """What became of the items of a plan, counted now."""
    plan = yield from show(plan_id)
    fates: Counter[str] = Counter()
    became: Counter[str] = Counter()
    reached: int | None = 0
    while reached is not None:
        stretch = yield from ask(CountPlanned(plan_id, reached, COUNT_BATCH))
        fates.update(stretch.by_fate)
        became.update(stretch.became)
        reached = stretch.reached
    return Report(plan, dict(fates), dict(became))
