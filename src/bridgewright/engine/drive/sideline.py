"""Journeys that nobody waits for: run one after another in a thread of their own, so many a minute."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.policy.limiter import Limiter, Meter
from bridgewright.core.policy.numbers import Quota
from bridgewright.engine.drive.aside import Aside
from bridgewright.engine.drive.calling import begin_anew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.effects import Journey, PutAside
    from bridgewright.core.model.call import Ticks

QUOTA = Quota(5, 60.0, safe=False)
"""Of one topic: five at once and one more every 12 seconds, at most ten in any minute. A mistake made
in settings shows in the first delivery; what comes beyond is a flood, and is to cost nothing."""


class Sideline:
    """Begins journeys by `run`, in the order they came. Safe to use from threads, and to fork."""

    __slots__ = ("__weakref__", "_aside", "_limiters", "_lock", "_run", "_ticks")

    def __init__(
        self, run: Callable[[Journey[None]], None], ticks: Callable[[], Ticks] = time.monotonic_ns
    ) -> None:
        self._run = run
        self._ticks = ticks
        self._aside = Aside()
        self._limiters: dict[str, Limiter] = {}
        self._lock = threading.Lock()
        begin_anew_after_fork(self)

    def __repr__(self) -> str:
        return f"Sideline({len(self._limiters)} topics)"

    def begin(self, effect: PutAside) -> bool:
        """Have a journey run; False when its topic has had its share, or too many wait."""
        now = self._ticks()
        with self._lock:
            limiter = self._limiters.get(effect.topic)
            if limiter is None:
                idle_since = now - int(QUOTA.window_s * NS_PER_S)
                limiter = self._limiters[effect.topic] = Limiter([Meter(QUOTA, started=idle_since)])
            if not limiter.open(now):
                return False
            limiter.use(now)
        return self._aside.put(partial(self._run, effect.journey))

    def join(self) -> None:
        """Wait until what was begun has ended."""
        self._aside.join()

    def after_fork(self) -> None:
        """Begin anew in a child; what its parent had begun is the parent's."""
        self._lock = threading.Lock()
        self._limiters = {}
