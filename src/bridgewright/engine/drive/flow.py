"""What a flow asks for, done from a thread or from the running loop.

A flow is a generator: it yields what is to be asked, or a future that another caller will fill, and
returns its outcome. It is sent the answer, or what the future brought; the future itself when the
deadline came first.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from bridgewright.core.model.call import NS_PER_S
from bridgewright.engine.drive.calling import deadline_at

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

T = TypeVar("T")


def run(flow: Generator[Any, Any, T], ask: Callable[[Any], Any]) -> T:
    """The outcome of a flow; blocks the calling thread. What `ask` raises ends it."""
    with contextlib.closing(flow):
        try:
            step = next(flow)
            while True:
                step = flow.send(_waited(step) if isinstance(step, Future) else ask(step))
        except StopIteration as end:
            outcome: T = end.value
            return outcome


async def run_async(flow: Generator[Any, Any, T], ask: Callable[[Any], Awaitable[Any]]) -> T:
    """The same for the running loop."""
    with contextlib.closing(flow):
        try:
            step = next(flow)
            while True:
                if isinstance(step, Future):
                    step = flow.send(await _waited_async(step))
                else:
                    step = flow.send(await ask(step))
        except StopIteration as end:
            outcome: T = end.value
            return outcome


def _waited(flight: Future[Any]) -> Any:
    try:
        return flight.result(_left_s())
    except TimeoutError:
        return flight


async def _waited_async(flight: Future[Any]) -> Any:
    waiter = asyncio.wrap_future(flight)
    done, _ = await asyncio.wait((waiter,), timeout=_left_s())
    return waiter.result() if done else flight


def _left_s() -> float:
    until = deadline_at.get()
    left = 0 if until is None else until - time.monotonic_ns()
    return max(0, left) / NS_PER_S
