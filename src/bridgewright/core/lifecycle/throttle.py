"""How much of a source, a handler, a connector may run here and now: concurrency and rate.

This bounds one process. Bounds over several belong to the gates, which would stand behind the same
three questions: `caps`, `begin`, `end`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.lifecycle.order import covers
from bridgewright.core.model.moment import Moment, later, seconds_between
from bridgewright.core.model.ranking import Cap, Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

FREE = 1_000_000
"""More than any claim takes."""
_SLACK_S = 1e-6


@dataclass(frozen=True, slots=True)
class Bound:
    """How much of what is within `reaches`, together: `concurrency` attempts at once, `rate_per_s`
    attempts begun in a second, spaced evenly. None bounds nothing."""

    reaches: tuple[Reach, ...]
    concurrency: int | None = None
    rate_per_s: float | None = None


@dataclass(slots=True)
class _Meter:
    bound: Bound
    running: int = 0
    next_at: Moment | None = None

    def left(self, now: Moment) -> int:
        free = FREE
        if self.bound.concurrency is not None:
            free = max(0, self.bound.concurrency - self.running)
        if self.bound.rate_per_s is None:
            return free
        # One at a time by its rate; of a fast one, what a claim some milliseconds late has missed.
        return (
            0
            if self._wait_s(now) > _SLACK_S
            else min(free, max(1, int(self.bound.rate_per_s / 20)))
        )

    def _wait_s(self, now: Moment) -> float:
        return 0.0 if self.next_at is None else seconds_between(now, self.next_at)

    def begin(self, now: Moment) -> None:
        self.running += 1
        if self.bound.rate_per_s is not None:
            start = now if self.next_at is None else max(now, self.next_at)
            self.next_at = later(start, 1 / self.bound.rate_per_s)

    def opens_at(self, now: Moment) -> Moment | None:
        """When its rate lets another through; None when that is not what holds it."""
        return self.next_at if self._wait_s(now) > _SLACK_S else None


@dataclass(slots=True)
class Throttle:
    """The bounds of one worker, and what it has under way. Used by one thread at a time."""

    bounds: Sequence[Bound] = ()
    _meters: list[_Meter] = field(init=False)

    def __post_init__(self) -> None:
        self._meters = [
            _Meter(bound)
            for bound in self.bounds
            if bound.concurrency is not None or bound.rate_per_s is not None
        ]

    def caps(self, now: Moment) -> tuple[Cap, ...]:
        """What a claim may take now."""
        return tuple(Cap(meter.left(now), meter.bound.reaches) for meter in self._meters)

    def opens_at(self, now: Moment) -> Moment | None:
        """When the first that is held by its rate may go on; None when none is."""
        times = [at for meter in self._meters if (at := meter.opens_at(now)) is not None]
        return min(times, default=None)

    def begin(self, source: str, event_type: str, now: Moment) -> None:
        """An item was claimed."""
        for meter in self._meters_of(source, event_type):
            meter.begin(now)

    def end(self, source: str, event_type: str) -> None:
        """It is no longer held."""
        for meter in self._meters_of(source, event_type):
            meter.running -= 1

    def _meters_of(self, source: str, event_type: str) -> list[_Meter]:
        return [
            meter
            for meter in self._meters
            if any(covers(reach, source, event_type) for reach in meter.bound.reaches)
        ]
