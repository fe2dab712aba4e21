"""The bulkhead: how many calls run at once, and who waits for a place, for how long."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridgewright.core.model.call import Ticks


class Ticket(Protocol):
    """A waiter. `expires` is the tick after which a place is of no use to it. The bulkhead sets
    `granted` (it has a place) and `gone` (it left); `wake` is called afterwards, without the lock,
    from any thread, and says whether anybody can still hear it."""

    expires: Ticks
    granted: bool
    gone: bool

    def wake(self) -> bool: ...


class Bulkhead:
    """Places, and a bounded queue for them, first come first served. The caller holds the lock."""

    __slots__ = ("_places", "_queue_limit", "_waiting", "busy", "parked")

    def __init__(self, places: int, queue: int) -> None:
        self._places = places
        self._queue_limit = queue
        self._waiting: deque[Ticket] = deque()
        self.busy = 0
        self.parked = 0

    def __repr__(self) -> str:
        return f"Bulkhead({self.busy} of {self._places} busy, {self.parked} wait)"

    def enter(self) -> bool:
        """Take a place. Nobody overtakes those who wait."""
        if self.busy < self._places and not self.parked:
            self.busy += 1
            return True
        return False

    def park(self, ticket: Ticket) -> bool:
        """Wait for a place. False when the queue is full."""
        if self.parked >= self._queue_limit:
            return False
        self._waiting.append(ticket)
        self.parked += 1
        return True

    def leave(self, now: Ticks) -> Ticket | None:
        """Give a place back; the waiter that has it now, to be woken."""
        while self._waiting:
            ticket = self._waiting.popleft()
            if ticket.gone:
                continue
            self.parked -= 1
            if ticket.expires > now:
                ticket.granted = True
                return ticket
            ticket.gone = True
        self.busy -= 1
        return None

    def withdraw(self, ticket: Ticket, now: Ticks) -> Ticket | None:
        """A waiter gives up. A place it was just given goes to the next, who is to be woken."""
        if ticket.granted:
            ticket.granted = False
            ticket.gone = True
            return self.leave(now)
        if not ticket.gone:
            ticket.gone = True
            self.parked -= 1
            self._forget()
        return None

    def _forget(self) -> None:
        """Drop those who left from the front, so that the queue stays as long as what waits."""
        while self._waiting and self._waiting[0].gone:
            self._waiting.popleft()
        if len(self._waiting) > 2 * self.parked + 16:
            self._waiting = deque(each for each in self._waiting if not each.gone)
