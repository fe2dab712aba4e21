"""The breaker: when to stop calling a provider that fails, and how to come back to it.

States (their moves are `MOVES`, which docs/reference/states.md is written from):

    closed       calls pass; their results fill a window
    open         calls are refused until a time that grows with every relapse
    half_open    a few probes pass; their results decide
    forced_open  a person said stop; only a person ends it

Every move starts a new generation. A result that belongs to an older one is dropped, so that slow
calls begun before an outage say nothing about what came after. A probe is leased: one whose caller
vanished is given up when its lease ends, and cannot keep the breaker half open for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.numbers import BreakerNumbers

BUCKETS = 10
"""Parts of the window: what leaves it leaves in tenths."""


class BreakerState(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    FORCED_OPEN = "forced_open"


CLOSED, OPEN, HALF_OPEN, FORCED_OPEN = BreakerState
"""The states by names of their own: every call asks for some, and up to Python 3.11 reading a member
of an enumeration takes three times as long as reading a name."""

MOVES: Mapping[tuple[BreakerState, BreakerState], str] = {
    (CLOSED, OPEN): "too much fails, or is slow",
    (OPEN, HALF_OPEN): "its time is over",
    (HALF_OPEN, OPEN): "a probe fails",
    (HALF_OPEN, CLOSED): "enough probes go well",
    (CLOSED, FORCED_OPEN): "a person says so",
    (OPEN, FORCED_OPEN): "a person says so",
    (HALF_OPEN, FORCED_OPEN): "a person says so",
    (FORCED_OPEN, HALF_OPEN): "the person lets it go",
}
"""Every move a breaker makes, and when."""

_UNHEARD = 0
"""The permit of a call that an observing breaker let pass: its result counts nowhere."""


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state, why, and for how long it is meant to last (open only)."""

    before: BreakerState
    after: BreakerState
    reason: str
    open_for_s: float | None = None


class Breaker:
    """One breaker's state. The caller holds the lock; `roll` draws from 0 to 1 (excluded).

    A permit is a number: positive for an ordinary call (its generation), negative for a probe.
    """

    __slots__ = (
        "_bad",
        "_bucket_ns",
        "_calls",
        "_closed_at",
        "_epoch",
        "_failed",
        "_lease_ns",
        "_next_probe",
        "_numbers",
        "_open_ns",
        "_probes",
        "_roll",
        "_slow",
        "_slow_ns",
        "_slowed",
        "_streak",
        "_total",
        "_wins",
        "generation",
        "moves",
        "opens_until",
        "state",
    )

    def __init__(
        self, numbers: BreakerNumbers, roll: Callable[[], float], *, lease_s: float
    ) -> None:
        self._numbers = numbers
        self._roll = roll
        self._bucket_ns = max(1, int(numbers.window_s * NS_PER_S / BUCKETS))
        self._slow_ns = int(numbers.slow_s * NS_PER_S)
        self._lease_ns = int(lease_s * NS_PER_S)
        self.state: BreakerState = CLOSED
        self.generation = 1
        self.opens_until: Ticks = 0
        self.moves: list[Move] = []
        self._open_ns = 0
        self._closed_at: Ticks | None = None
        self._probes: dict[int, Ticks] = {}
        self._next_probe = -1
        self._wins = 0
        self._epoch = -1
        self._total = self._failed = self._slowed = self._streak = 0
        self._calls, self._bad, self._slow = [0] * BUCKETS, [0] * BUCKETS, [0] * BUCKETS

    def __repr__(self) -> str:
        return f"Breaker({self.state.value}, {self._failed} of {self._total} failed)"

    def refuses(self, now: Ticks) -> bool:
        """Whether a call that came now would be refused. Changes nothing."""
        state = self.state
        if state is CLOSED or self._numbers.observe_only:
            return state is FORCED_OPEN
        if state is OPEN:
            return now < self.opens_until
        if state is FORCED_OPEN:
            return True
        return self._free_probes(now) <= 0

    def permit(self, now: Ticks) -> int | None:
        """Let one attempt pass, or None. Ends in exactly one `settle` or `release`."""
        state = self.state
        if state is CLOSED:
            return self.generation
        if self.refuses(now):
            return None
        if state is OPEN:
            if now < self.opens_until:
                return _UNHEARD
            self._move(HALF_OPEN, "its time is over")
        if self._free_probes(now) <= 0:
            return _UNHEARD
        probe = self._next_probe
        self._next_probe -= 1
        self._probes[probe] = now + self._lease_ns
        return probe

    def settle(self, permit: int, now: Ticks, *, failed: bool, elapsed: Ticks = 0) -> None:
        """An attempt ended well or failed, after `elapsed`; stale permits count nowhere."""
        if permit == self.generation:
            epoch = now // self._bucket_ns
            if epoch != self._epoch:
                self._advance(epoch)
            bucket = epoch % BUCKETS
            self._calls[bucket] += 1
            self._total += 1
            if failed or elapsed >= self._slow_ns:
                self._count_bad(bucket, failed=failed, slow=elapsed >= self._slow_ns)
            else:
                self._streak = 0
            if self._failed or self._slowed:
                self._trip(now)
        elif permit < _UNHEARD and self._probes.pop(permit, None) is not None:
            self._judge_probe(now, failed=failed or elapsed >= self._slow_ns)

    def release(self, permit: int) -> None:
        """An attempt ended without telling anything: cancelled, or never sent by our own doing."""
        if permit < _UNHEARD:
            self._probes.pop(permit, None)

    def force_open(self) -> None:
        """Refuse every call until `unforce`."""
        if self.state is not FORCED_OPEN:
            self._move(FORCED_OPEN, "a person opened it")

    def unforce(self) -> None:
        """End `force_open`: probes decide whether calls pass again."""
        if self.state is FORCED_OPEN:
            self._move(HALF_OPEN, "a person let it go")

    def _count_bad(self, bucket: int, *, failed: bool, slow: bool) -> None:
        if failed:
            self._bad[bucket] += 1
            self._failed += 1
        self._streak = self._streak + 1 if failed else 0
        if slow:
            self._slow[bucket] += 1
            self._slowed += 1

    def _trip(self, now: Ticks) -> None:
        numbers = self._numbers
        if self._streak >= numbers.consecutive:
            self._open(now, f"{self._streak} failures in a row")
        elif self._total >= numbers.least_calls:
            if self._failed >= numbers.failure_rate * self._total:
                self._open(now, f"{self._failed} of {self._total} calls failed")
            elif self._slowed >= numbers.slow_rate * self._total:
                self._open(now, f"{self._slowed} of {self._total} calls were slow")

    def _open(self, now: Ticks, reason: str) -> None:
        """Open for twice as long as last time, when that was not long ago; half of it by the dice."""
        base, cap = self._numbers.open_s * NS_PER_S, self._numbers.open_cap_s * NS_PER_S
        recent = self._closed_at is None or now - self._closed_at < 2 * self._open_ns
        grown = 2 * self._open_ns if self._open_ns and recent else base
        self._open_ns = int(min(cap, grown))
        lasts = self._open_ns // 2 + int(self._roll() * (self._open_ns / 2))
        self.opens_until = now + lasts
        self._move(OPEN, reason, lasts / NS_PER_S)

    def _judge_probe(self, now: Ticks, *, failed: bool) -> None:
        if failed:
            self._closed_at = None
            self._open(now, "a probe failed")
            return
        self._wins += 1
        if self._wins >= self._numbers.successes:
            self._closed_at = now
            self._move(CLOSED, f"{self._wins} probes went well")

    def _free_probes(self, now: Ticks) -> int:
        if self._probes:
            lost = [probe for probe, expires in self._probes.items() if expires <= now]
            for probe in lost:
                del self._probes[probe]
        return self._numbers.probes - len(self._probes)

    def _move(self, to: BreakerState, reason: str, open_for_s: float | None = None) -> None:
        self.moves.append(Move(self.state, to, reason, open_for_s))
        self.state = to
        self.generation += 1
        self._probes.clear()
        self._wins = 0
        self._clear()

    def _clear(self) -> None:
        self._calls, self._bad, self._slow = [0] * BUCKETS, [0] * BUCKETS, [0] * BUCKETS
        self._total = self._failed = self._slowed = self._streak = 0
        self._epoch = -1

    def _advance(self, epoch: int) -> None:
        """Empty the buckets that time has passed over."""
        stale = range(max(self._epoch + 1, epoch - BUCKETS + 1), epoch + 1)
        for bucket in (each % BUCKETS for each in stale):
            self._total -= self._calls[bucket]
            self._failed -= self._bad[bucket]
            self._slowed -= self._slow[bucket]
            self._calls[bucket] = self._bad[bucket] = self._slow[bucket] = 0
        self._epoch = epoch
