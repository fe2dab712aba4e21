"""Keeping a number of sends in flight, by threads or by tasks."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TEXT = "x" * 200
"""What each small item carries besides its number."""
WARM = 64
"""Sends before the clock starts: connections and statements are then there."""

Timed = tuple[int, int, int]
"""A number, and two instants in nanoseconds: before it was sent, and when its sender had the answer."""


@dataclass(frozen=True, slots=True)
class Took:
    """What sending took: seconds by the clock, and of this process's processor time."""

    seconds: float
    cpu_s: float


def by_threads(send: Callable[[int], object], items: int, in_flight: int) -> Took:
    """What `items` calls of `send` take with `in_flight` threads."""
    numbers, lock = iter(range(items)), threading.Lock()
    begun: list[Took] = []
    # The last to be ready starts the clock: a thread that only measured would come to it too late.
    ready = threading.Barrier(in_flight, action=lambda: begun.append(_now()))

    def one() -> int | None:
        with lock:
            return next(numbers, None)

    def lane(first: int) -> None:
        send(-1 - first)
        ready.wait()
        while (number := one()) is not None:
            send(number)

    threads = [threading.Thread(target=lane, args=(first,)) for first in range(in_flight)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _since(begun[0])


async def by_tasks(send: Callable[[int], Awaitable[object]], items: int, in_flight: int) -> Took:
    """What `items` awaited `send`s take with `in_flight` tasks."""
    numbers = iter(range(items))

    async def lane() -> None:
        for number in numbers:
            await send(number)

    await asyncio.gather(*(send(-1 - first) for first in range(min(WARM, in_flight))))
    begun = _now()
    await asyncio.gather(*(lane() for _ in range(in_flight)))
    return _since(begun)


def _now() -> Took:
    return Took(time.perf_counter(), time.process_time())


def _since(begun: Took) -> Took:
    ended = _now()
    return Took(ended.seconds - begun.seconds, ended.cpu_s - begun.cpu_s)


def one_by_one(send: Callable[[int], object], times: int, apart_s: float) -> list[Timed]:
    """Send now and then, to a queue that is otherwise idle."""
    timed = []
    for number in range(times):
        time.sleep(_uneven(number, apart_s))
        asked = time.monotonic_ns()
        send(number)
        timed.append((number, asked, time.monotonic_ns()))
    return timed


async def one_by_one_async(
    send: Callable[[int], Awaitable[object]], times: int, apart_s: float
) -> list[Timed]:
    """The same on a loop."""
    timed = []
    for number in range(times):
        await asyncio.sleep(_uneven(number, apart_s))
        asked = time.monotonic_ns()
        await send(number)
        timed.append((number, asked, time.monotonic_ns()))
    return timed


def _uneven(number: int, apart_s: float) -> float:
    """Gaps that drift through every phase of a poller's period, so that none is always met well."""
    return apart_s * (1 + (number * 0.6180339887) % 1)
