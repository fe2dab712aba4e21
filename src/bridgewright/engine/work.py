"""The journeys of a worker: claim, attempt, and the chores that keep its promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bridgewright.core.effects import (
    Advance,
    Claim,
    Claims,
    Enlist,
    Invoke,
    ListPlans,
    Now,
    Pause,
    Renew,
    Roll,
    Settle,
    Sweep,
    ask,
)
from bridgewright.core.errors import StoreError
from bridgewright.core.lifecycle import burial
from bridgewright.core.lifecycle.burial import RetryPolicy
from bridgewright.core.model.fact import (
    AttemptEnded,
    AttemptStarted,
    Fact,
    ItemPoisoned,
    LeaseLost,
    PlanAdvanced,
    StoreFailed,
)
from bridgewright.core.model.item import (
    Bury,
    Claimed,
    Complete,
    Failure,
    Release,
    Resolution,
    Retry,
)
from bridgewright.core.model.moment import Moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.effects import Journey
    from bridgewright.core.lifecycle.routes import Routes
    from bridgewright.core.ports import Observer

SETTLE_AGAIN_S = 0.5
"""Pause before a settlement that the store could not take is tried again."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What one worker is there for: who it is, what it claims, and by which rules.

    `lease_s` is how long an item is kept from others without a sign of life (60 s: a dead worker's
    items wait no longer than that; living workers renew). `policies` overrides `policy` by source.
    """

    worker: str
    host: str
    pid: int
    sources: tuple[str, ...]
    routes: Routes
    tell: Observer
    lease_s: float = 60.0
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    policies: Mapping[str, RetryPolicy] = field(default_factory=lambda: MappingProxyType({}))


def claim(duty: Duty, limit: int) -> Journey[Claims]:
    """Lease up to `limit` due items."""
    now = yield from ask(Now())
    command = Claim(duty.worker, duty.sources, limit, duty.lease_s, now)
    claims = yield from ask(command)
    for item_id in claims.poisoned:
        duty.tell(ItemPoisoned(item_id))
    return claims


def attempt(duty: Duty, claimed: Claimed) -> Journey[None]:
    """Run the handler of one claimed item and settle what came of it."""
    item, lease = claimed.item, claimed.lease
    started_at = yield from ask(Now())
    policy = duty.policies.get(item.source, duty.policy)
    handler = duty.routes.find(item.source, item.event_type)
    resolution: Resolution | None = burial.overdue(lease.attempt, policy)
    if resolution is None and handler is None:
        resolution = burial.unhandled(item.event_type, duty.routes.patterns(item.source))
    ended_at = started_at
    if resolution is None and handler is not None:
        duty.tell(AttemptStarted(item.id, item.source, item.event_type, lease.attempt))
        handled = yield from ask(Invoke(handler, claimed))
        ended_at = yield from ask(Now())
        roll = yield from ask(Roll())
        resolution = burial.resolve(handled, lease.attempt, policy, ended_at, roll)
    if resolution is not None:
        elapsed_s = seconds_between(started_at, ended_at)
        yield from _settle(duty, claimed, resolution, ended_at, elapsed_s)


def release(duty: Duty, claimed: Claimed) -> Journey[None]:
    """Give back an item that was claimed and not begun."""
    now = yield from ask(Now())
    yield from _settle(duty, claimed, Release(), now, 0.0)


def _settle(
    duty: Duty, claimed: Claimed, resolution: Resolution, at: Moment, elapsed_s: float
) -> Journey[None]:
    item, lease = claimed.item, claimed.lease
    command = Settle(item.id, lease.fence, resolution, at)
    while True:
        try:
            kept = yield from ask(command)
        except StoreError as error:
            # The handler has run: hold on to its result for as long as the lease may hold.
            duty.tell(StoreFailed("settle", error.code, str(error)))
            now = yield from ask(Now())
            if seconds_between(at, now) > duty.lease_s:
                return
            yield from ask(Pause(SETTLE_AGAIN_S))
        else:
            break
    if kept:
        duty.tell(_ended(claimed, resolution, at, elapsed_s))
    else:
        duty.tell(LeaseLost(item.id, item.source, lease.attempt))


def _ended(claimed: Claimed, resolution: Resolution, at: Moment, elapsed_s: float) -> Fact:
    outcome, failure, cause, retry_in_s = "done", "", None, None
    match resolution:
        case Complete():
            pass
        case Release():
            outcome = "released"
        case Retry(due_at=due_at, failure=reason):
            outcome, failure, retry_in_s = "retry", _line(reason), seconds_between(at, due_at)
        case Bury(cause=cause, failure=reason):
            outcome, failure = "dead", _line(reason)
    return AttemptEnded(
        item_id=claimed.item.id,
        source=claimed.item.source,
        event_type=claimed.item.event_type,
        attempt=claimed.lease.attempt,
        outcome=outcome,
        elapsed_s=elapsed_s,
        failure=failure,
        cause=cause,
        retry_in_s=retry_in_s,
    )


def _line(failure: Failure) -> str:
    return " at ".join(part for part in (failure.kind, failure.where) if part)


def renew(duty: Duty, leases: tuple[tuple[int, int], ...]) -> Journey[tuple[int, ...]]:
    """Prolong the leases of what is still being worked on."""
    now = yield from ask(Now())
    return (yield from ask(Renew(leases, duty.lease_s, now)))


def enlist(duty: Duty, *, stopped: bool = False) -> Journey[None]:
    """Say that this worker is alive, or that it has ended."""
    now = yield from ask(Now())
    command = Enlist(duty.worker, duty.host, duty.pid, duty.sources, now, stopped)
    yield from ask(command)


def tidy(duty: Duty) -> Journey[None]:
    """Forget what is past its time, and carry on redrive plans that whoever began them left open."""
    now = yield from ask(Now())
    yield from ask(Sweep(now))
    for plan in (yield from ask(ListPlans(open_only=True))):
        before = plan.put_back
        advanced = yield from ask(Advance(plan.id, now))
        duty.tell(PlanAdvanced(plan.id, advanced.put_back - before, advanced.remaining))
