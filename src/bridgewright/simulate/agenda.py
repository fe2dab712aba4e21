"""What happens by itself at a simulated provider, each thing at its instant of the provider's clock."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from typing import TYPE_CHECKING

from bridgewright.simulate.clock import sending

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.listener import LoopThread

    Deed = Callable[[float], None]

EARLY_S = 0.001
"""How much before its instant a deed may be done: sums of seconds since 1970 are not exact."""


class Agenda:
    """Deeds that are due at instants, in seconds since 1970; each is told its own instant, not the one
    at which somebody came round to it: a clock that is moved by an hour moves past many of them.

    What is due is done by the provider's thread as the clock passes it, and by whoever looks first
    (`catch_up`), in the order of their instants and under `lock`, which guards what deeds change.
    """

    def __init__(self, clock: Clock) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._serial = itertools.count()
        self._due: list[tuple[float, int, Deed]] = []
        self._wakes_at_s = math.inf
        self._thread: LoopThread | None = None

    def __len__(self) -> int:
        with self.lock:
            return len(self._due)

    def __repr__(self) -> str:
        return f"Agenda(due={len(self)})"

    def open(self, thread: LoopThread) -> None:
        """Begin to do what is due, on the provider's own thread."""
        with self.lock:
            self._thread = thread
            self._wakes_at_s = math.inf
            self._watch()

    def close(self) -> None:
        """Do nothing more by itself. To be called before its thread ends."""
        with self.lock:
            self._thread = None

    def now(self) -> float:
        """What the clock says, in seconds since 1970."""
        return self._clock.now()

    def reset(self) -> None:
        """Forget all that was to happen."""
        with self.lock:
            self._due.clear()

    def at(self, instant_s: float, deed: Deed) -> None:
        """Do something at an instant; what lies in the past is done when somebody looks next."""
        with self.lock:
            heapq.heappush(self._due, (instant_s, next(self._serial), deed))
            self._watch()

    def catch_up(self) -> None:
        """Do all that is due by now, and what comes of it."""
        with self.lock:
            while self._due and self._due[0][0] <= self._clock.now() + EARLY_S:
                instant_s, _, deed = heapq.heappop(self._due)
                deed(instant_s)

    def _watch(self) -> None:
        """See to it that somebody wakes for the first of them."""
        if self._thread is None or not self._due or self._due[0][0] >= self._wakes_at_s:
            return
        self._wakes_at_s = self._due[0][0]
        work = sending(self._clock, "what is due at a provider")
        self._thread.begin(self._wake(self._wakes_at_s, work))

    async def _wake(self, instant_s: float, work: AbstractContextManager[object]) -> None:
        with work:
            await self._clock.sleep(instant_s - self._clock.now())
            with self.lock:
                if self._thread is None:
                    return
                if self._wakes_at_s == instant_s:
                    self._wakes_at_s = math.inf
                self.catch_up()
                self._watch()
