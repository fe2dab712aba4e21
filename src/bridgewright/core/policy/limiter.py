"""The limiter: when the next units may be sent so that no quota is exceeded.

Each quota is metered by GCRA, in whole nanoseconds. A meter holds the tick at which everything so far
is paid off; a request of c units is due at `tick + (c - 1) * interval - tolerance`, and moves the
tick, or the time of its sending if that is later, on by `c * interval`.

Why a safe quota of N units in a window W holds for every window, whatever its start: with a burst of b
the tolerance is `(b - 1) * interval`, so that requests worth S units in all, the first at t and the
last at u, have `u - t >= (S - b) * interval`. More than N units would need `u - t >= (N + 1 - b) *
interval`, and the interval is the smallest whole number that makes this longer than W. One request
alone is never worth more than N. Hypothesis tries it over a million steps:
tests/rules/policy/test_limiter.py.

Two such ticks are kept. The plan gives out places in the order of asking: a request of many units is
not overtaken by small ones, and whoever would come too late knows it at once. But threads wake late,
and a call may have to wait for something else when its place comes; so the bound is kept by the other
tick, which knows only what was really sent, and when. Who finds no room at its place waits for what
is missing, and everybody who comes later is planned for behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.numbers import Quota

BURST_SHARE = 10
"""A safe quota lets a tenth of its units go at once; the rest is spaced. A larger burst would have to
be paid for with a lower rate."""


class Meter:
    """One quota, or this process's share of it.

    With `share` processes each keeps to `limit / share` units; where that is less than one, to one in
    a longer window. A new meter has no burst to give: it earns one by being idle. Processes that are
    restarted together would otherwise burst together, right after their predecessors' last window.
    Its first request goes at once all the same, whatever it is worth: nobody's only write of a day
    should wait for a burst to be earned. What follows is due as if that had been spaced.
    """

    __slots__ = ("before", "first", "interval", "limit", "plan", "sent", "tolerance")

    def __init__(self, quota: Quota, *, share: int = 1, started: Ticks) -> None:
        window = int(quota.window_s * NS_PER_S)
        limit = quota.limit // share
        if limit < 1:
            limit, window = 1, -(-window * share // quota.limit)
        if quota.safe:
            burst = max(1, limit // BURST_SHARE)
            self.interval = window // (limit - burst + 1) + 1
        else:
            burst = limit
            self.interval = -(-window // limit)
        self.limit = limit
        self.tolerance = (burst - 1) * self.interval
        self.first = self.plan = self.sent = self.before = started + self.tolerance

    def __repr__(self) -> str:
        return f"Meter({self.limit}, every {self.interval} ns)"

    def begin_after_interval(self, now: Ticks) -> None:
        """Begin with nothing to give, not even a first request at once."""
        self.plan = self.sent = now + self.tolerance + self.interval
        self.first = -1

    def due(self, tick: Ticks, cost: int) -> Ticks:
        """When a request of so many units may go that finds the plan, or what was sent, at `tick`."""
        if cost == 1 or tick == self.first:
            return tick - self.tolerance
        return tick + (min(cost, self.limit) - 1) * self.interval - self.tolerance

    def after(self, tick: Ticks, at: Ticks, cost: int) -> Ticks:
        """Where a request of so many units at `at` leaves it."""
        return max(tick, at) + min(cost, self.limit) * self.interval


class Limiter:
    """Several meters, taken together or not at all. The caller holds the lock."""

    __slots__ = ("_meters", "_newest")

    def __init__(self, meters: Iterable[Meter]) -> None:
        self._meters = tuple(meters)
        self._newest: tuple[Ticks, int] | None = None

    def __repr__(self) -> str:
        return f"Limiter({', '.join(map(repr, self._meters))})"

    def begin_after_interval(self, now: Ticks) -> None:
        """Begin where others may have sent just now all that may be sent: an interval later."""
        for meter in self._meters:
            meter.begin_after_interval(now)

    def open(self, now: Ticks, cost: int = 1) -> bool:
        """Whether `cost` units may go now without a place: there is room, and nobody waits for it."""
        for meter in self._meters:
            tick = meter.plan if meter.plan > meter.sent else meter.sent  # noqa: FURB136 - see `earliest`
            due = tick - meter.tolerance if cost == 1 else meter.due(tick, cost)
            if due > now:
                return False
        return True

    def use(self, now: Ticks, cost: int = 1) -> None:
        """Send `cost` units now, where `open` said that they may: a place taken and used at once."""
        self._newest = None
        for meter in self._meters:
            sent, plan, limit = meter.sent, meter.plan, meter.limit
            length = (cost if cost < limit else limit) * meter.interval  # noqa: FURB136 - see `earliest`
            meter.sent = (sent if sent > now else now) + length  # noqa: FURB136
            meter.plan = (plan if plan > now else now) + length  # noqa: FURB136

    def earliest(self, now: Ticks, cost: int = 1) -> Ticks:
        """The place that `reserve` would give; takes nothing."""
        at = now
        for meter in self._meters:
            due = meter.due(meter.plan, cost)
            if due > at:  # noqa: PLR1730 - `max` would cost every call more than the rest of it
                at = due
        return at

    def reserve(self, now: Ticks, cost: int = 1) -> Ticks:
        """Take a place for `cost` units; the tick at which it comes, and `fits` is to be asked."""
        at = self.earliest(now, cost)
        for meter in self._meters:
            meter.before = meter.plan
            meter.plan = meter.after(meter.plan, at, cost)
        self._newest = (at, cost)
        return at

    def undo(self, at: Ticks, cost: int = 1) -> bool:
        """Give a place back that is not used. False when others were given out since: then it is
        lost, for theirs were counted from it."""
        if self._newest != (at, cost):
            return False
        for meter in self._meters:
            meter.plan = max(meter.before, meter.sent)
        self._newest = None
        return True

    def fits(self, now: Ticks, cost: int = 1) -> Ticks:
        """`now` when there is room for `cost` units now; otherwise when there will be."""
        at = now
        for meter in self._meters:
            due = meter.due(meter.sent, cost)
            if due > at:  # noqa: PLR1730 - `max` would cost every call more than the rest of it
                at = due
        return at

    def postpone(self, by: Ticks) -> None:
        """Somebody's place came and there was no room: what is planned from now on comes later."""
        self._newest = None
        for meter in self._meters:
            meter.plan += by

    def take(self, now: Ticks, cost: int = 1) -> None:
        """`cost` units, for which there is room, are sent now."""
        for meter in self._meters:
            meter.sent = sent = meter.after(meter.sent, now, cost)
            meter.plan = max(meter.plan, sent)
