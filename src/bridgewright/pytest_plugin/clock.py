"""A bridge by a clock that a test moves: what knows both the bridge and the simulated providers' clock."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment
from bridgewright.engine.drive.clock import Time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.bridge import AsyncBridge, Bridge
    from bridgewright.engine.drive.clock import Work
    from bridgewright.simulate.clock import VirtualClock

_NS_PER_US = 1_000


def time_of(clock: VirtualClock) -> Time:
    """What a bridge takes its time from when it lives by a virtual clock."""
    return Time(
        now=lambda: Moment(clock.ticks() // _NS_PER_US),
        ticks=clock.ticks,
        sleep=clock.wait,
        sleep_async=clock.sleep,
        rest_async=partial(clock.sleep, idle=True),
        watch=clock,
    )


@contextmanager
def driven(bridge: Bridge | AsyncBridge, clock: VirtualClock) -> Iterator[None]:
    """Have a bridge live by a virtual clock inside, its other view and the clients that it has made
    included: breakers, limits and budgets begin anew, before and after. A call that backs off in this
    thread moves the clock by itself, for nobody else does.

    `ConfigurationError` for one that works or calls just now.
    """
    runtime = bridge._runtime  # noqa: SLF001 - time is no business of applications
    runtime.keep_time(time_of(clock))
    before, clock.mover = clock.mover, threading.get_ident()
    try:
        yield
    finally:
        clock.mover = before
        runtime.keep_time(Time())


@contextmanager
def working(bridge: Bridge, clock: VirtualClock) -> Iterator[None]:
    """A worker of the bridge, in a thread, for as long as the block runs. Time that is moved inside
    waits for it: for its start, and for every item that it finds to do.

    At the end it finishes what runs, and raises what ended it before.
    """
    starting = clock.begin("a worker that starts", apart=True)
    with ThreadPoolExecutor(1, "bridgewright-worker") as thread:
        ended = thread.submit(asyncio.run, _worker(bridge, starting))
        try:
            yield
        finally:
            bridge.stop()
            ended.result()


async def _worker(bridge: Bridge, starting: Work) -> None:
    runtime = bridge._runtime  # noqa: SLF001 - as above
    task = asyncio.create_task(runtime.work())
    try:
        while not (runtime.works or task.done()):  # noqa: ASYNC110 - a few turns of this very loop
            await asyncio.sleep(0)
    finally:
        starting.end()
    await task
