"""What a call needs of the world: ticks, locks, waiting in a thread or on a loop, the context.

The context carries two things down: a deadline, and the call whose attempt is under way. A context
that gets lost (a thread pool, an executor) loses them, and with them only what narrows: a call
without a context has its connection's own deadline, never none.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
import weakref
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import NS_PER_S, Ticks
from bridgewright.core.policy.idempotency import IdempotencyKey
from bridgewright.engine.drive.clock import now as wall_now
from bridgewright.engine.drive.cutoff import PATIENCE_S, limits_by

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bridgewright.core.model.call import Limits
    from bridgewright.engine.drive.clock import Time, Watch, Work

deadline_at: ContextVar[Ticks | None] = ContextVar("bridgewright deadline", default=None)
attempt_under_way: ContextVar[Any] = ContextVar("bridgewright attempt", default=None)
key_in_use: ContextVar[KeyHolder | None] = ContextVar("bridgewright key", default=None)

_LONGEST_S = 86_400.0
_fixed: ContextVar[_Fixed | None] = ContextVar("bridgewright deadline elsewhere", default=None)


def mint() -> str:
    """A new idempotency key: 128 random bits."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Timing:
    """Where calls get ticks and where they wait; tests give scripted ones."""

    ticks: Callable[[], Ticks] = time.monotonic_ns
    sleep: Callable[[float], None] = time.sleep
    sleep_async: Callable[[float], Awaitable[None]] = asyncio.sleep
    mint: Callable[[], str] = field(default=mint)
    watch: Watch | None = None

    def pause(self, work: Work | None, seconds: float) -> None:
        """Wait in this thread; `work` is the call's, where a watch is told of it."""
        if work is None:
            self.sleep(seconds)
            return
        with work.here():
            self.sleep(seconds)

    async def pause_async(self, work: Work | None, seconds: float) -> None:
        """The same on the running loop."""
        if work is None:
            await self.sleep_async(seconds)
            return
        with work.here():
            await self.sleep_async(seconds)

    def park(self, work: Work | None, ticket: ThreadTicket, seconds: float) -> None:
        """Wait to be woken, at most so long."""
        if work is None or self.watch is None:
            ticket.wait(seconds)
            return
        with _parked(self.watch, self.ticks, work, ticket):
            ticket.wait(PATIENCE_S)

    async def park_async(self, work: Work | None, ticket: LoopTicket, seconds: float) -> None:
        """The same on the running loop."""
        if work is None or self.watch is None:
            await ticket.wait(seconds)
            return
        with _parked(self.watch, self.ticks, work, ticket):
            await ticket.wait(PATIENCE_S)

    def deadline(self, outer: Ticks) -> Ticks:
        """A common deadline, by this clock."""
        fixed = _fixed.get()
        return outer if fixed is None or self.watch is None else fixed.by(self.ticks)

    def limits(self, work: Work | None, limits: Limits) -> Limits:
        """What sockets are told, which wait in real time whatever the clock is."""
        if work is None or self.watch is None:
            return limits
        return limits_by(self.watch, self.ticks, work, limits)


def timing_of(time: Time) -> Timing:
    """That of a bridge's calls."""
    return Timing(time.ticks, time.sleep, time.sleep_async, watch=time.watch)


@contextmanager
def _parked(
    watch: Watch, ticks: Callable[[], Ticks], work: Work, ticket: ThreadTicket | LoopTicket
) -> Iterator[None]:
    """Rest until the ticket's wake, which comes by its expiry at the latest."""
    alarm = watch.alarm(max(ticket.expires, ticks()), ticket.wake)
    work.rest()
    ticket.woken = work.resume
    if ticket.called:
        work.resume()
    try:
        yield
    finally:
        alarm.cancel()
        ticket.woken = None
        work.resume()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound every call made inside by a common deadline, `seconds` from now (above 0, at most a day).

    Deadlines nest: the earliest holds. The connection's own `deadline_s` still bounds each call.
    Carried by the context: it reaches coroutines and tasks made inside, and `asyncio.to_thread`, but
    not a thread pool's threads.
    """
    if not 0 < seconds <= _LONGEST_S:
        problem = f"a deadline of {seconds!r} s cannot be kept"
        raise ConfigurationError(problem, remedy="use more than 0 and at most 86400 seconds")
    at = time.monotonic_ns() + int(seconds * NS_PER_S)
    outer = deadline_at.get()
    token = deadline_at.set(at if outer is None else min(at, outer))
    fixed = _fixed.set(_Fixed(at, _fixed.get()))
    try:
        yield
    finally:
        _fixed.reset(fixed)
        deadline_at.reset(token)


class _Fixed:
    """The instant of a common deadline by clocks that are moved by hand: fixed by the first call that
    meets it, for until then no such clock has moved."""

    __slots__ = ("_at", "_by", "_outer")

    def __init__(self, at: Ticks, outer: _Fixed | None) -> None:
        self._at = at
        self._outer = outer
        self._by: dict[Callable[[], Ticks], Ticks] = {}

    def by(self, ticks: Callable[[], Ticks]) -> Ticks:
        """By the clock that tells these ticks."""
        at = self._by.setdefault(ticks, ticks() + self._at - time.monotonic_ns())
        return at if self._outer is None else min(at, self._outer.by(ticks))


class KeyHolder:
    """The idempotency key of a `keyed` block, and the request it got bound to."""

    __slots__ = ("_lock", "key")

    def __init__(self, key: IdempotencyKey) -> None:
        self.key = key
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"KeyHolder({self.key.value})"

    def bind(self, bound: IdempotencyKey) -> bool:
        """Take the bound key, unless another request was quicker."""
        with self._lock:
            if self.key.fingerprint not in ("", bound.fingerprint):
                return False
            self.key = bound
            return True


@contextmanager
def keyed(key: str | IdempotencyKey) -> Iterator[KeyHolder]:
    """Give the one write inside an idempotency key of your own: the id of the intent (`order-17`).

    A repeat under the same key, from this process or another, is recognised by the provider for as
    long as it keeps keys (Stripe: 24 hours); past that the write counts as unsafe again. The first
    write inside binds the key to its request; a different request under it is refused, for the
    provider would answer with the first one's result, or an error. `as` gives the holder: keep its
    `key.as_text()` beside the intent. Providers without idempotency keys take no notice.
    """
    made = key if isinstance(key, IdempotencyKey) else IdempotencyKey(key, wall_now())
    holder = KeyHolder(made)
    token = key_in_use.set(holder)
    try:
        yield holder
    finally:
        key_in_use.reset(token)


def make_lock() -> threading.Lock:
    """A lock for state that is shared between threads."""
    return threading.Lock()


class ThreadTicket:
    """A waiting thread."""

    __slots__ = ("_event", "called", "expires", "gone", "granted", "woken")

    def __init__(self, expires: Ticks) -> None:
        self.expires = expires
        self.granted = False
        self.gone = False
        self.called = False
        self.woken: Callable[[], None] | None = None
        self._event = threading.Event()

    def wake(self) -> bool:
        """Let the thread look again."""
        self.called = True
        if self.woken is not None:
            self.woken()
        self._event.set()
        return True

    def wait(self, seconds: float) -> None:
        """Wait to be woken, at most so long."""
        self._event.wait(seconds)


class LoopTicket:
    """A waiting coroutine; woken from any thread."""

    __slots__ = ("_future", "_loop", "called", "expires", "gone", "granted", "woken")

    def __init__(self, expires: Ticks) -> None:
        self.expires = expires
        self.granted = False
        self.gone = False
        self.called = False
        self.woken: Callable[[], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()

    def wake(self) -> bool:
        """Let the coroutine look again. False when its loop is closed: nobody waits any more."""
        self.called = True
        if self.woken is not None:
            self.woken()
        try:
            self._loop.call_soon_threadsafe(self._settle)
        except RuntimeError:
            return False
        return True

    async def wait(self, seconds: float) -> None:
        """Wait to be woken, at most so long."""
        await asyncio.wait((self._future,), timeout=seconds)

    def _settle(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


_born_again: weakref.WeakSet[Any] = weakref.WeakSet()


def begin_anew_after_fork(each: Any) -> None:
    """Have `each.after_fork()` called in every child, for as long as it lives."""
    _born_again.add(each)


def _after_fork() -> None:
    for each in tuple(_born_again):
        each.after_fork()


os.register_at_fork(after_in_child=_after_fork)
