"""Deadlines on an event loop, by one timer for all of them.

`asyncio.timeout` arms and disarms a timer of its own each time, which costs more than everything else
that happens to a call that goes well. Most deadlines are far away and never reached: they are kept in
a set that a sweeper looks through every 50 ms. One that is near gets a timer of its own, so that a
deadline is never overrun by more than a tick, and a short one not at all.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from typing import TYPE_CHECKING, Self

from bridgewright.core.model.call import NS_PER_S

if TYPE_CHECKING:
    from types import TracebackType

    from bridgewright.core.model.call import Ticks

TICK_S = 0.05
NEAR_NS = NS_PER_S
"""A deadline that is nearer than this when it is set is kept to the millisecond."""


class until:  # noqa: N801 - read as a statement: `with until(deadline):`
    """Cancel the block when a tick is reached, and raise `TimeoutError` in its place.

    A caller's own cancellation passes through as `CancelledError`, and wins when both come together.
    To be used in a coroutine, around awaits; it may be nested.
    """

    __slots__ = ("_cancelling", "_sweeper", "_task", "_timer", "at", "fired")

    def __init__(self, at: Ticks) -> None:
        self.at = at
        self.fired = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            msg = "a deadline needs a task to cancel"
            raise RuntimeError(msg)
        self._task = task
        self._cancelling = task.cancelling()
        self._timer: asyncio.TimerHandle | None = None
        left = self.at - time.monotonic_ns()
        loop = task.get_loop()
        self._sweeper = sweeper = _sweepers.of(loop)
        if left < NEAR_NS:
            self._timer = loop.call_later(max(0, left) / NS_PER_S, self.fire)
        else:
            sweeper.entries[self] = None
            if not sweeper.ticking:
                sweeper.tick_later()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        else:
            self._sweeper.entries.pop(self, None)
        if not self.fired:
            return
        alone = self._task.uncancel() <= self._cancelling
        if alone and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error

    def fire(self) -> None:
        """The deadline has come."""
        self.fired = True
        self._task.cancel()


class _Sweeper:
    """The deadlines of one loop that are not near, and the timer that looks for those that came."""

    __slots__ = ("__weakref__", "entries", "loop", "ticking")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.ref(loop)
        self.ticking = False
        self.entries: dict[until, None] = {}

    def tick_later(self) -> None:
        """Look through `entries` in a while, and again for as long as there are any."""
        loop = self.loop()
        self.ticking = loop is not None and not loop.is_closed()
        if loop is not None and self.ticking:
            loop.call_later(TICK_S, self._sweep)

    def _sweep(self) -> None:
        now = time.monotonic_ns()
        due = [entry for entry in self.entries if entry.at <= now]
        for entry in due:
            del self.entries[entry]
            entry.fire()
        self.ticking = False
        if self.entries:
            self.tick_later()


class _Sweepers:
    """One for each loop. The last is remembered: there is mostly one, and a dictionary of weak keys
    is slow to ask."""

    __slots__ = ("_by_loop", "_last")

    def __init__(self) -> None:
        self._by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Sweeper] = (
            weakref.WeakKeyDictionary()
        )
        self._last: _Sweeper | None = None

    def of(self, loop: asyncio.AbstractEventLoop) -> _Sweeper:
        """The sweeper of that loop."""
        last = self._last
        if last is not None and last.loop() is loop:
            return last
        found = self._by_loop.get(loop)
        if found is None:
            found = self._by_loop[loop] = _Sweeper(loop)
        self._last = found
        return found


_sweepers = _Sweepers()
