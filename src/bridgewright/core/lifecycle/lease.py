"""Claiming and settling, as pure steps on the mutable half of an item.

A store reads a `Standing`, applies a step, and writes what comes back, all in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.core.lifecycle.states import Move, after
from bridgewright.core.model.item import (
    Bury,
    Cause,
    Complete,
    Failure,
    Release,
    Resolution,
    Retry,
    State,
)
from bridgewright.core.model.moment import Moment, later

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LOST_LEASES = 3
"""An item whose worker vanished this often is buried unheard: two may be chance (a deployment, a
machine that died), a third says that the item itself takes its workers down."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The mutable half of an unfinished item.

    `due_at` is when it may be claimed: for a leased item, the instant its lease runs out. `lost`
    counts leases that ran out without a settlement.
    """

    state: State
    due_at: Moment
    fence: int = 0
    attempts: int = 0
    lost: int = 0


def is_suspect(standing: Standing) -> bool:
    """Whether a due item gets its last lease: with one more lost worker it is poisoned."""
    return standing.lost + (standing.state is State.LEASED) == MAX_LOST_LEASES - 1


POISONED = Bury(
    Cause.POISONED,
    Failure(
        kind="WorkerLost",
        text=f"{MAX_LOST_LEASES} workers took this item and never said how it ended",
    ),
)


def claim(standing: Standing, now: Moment, lease_s: float) -> Standing | Bury:
    """The standing under a new lease, or the burial of an item that keeps killing its workers.

    Call only with a standing whose `due_at` has come.
    """
    lost = standing.lost + (standing.state is State.LEASED)
    if lost >= MAX_LOST_LEASES:
        after(standing.state, Move.POISON)
        return POISONED
    move = Move.RECLAIM if standing.state is State.LEASED else Move.CLAIM
    return Standing(
        state=after(standing.state, move),
        due_at=later(now, lease_s),
        fence=standing.fence + 1,
        attempts=standing.attempts + 1,
        lost=lost,
    )


def holds(standing: Standing | None, fence: int) -> bool:
    """Whether a worker with lease number `fence` still has the item.

    A lease past its time that nobody has claimed anew still counts: nothing else happened to the
    item, so taking the settlement is better than running its handler again.
    """
    return standing is not None and standing.state is State.LEASED and standing.fence == fence


_MOVES: Mapping[type[Resolution], Move] = {
    Complete: Move.COMPLETE,
    Retry: Move.RETRY,
    Bury: Move.BURY,
    Release: Move.RELEASE,
}


def settle(standing: Standing, resolution: Resolution, at: Moment) -> tuple[State, Standing | None]:
    """The item's next state, and its new standing if it stays unfinished."""
    state = after(standing.state, _MOVES[type(resolution)])
    match resolution:
        case Retry(due_at=due_at):
            return state, replace(standing, state=state, due_at=due_at, lost=0)
        case Release():
            attempts = standing.attempts - 1
            return state, replace(standing, state=state, due_at=at, attempts=attempts)
        case Complete() | Bury():
            return state, None


def fresh(at: Moment) -> Standing:
    """The standing of an item that nobody has claimed yet."""
    return Standing(state=after(None, Move.ACCEPT), due_at=at)


def revive(fence: int, at: Moment) -> Standing:
    """The standing of a dead letter that a person puts back: fresh attempts, and the fence goes on
    growing, so that a worker from its former life cannot settle it."""
    return Standing(state=after(State.DEAD, Move.REDRIVE), due_at=at, fence=fence)
