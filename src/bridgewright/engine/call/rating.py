"""How a call waits for its place in the rate: by this process's own limiters, or by what several
processes lease of one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.policy.lease import AHEAD_NS
from bridgewright.engine.call.retry import LEAST_USEFUL_NS
from bridgewright.engine.call.stepping import PARK, WAIT, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.bulkhead import Ticket
    from bridgewright.core.policy.lease import Lease
    from bridgewright.engine.call.call import Call

ASK_AGAIN_NS = NS_PER_S
"""Whoever is refused because the gate is away may ask again after this; that is how often it is tried."""


def wait_for_rate(call: Call, now: Ticks, make_ticket: Callable[[Ticks], Ticket]) -> Step | None:
    """What a call that cannot just pass has to wait for; None when its place has come."""
    scope = call.scope
    if scope.lease is not None and scope.leased:
        return _leased(call, scope.lease, now, make_ticket)
    if call.place is not None:  # the gate went away meanwhile
        leave(call)
    if due(call, now) > now:
        return _until(call, now, call.wake_at)
    return None


def due(call: Call, now: Ticks) -> Ticks:
    """When the rates let it pass; `now` when they do. It waits for its group's before it asks for a
    place in the account's: a slow group would otherwise hold up everybody else."""
    cost = call.operation.cost
    for number, limiter in enumerate(call.scope.rates):
        if number == len(call.places):
            call.places = (*call.places, limiter.reserve(now, cost))
        call.wake_at = call.places[number]
        if call.wake_at > now:
            return call.wake_at
    call.wake_at = max(call.wake_at, call.scope.room_at(now, cost))
    return call.wake_at


def leave(call: Call) -> None:
    """Give back the places of a call that goes away, or goes another way."""
    scope = call.scope
    if call.place is not None:
        if scope.lease is not None:
            scope.lease.leave(call.place)
        call.place = None
        call.ticket = None
    elif call.places:
        scope.give_back(call.places, call.operation.cost)
    call.places = ()


def _leased(
    call: Call, lease: Lease, now: Ticks, make_ticket: Callable[[Ticks], Ticket]
) -> Step | None:
    if lease.refuses:
        return call.refuse("shared gate", now, now + ASK_AGAIN_NS)
    if call.place is None:  # what it may have had of our own limiters is theirs again
        leave(call)
        call.place = lease.join(call.operation.cost, now)
        call.places = (now,)
    place = call.place
    call.ticket = None
    if place.until and now > place.until:
        lease.again(place, now)
    if place.until:
        return _until(call, now, place.at) if place.at > now else None
    if lease.due_at > now:
        if lease.due_at > call.deadline - LEAST_USEFUL_NS:
            return call.refuse("limiter", now, lease.due_at)
        if lease.due_at - AHEAD_NS > now:
            call.wake_at = lease.due_at - AHEAD_NS
            return WAIT
    call.ticket = place.ticket = make_ticket(call.deadline)
    if not lease.asking:
        lease.asking = True
        call.handed = call.scope.party
    return PARK


def _until(call: Call, now: Ticks, at: Ticks) -> Step:
    if at > call.deadline - LEAST_USEFUL_NS:
        return call.refuse("limiter", now, at)
    call.wake_at = at
    return WAIT
