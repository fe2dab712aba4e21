"""The clock and the dice of the running process, and where another clock takes the first one's place."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from bridgewright.core.model.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from bridgewright.core.model.call import Ticks

_NANOSECONDS_IN_MICROSECOND = 1_000


def now() -> Moment:
    """The current moment, from the system clock."""
    return Moment(time.time_ns() // _NANOSECONDS_IN_MICROSECOND)


@dataclass(frozen=True, slots=True)
class Chance:
    """Where journeys get time and draws from; tests give scripted ones."""

    now: Callable[[], Moment] = now
    roll: Callable[[], float] = field(default=random.random)


async def sleep_async(seconds: float) -> None:
    """Wait on the running loop, for real."""
    import asyncio  # noqa: PLC0415 - whoever waits on a loop has it; a command that prints has not

    await asyncio.sleep(seconds)


class Work(Protocol):
    """A piece of work under way, as a clock that is moved by hand has to know it: that clock stands
    still for as long as one counts. As a `with` block it is what sleeps and calls inside belong to,
    and ends with the block; `here` is the same without the end."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *failure: object) -> None: ...

    def here(self) -> AbstractContextManager[None]: ...

    def rest(self) -> None:
        """It waits for the clock."""

    def resume(self) -> None:
        """Whoever wakes it says so, before it runs."""

    def fly(self, port: int) -> None:
        """It waits for an answer at this port of ours."""

    def land(self) -> None:
        """It waits no longer."""

    def end(self) -> None:
        """It is over. Safe to call twice."""


class Ringing(Protocol):
    """An alarm that was set."""

    def cancel(self) -> None: ...


class Watch(Protocol):
    """A clock that is moved by hand: it is told what is at work, and rings."""

    def begin(self, what: str) -> Work: ...

    def carried(self, work: Callable[[], None]) -> Callable[[], None]:
        """`work`, so that it is a piece of what is under way here wherever it is run."""

    def alarm(self, at: Ticks, ring: Callable[[], object]) -> Ringing:
        """Have `ring` called at a tick, from whatever thread moves the clock."""

    def poke(self, ask: Callable[[], None]) -> Callable[[], None]:
        """Have `ask` called whenever nothing seems to be at work; the result takes it back."""


@dataclass(frozen=True, slots=True)
class Time:
    """Where a bridge reads the time and where it waits: the system's, unless a test gives another.

    `ticks` and `sleep` are those of calls. `rest_async` is how chores wait for their next round: not
    so exactly. `watch` is told what is at work; None, the default, costs nothing.
    """

    now: Callable[[], Moment] = now
    ticks: Callable[[], Ticks] = time.monotonic_ns
    sleep: Callable[[float], None] = time.sleep
    sleep_async: Callable[[float], Awaitable[None]] = sleep_async
    rest_async: Callable[[float], Awaitable[None]] = sleep_async
    watch: Watch | None = None
