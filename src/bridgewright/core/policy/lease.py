"""A lease: what this process may send of what it shares with others, and who waits for more.

The caller holds the account's lock. Nothing here asks anybody: `wants` says that somebody should, and
the answer is dealt out by `deal`, first come first served.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from bridgewright.core.policy.shared import AHEAD_US, MOST_UNITS

if TYPE_CHECKING:
    from bridgewright.core.model.call import Ticks
    from bridgewright.core.model.sharing import LeaseGrant, SharedMeter
    from bridgewright.core.policy.bulkhead import Ticket

NS_PER_US = 1_000
AHEAD_NS = AHEAD_US * NS_PER_US
UNMETERED = 1_000_000_000
"""Units of a lease on which no quota is: as many as anybody can send."""


class Run:
    """Units that may be sent from `at` to `until`."""

    __slots__ = ("at", "units", "until")

    def __init__(self, at: Ticks, until: Ticks, units: int) -> None:
        self.at = at
        self.until = until
        self.units = units

    def __repr__(self) -> str:
        return f"Run({self.units} units)"


class Place:
    """A call that waits for `cost` units; it has them when `until` is set, and may go from `at`."""

    __slots__ = ("at", "cost", "ticket", "until")

    def __init__(self, cost: int) -> None:
        self.cost = cost
        self.at: Ticks = 0
        self.until: Ticks = 0
        self.ticket: Ticket | None = None

    def __repr__(self) -> str:
        return f"Place({self.cost} units, {'dealt' if self.until else 'waits'})"


class Lease:
    """Units of one scope in this process.

    It stands where a limiter does: `open` and `use` are what most calls do with it. `held_ns` is how
    long units may be held. `refuses` says that nothing may be sent because the gate is away. `cold`
    is told with the next ask; `due_at` is when the gate said that room would come.
    """

    __slots__ = (
        "_renew_at",
        "_runs",
        "_since",
        "_spare",
        "_used",
        "_waiting",
        "asking",
        "cold",
        "due_at",
        "held_ns",
        "meters",
        "refuses",
        "wants",
    )

    def __init__(self, meters: tuple[SharedMeter, ...], held_ns: Ticks, now: Ticks) -> None:
        self.meters = meters
        self.held_ns = held_ns
        self._runs: deque[Run] = deque()
        self._waiting: deque[Place] = deque()
        self._renew_at: Ticks = now
        self._since: Ticks = now
        self._spare = 0
        self._used = 0
        self.asking = False
        self.wants = False
        self.cold = False
        self.refuses = False
        self.due_at: Ticks = 0

    def __repr__(self) -> str:
        units = sum(run.units for run in self._runs)
        return f"Lease({units} units, {len(self._waiting)} wait)"

    def open(self, now: Ticks, cost: int = 1) -> bool:
        """Whether `cost` units are in hand now, and nobody waits for them."""
        if self._waiting:
            return False
        runs = self._runs
        while runs:
            run = runs[0]
            if run.units >= cost and run.at <= now <= run.until:
                return True
            if run.units and now <= run.until:
                return False
            runs.popleft()
        return False

    def use(self, now: Ticks, cost: int = 1) -> None:
        """Send units that are in hand, where `open` said so."""
        run = self._runs[0]
        run.units -= cost
        self._used += cost
        if not self.asking and (now > self._renew_at or (run.units < self._spare >> 1)):
            self.wants = True

    def take(self, now: Ticks, cost: int = 1) -> None:
        """Units of a place are sent now."""
        del now
        self._used += cost

    def join(self, cost: int, now: Ticks) -> Place:
        """A place for a call that found nothing in hand: out of what is booked already, or to be
        waited for."""
        place = Place(cost)
        if not self._waiting and self._deal_to(place, now):
            return place
        self._waiting.append(place)
        return place

    def again(self, place: Place, now: Ticks) -> None:
        """A call came too late for its place: it is the next to get another."""
        place.at = place.until = 0
        if self._waiting or not self._deal_to(place, now):
            self._waiting.appendleft(place)

    def leave(self, place: Place) -> None:
        """A call goes away: what it had is in hand again."""
        if place.until:
            self._runs.appendleft(Run(place.at, place.until, place.cost))
            place.at = place.until = 0
        elif place in self._waiting:
            self._waiting.remove(place)

    def ask(self, now: Ticks) -> tuple[int, int, int]:
        """Somebody asks now: least, wanted and most units. The next `deal` is the answer."""
        self._measure(now)
        self.asking, self.wants, self.due_at = True, False, 0
        if not self.meters:
            return 1, 1, UNMETERED
        costs = [place.cost for place in self._waiting]
        least = costs[0] if costs else 1
        wanted = least
        for cost in costs[1:MOST_UNITS]:
            if cost > 1:
                break
            wanted += 1
        in_hand = sum(run.units for run in self._runs if run.until > now)
        spare = max(0, self._spare - in_hand)
        return least, wanted, max(wanted, min(wanted + spare, MOST_UNITS))

    def deal(self, grant: LeaseGrant, asked_at: Ticks, now: Ticks) -> list[Ticket]:
        """Take what was granted, give it to those who wait; who is to be woken.

        Their places count from the arrival of the answer and end a lease after the question: both
        on the safe side of what the gate's clock means, whatever the answer took.
        """
        self.asking = False
        self._drop_stale(now)
        if not self.meters:
            self._runs.clear()
        for units, offset_us in grant.runs:
            offset = offset_us * NS_PER_US
            at, until = now + offset, asked_at + offset + self.held_ns
            if at <= until:
                self._runs.append(Run(at, until, units))
        self._renew_at = asked_at + self.held_ns // 2
        if not grant.runs:
            self.due_at = now + grant.due_us * NS_PER_US
            return self.everybody()
        woken = []
        while self._waiting and self._deal_to(self._waiting[0], now):
            ticket, place = None, self._waiting.popleft()
            ticket, place.ticket = place.ticket, None
            if ticket is not None:
                woken.append(ticket)
        self.wants = bool(self._waiting)
        return woken

    def everybody(self) -> list[Ticket]:
        """All who wait, to be woken: they ask again, or see why they should not."""
        woken = []
        for place in self._waiting:
            ticket, place.ticket = place.ticket, None
            if ticket is not None:
                woken.append(ticket)
        return woken

    def forget(self) -> None:
        """Nothing in hand is good any more."""
        self._runs.clear()
        self.asking = self.wants = False
        self.due_at = 0

    def _deal_to(self, place: Place, now: Ticks) -> bool:
        for run in self._runs:
            if run.units >= place.cost and run.until >= now:
                run.units -= place.cost
                place.at, place.until = run.at, run.until
                return True
        return False

    def _drop_stale(self, now: Ticks) -> None:
        if any(run.until < now or not run.units for run in self._runs):
            self._runs = deque(run for run in self._runs if run.until >= now and run.units)

    def _measure(self, now: Ticks) -> None:
        """What is used in one lease: as much is asked for beyond what is waited for."""
        elapsed = now - self._since
        if elapsed < self.held_ns:
            self._spare = max(self._spare, self._used)
        else:
            self._spare = round(self._used * self.held_ns / elapsed)
            self._used, self._since = 0, now
