"""What belongs to one event loop each, and ends with it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes one of a thing for each loop that asks.

    It is closed by `aclose`, or by the loop itself when that ends as `asyncio.run` ends it: an
    asynchronous generator that waits to be shut down keeps the thing.
    """

    __slots__ = ("_close", "_kept", "_make")

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:
        self._make = make
        self._close = close
        self._kept: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[T, AsyncGenerator[None, None]]
        ] = WeakKeyDictionary()

    def get(self) -> T:
        """That of the running loop."""
        loop = asyncio.get_running_loop()
        found = self._kept.get(loop)
        if found is not None:
            return found[0]
        for each in [each for each in self._kept if each.is_closed()]:
            self._kept.pop(each, None)  # a thing may hold its loop, which then never goes by itself
        thing = self._make()
        keeper = self._keep(thing)
        first: Any = anext(keeper)
        try:
            first.send(None)  # runs to the `yield` without waiting: now the loop knows of it
        except StopIteration:
            self._kept[loop] = thing, keeper
        return thing

    async def aclose(self) -> None:
        """Close that of the running loop."""
        found = self._kept.pop(asyncio.get_running_loop(), None)
        if found is not None:
            async with aclosing(found[1]):
                pass

    async def _keep(self, thing: T) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._kept.pop(asyncio.get_running_loop(), None)
            await self._close(thing)
