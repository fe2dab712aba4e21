"""The journeys of an operator: look, freeze a plan, approve it, advance it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.effects import (
    Advance,
    Approve,
    Freeze,
    Now,
    ShowItem,
    ShowPlan,
    ShowRejection,
    ask,
)
from bridgewright.core.errors import ConfigurationError, NotFound
from bridgewright.core.model.fact import PlanAdvanced

if TYPE_CHECKING:
    from bridgewright.core.effects import Journey
    from bridgewright.core.model.operation import ItemDetail, Plan, RejectionRow, Selection
    from bridgewright.core.ports import Observer

PAGE = 50
"""Rows a list gives unless asked for more."""
PLAN_LIMIT = 1_000
"""Dead letters a plan names unless asked for more: as many as a person can still look over."""
MAX_PLAN = 100_000
"""Dead letters that one plan may name: more is put back in several plans, each with its own look."""


def show(item_id: int) -> Journey[ItemDetail]:
    """One item in full; `NotFound` when there is none of this number."""
    detail = yield from ask(ShowItem(item_id))
    if detail is None:
        msg = f"there is no item {item_id} in this store: `bridgewright events ls` lists what is"
        raise NotFound(msg)
    return detail


def show_rejection(rejection_id: int) -> Journey[RejectionRow]:
    """One rejection with what explains it; `NotFound` when it is not kept."""
    row = yield from ask(ShowRejection(rejection_id))
    if row is None:
        msg = (
            f"there is no rejection {rejection_id}: `bridgewright events ls --rejected` lists those"
        )
        msg += " that are kept, the newest"
        raise NotFound(msg)
    return row


def show_plan(plan_id: int) -> Journey[Plan]:
    """One redrive plan; `NotFound` when there is none of this number."""
    plan = yield from ask(ShowPlan(plan_id))
    if plan is None:
        msg = f"there is no redrive plan {plan_id}: freeze one with `bridgewright redrive`"
        raise NotFound(msg)
    return plan


def freeze(selection: Selection, reason: str, actor: str, limit: int) -> Journey[Plan]:
    """Name the dead letters that match now. Nothing moves."""
    if not reason.strip():
        raise ConfigurationError(
            "a redrive needs a reason", remedy="say why it will work now: it is kept for good"
        )
    if not 1 <= limit <= MAX_PLAN:
        problem = f"limit is {limit}: a plan names from 1 to {MAX_PLAN} dead letters"
        raise ConfigurationError(problem)
    now = yield from ask(Now())
    return (yield from ask(Freeze(selection, reason.strip(), actor, now, limit)))


def approve(plan_id: int, actor: str) -> Journey[Plan]:
    """Allow a frozen plan to be advanced."""
    now = yield from ask(Now())
    return (yield from ask(Approve(plan_id, actor, now)))


def advance(plan_id: int, tell: Observer) -> Journey[Plan]:
    """Put back the next batch of an approved plan."""
    before = yield from show_plan(plan_id)
    now = yield from ask(Now())
    plan = yield from ask(Advance(plan_id, now))
    tell(PlanAdvanced(plan.id, plan.put_back - before.put_back, plan.remaining))
    return plan
