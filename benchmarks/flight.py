"""Keeping a number of sends in flight, by threads or by tasks."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TEXT = "x" * 200
"""What each small item carries besides its number."""
WARM = 64
"""Sends before the clock starts: connections and statements are then there."""

Timed = tuple[int, int, int]
"""A number, and two instants in nanoseconds: before it was sent, and when its sender had the answer."""


def by_threads(send: Callable[[int], object], items: int, in_flight: int) -> float:
    """Seconds that `items` calls of `send` take with `in_flight` threads."""
    numbers, ready = iter(range(items)), threading.Barrier(in_flight + 1)
    lock = threading.Lock()

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
    ready.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


async def by_tasks(send: Callable[[int], Awaitable[object]], items: int, in_flight: int) -> float:
    """Seconds that `items` awaited `send`s take with `in_flight` tasks."""
    numbers = iter(range(items))

    async def lane() -> None:
        for number in numbers:
            await send(number)

    await asyncio.gather(*(send(-1 - first) for first in range(min(WARM, in_flight))))
    begun = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(in_flight)))
    return time.perf_counter() - begun


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
