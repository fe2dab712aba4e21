"""What is to happen later at a simulated Stripe: renewals, retries, expiries, each at its instant."""

from __future__ import annotations

import heapq
import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.clock import Clock

    Act = Callable[[], None]

DAY_S = 86_400
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}
_LONGEST_D = _DAYS | {"month": 31, "year": 366}


class Calendar:
    """Acts by their instants, in order. Nobody may see a moment that is past and has not happened:
    who looks calls `settle` first. While something happens, `now` is its own instant, however far
    the clock was moved at once; so a year that passes in a test is dated like a real one.

    `planned` hears of each new instant, to wait for it. Not safe to use from several threads.
    """

    def __init__(self, clock: Clock, planned: Callable[[float], None]) -> None:
        self._clock = clock
        self._planned = planned
        self._serial = itertools.count()
        self._acts: list[tuple[float, int, Act]] = []
        self._as_of_s: float | None = None

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now() if self._as_of_s is None else self._as_of_s

    def at(self, at_s: float, act: Act) -> None:
        """Plan something; an act looks by itself whether it is still wanted."""
        heapq.heappush(self._acts, (at_s, next(self._serial), act))
        self._planned(at_s)

    @property
    def instants(self) -> tuple[float, ...]:
        """When something is planned, in no order."""
        return tuple(at_s for at_s, _, _ in self._acts)

    def settle(self) -> None:
        """Let everything happen whose instant has come."""
        while self._as_of_s is None and self._acts and self._acts[0][0] <= self._clock.now():
            self._as_of_s, _, act = heapq.heappop(self._acts)
            try:
                act()
            finally:
                self._as_of_s = None


def later(at_s: int, interval: str, count: int) -> int:
    """`count` days, weeks, months or years after an instant, at its time of day; the 31st of a month
    that has none is its last day, as Stripe bills (https://docs.stripe.com/billing/subscriptions/
    billing-cycle, as known 2026-11)."""
    start = datetime.fromtimestamp(at_s, UTC)
    if interval in _DAYS:
        return int((start + timedelta(days=_DAYS[interval] * count)).timestamp())
    months = start.month - 1 + _MONTHS[interval] * count
    year, month = start.year + months // 12, months % 12 + 1
    first_of_next = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    last_day = (first_of_next - timedelta(days=1)).day
    return int(start.replace(year=year, month=month, day=min(start.day, last_day)).timestamp())


def period_end(anchor_s: int, start_s: int, interval: str, count: int) -> int:
    """When the period that holds `start_s` ends, of those counted from an anchor."""
    times = max(1, (start_s - anchor_s) // (_LONGEST_D[interval] * DAY_S * count))
    while (end_s := later(anchor_s, interval, count * times)) <= start_s:
        times += 1
    return end_s
