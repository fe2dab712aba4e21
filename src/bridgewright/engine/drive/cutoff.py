"""Attempts under a clock that is moved by hand: sockets wait in real time, so that clock ends the wait.

Without one there is no cutoff, and sockets keep deadlines by themselves.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S, Limits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from bridgewright.core.model.call import Ticks
    from bridgewright.engine.drive.clock import Ringing, Watch, Work

PATIENCE_S = 60.0
"""How long sockets wait at most in real time, whatever the virtual deadline is: longer than a clock that
is moved waits for who is at work, so that its message comes first."""


class Cutoff:
    """When one attempt is over by a clock that is moved by hand; used by the attempt's own thread or
    loop, and rung by whoever moves the clock. That happens while the attempt waits, and never while it
    goes on: the clock stands still then."""

    __slots__ = ("_alarm", "_at", "_cut", "_deadline", "_idle", "_ticks", "_watch", "_work")

    def __init__(
        self, watch: Watch, ticks: Callable[[], Ticks], work: Work, limits: Limits
    ) -> None:
        self._watch = watch
        self._ticks = ticks
        self._work = work
        self._deadline = limits.deadline
        self._idle = int(limits.idle_s * NS_PER_S)
        self._at: Ticks = 0
        self._alarm: Ringing | None = None
        self._cut: Callable[[bool], None] | None = None

    def __repr__(self) -> str:
        return f"Cutoff({'set' if self._alarm is not None else 'unset'})"

    def begin(self, cut: Callable[[bool], None]) -> None:
        """The attempt begins; `cut` ends the wait it is in, and is told whether its deadline has come."""
        self._cut = cut
        self._set(self._deadline)

    def waits(self) -> None:
        """A wait for the next byte begins."""
        self._set(min(self._deadline, self._ticks() + self._idle))

    def flies(self, port: int) -> None:
        """What was asked left from this port of ours."""
        self._work.fly(port)

    def end(self) -> None:
        """The attempt is over."""
        self._cut = None
        if self._alarm is not None:
            self._alarm.cancel()
        self._work.land()

    def _set(self, at: Ticks) -> None:
        if self._alarm is not None:
            if at == self._at:
                return
            self._alarm.cancel()
        self._at = at
        self._alarm = self._watch.alarm(at, self._ring)

    def _ring(self) -> None:
        self._work.land()  # at work again, before it runs
        if self._cut is not None:
            self._cut(self._ticks() >= self._deadline)


def limits_by(watch: Watch, ticks: Callable[[], Ticks], work: Work, limits: Limits) -> Limits:
    """What sockets are told of an attempt whose deadline is another clock's."""
    patience = int(PATIENCE_S * NS_PER_S)
    return Limits(
        time.monotonic_ns() + patience,
        PATIENCE_S,
        PATIENCE_S,
        limits.max_response_bytes,
        Cutoff(watch, ticks, work, limits),
    )


@asynccontextmanager
async def bounded(watch: Watch, ticks: Callable[[], Ticks], seconds: float) -> AsyncGenerator[None]:
    """As `asyncio.timeout`, by a clock that is moved by hand."""
    loop = asyncio.get_running_loop()
    coming: list[Work] = []
    try:
        async with asyncio.timeout(None) as limit:

            def ring() -> None:
                coming.append(watch.begin("a timeout"))  # until it has come: nobody else is woken
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(expire)

            def expire() -> None:
                with suppress(RuntimeError):  # the block has ended meanwhile
                    limit.reschedule(loop.time())

            alarm = watch.alarm(ticks() + int(seconds * NS_PER_S), ring)
            try:
                yield
            finally:
                alarm.cancel()
    finally:
        for work in coming:
            work.end()
