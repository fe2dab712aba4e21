"""The limiter: when the next units may be sent so that no quota is exceeded.

Each quota is metered by GCRA, in whole nanoseconds. A meter holds the tick at which everything sent so
far is paid off; a request of c units is due at `tick + (c - 1) * interval - tolerance` and moves the
tick on by `c * interval`.

Why a safe quota of N units in a window W holds for every window, whatever its start: with a burst of b
the tolerance is `(b - 1) * interval`, so that requests worth S units in all, the first at t and the
last at u, have `u - t >= (S - b) * interval`. More than N units would need `u - t >= (N + 1 - b) *
interval`, and the interval is the smallest whole number that makes this longer than W and the
lateness that is allowed between a place in the rate and its use. One request alone is never worth more
than N. Hypothesis tries it over a million steps: tests/rules/policy/test_limiter.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.numbers import Quota

BURST_SHARE = 10
"""A safe quota lets a tenth of its units go at once; the rest is spaced. A larger burst would have to
be paid for with a lower rate."""
LATE_SHARE = 20
LATEST_NS = 100_000_000
"""How late a place in the rate may be used: a twentieth of the window, at most a tenth of a second."""


class Meter:
    """One quota, or this process's share of it.

    With `share` processes each keeps to `limit / share` units; where that is less than one, to one in
    a longer window. A new meter has no burst to give: it earns one by being idle. Processes that are
    restarted together would otherwise burst together, right after their predecessors' last window.
    Its first request goes at once all the same, whatever it is worth: nobody's only write of a day
    should wait for a burst to be earned. What follows is due as if that had been spaced.
    """

    __slots__ = ("first", "interval", "late", "limit", "tick", "tolerance")

    def __init__(self, quota: Quota, *, share: int = 1, started: Ticks) -> None:
        window = int(quota.window_s * NS_PER_S)
        limit = quota.limit // share
        if limit < 1:
            limit, window = 1, -(-window * share // quota.limit)
        self.late = min(LATEST_NS, window // LATE_SHARE)
        if quota.safe:
            burst = max(1, limit // BURST_SHARE)
            self.interval = (window + self.late) // (limit - burst + 1) + 1
        else:
            burst = limit
            self.interval = -(-window // limit)
        self.limit = limit
        self.tolerance = (burst - 1) * self.interval
        self.first = self.tick = started + self.tolerance

    def __repr__(self) -> str:
        return f"Meter({self.limit}, every {self.interval} ns)"

    def due(self, cost: int) -> Ticks:
        """When a request of so many units may go, as far as this quota is concerned."""
        units = 1 if self.tick == self.first else min(cost, self.limit)
        return self.tick + (units - 1) * self.interval - self.tolerance


class Limiter:
    """Several meters, taken together or not at all. Some may be shared with other limiters; one lock
    guards them all, and the caller holds it.

    Places are given out in the order of asking: a request of many units waits for its own, and
    nobody who came later goes before it.
    """

    __slots__ = ("_after", "_before", "_last", "_meters", "late")

    def __init__(self, meters: Iterable[Meter]) -> None:
        self._meters = tuple(meters)
        self.late = min(meter.late for meter in self._meters)
        self._before: Sequence[Ticks] = ()
        self._after: Sequence[Ticks] = ()
        self._last: tuple[Ticks, int] | None = None

    def __repr__(self) -> str:
        return f"Limiter({', '.join(map(repr, self._meters))})"

    def earliest(self, now: Ticks, cost: int = 1) -> Ticks:
        """When `cost` units could be sent; takes nothing."""
        at = now
        for meter in self._meters:
            at = max(at, meter.due(cost))
        return at

    def reserve(self, now: Ticks, cost: int = 1) -> Ticks:
        """Take a place for `cost` units; the tick at which they may be sent. It is to be used within
        `late` nanoseconds of that, or given up."""
        at = self.earliest(now, cost)
        meters = self._meters
        self._before = [meter.tick for meter in meters]
        for meter in meters:
            tick = meter.tick
            units = min(cost, meter.limit)
            meter.tick = max(at, tick) + units * meter.interval
        self._after = [meter.tick for meter in meters]
        self._last = (at, cost)
        return at

    def undo(self, at: Ticks, cost: int = 1) -> bool:
        """Give a place back. False when others were given out since: then it is lost, for theirs were
        counted from it."""
        newest = self._last == (at, cost)
        if not newest or [meter.tick for meter in self._meters] != self._after:
            return False
        for meter, tick in zip(self._meters, self._before, strict=True):
            meter.tick = tick
        self._last = None
        return True
