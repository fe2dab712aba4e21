"""Replies: how a result travels from the store's thread to whoever asked."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgewright.core.ports import Bell


class Waiting:
    """A reply for a thread that blocks until it comes."""

    __slots__ = ("_future",)

    def __init__(self) -> None:
        self._future: Future[Any] = Future()

    def resolve(self, result: object) -> None:
        """Wake the thread with a result."""
        self._future.set_result(result)

    def reject(self, error: BaseException) -> None:
        """Wake the thread with an error."""
        self._future.set_exception(error)

    def result(self) -> Any:
        """Block until the reply has come; return it or raise it."""
        return self._future.result()


class Mailbox:
    """Replies for coroutines of one event loop.

    Replies gather here until the bell rings; then the loop wakes once for all of them.
    """

    __slots__ = ("__weakref__", "_arrived", "_lock", "_loop", "_scheduled")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Weak, so that a bridge does not keep every loop alive that it was ever used on.
        self._loop = weakref.ref(loop)
        self._lock = threading.Lock()
        self._arrived: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._scheduled = False

    def is_of(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether this is the mailbox of `loop`."""
        return self._loop() is loop

    def expect(self) -> Expected:
        """A new reply, to be awaited as `expected.future`."""
        return Expected(self, asyncio.get_running_loop().create_future())

    def put(self, future: asyncio.Future[Any], result: object, error: BaseException | None) -> Bell:
        """From any thread: leave a reply, and return the bell to ring."""
        self._arrived.append((future, result, error))
        return self.ring

    def ring(self) -> None:
        """From any thread: have the loop hand out what has arrived."""
        with self._lock:
            if self._scheduled:
                return
            self._scheduled = True
        loop = self._loop()
        try:
            if loop is not None:
                loop.call_soon_threadsafe(self._deliver)
        except RuntimeError:  # the loop was closed meanwhile: nobody is left to hear
            self._arrived.clear()

    def _deliver(self) -> None:
        with self._lock:
            self._scheduled = False
        while self._arrived:
            future, result, error = self._arrived.popleft()
            if future.done():  # cancelled while it waited
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


class Expected:
    """A reply that a coroutine awaits."""

    __slots__ = ("_mailbox", "future")

    def __init__(self, mailbox: Mailbox, future: asyncio.Future[Any]) -> None:
        self._mailbox = mailbox
        self.future = future

    def resolve(self, result: object) -> Bell:
        """Leave a result for the loop."""
        return self._mailbox.put(self.future, result, None)

    def reject(self, error: BaseException) -> Bell:
        """Leave an error for the loop."""
        return self._mailbox.put(self.future, None, error)
