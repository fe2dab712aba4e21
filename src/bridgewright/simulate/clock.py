"""Time as simulated providers see it: the wall's, or one that a test moves by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol, TypeVar

from bridgewright.simulate.work import Work, Works, carried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

T = TypeVar("T")

BEGAN_AT_S = 1_790_000_000.0
"""When virtual time begins unless told: an afternoon in September 2026."""
PATIENCE_S = 20.0
"""How long, in real time, those who are at work are waited for before a move is given up."""
WITHIN_S = 30 * 86_400.0
"""How far `run_until_idle` goes at most: longer than any provider repeats a webhook."""
_NS = 1_000_000_000
_TURNS = 3
_LEAST_ROOM = 64
"""Alarms kept before those that were cancelled are cleared away for the first time."""


class Clock(Protocol):
    """What tells the time, in seconds since 1970, and lets others wait for it."""

    def now(self) -> float:
        """The instant it is."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed, on whatever loop asks."""
        ...


class WallClock:
    """Real time, by this machine."""

    __slots__ = ()

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for real."""
        await asyncio.sleep(seconds)


class UnsettledError(Exception):
    """Time cannot go on: something has been at work for too long, or there is always more to wait for."""


class Alarm:
    """Something that rings once, at an instant."""

    __slots__ = ("at_ns", "ring")

    def __init__(self, at_ns: int, ring: Callable[[], object]) -> None:
        self.at_ns = at_ns
        self.ring: Callable[[], object] | None = ring

    def __repr__(self) -> str:
        return f"Alarm(at={self.at_ns / _NS:.3f})"

    def cancel(self) -> None:
        """Not to ring. Harmless once it has."""
        self.ring = None


class VirtualClock:
    """Stands still until it is moved; may be read, moved and waited for from any thread and loop.

    It moves from one who is due to the next, in the order of their instants, and stays at each until
    nobody is at work any more: neither who was woken, nor what came of that, on whatever thread or loop.
    `mover` is the thread that moves it, where one alone does. `begin` tells it of work; a task that
    sleeps on it is at work, but for that, until it ends. Who is at work for `patience_s` of real time
    is named in `UnsettledError`.
    """

    def __init__(self, began_at_s: float = BEGAN_AT_S, *, patience_s: float = PATIENCE_S) -> None:
        self.works = Works()
        self.mover: int | None = None
        self._now_ns = round(began_at_s * _NS)
        self._patience_s = patience_s
        self._serial = itertools.count()
        self._due: list[tuple[int, int, Alarm]] = []
        self._idle: list[Alarm] = []
        self._room = _LEAST_ROOM
        self._pokes: dict[object, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._moving = threading.Lock()

    def __repr__(self) -> str:
        return f"VirtualClock(now={self.now():.3f}, sleepers={self.sleepers})"

    def now(self) -> float:
        """Seconds since 1970, as far as it has been moved."""
        return self._now_ns / _NS

    def ticks(self) -> int:
        """The same in whole nanoseconds."""
        return self._now_ns

    @property
    def sleepers(self) -> int:
        """How many wait for it, but for those who only look around now and then."""
        with self._lock:
            return sum(alarm.ring is not None for *_, alarm in self._due)

    def next_at(self) -> float | None:
        """When the next of them is due, or None when nobody waits."""
        with self._lock:
            at_ns = self._next_ns()
        return None if at_ns is None else at_ns / _NS

    def begin(self, what: str, *, serves: int | None = None, apart: bool = False) -> Work:
        """Tell of a piece of work (`charge 17`), named in messages. Use it as a `with` block, or end it.

        `serves` is the port of a client that waits for it. It is part of what is under way here,
        unless `apart`.
        """
        return self.works.begin(what, serves=serves, apart=apart)

    def start(self, call: Callable[[], T]) -> Future[T]:
        """Call something in a thread of its own, at work from now on; what it comes to is the result's."""
        work, ended = self.begin(f"{_called(call)}, started", apart=True), Future[T]()

        def run() -> None:
            try:
                with work.here():
                    value = call()
            except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
                ended.set_exception(error)
            else:
                ended.set_result(value)
            finally:
                work.end()

        threading.Thread(target=run, name=work.what, daemon=True).start()
        return ended

    def carried(self, work: Callable[[], None]) -> Callable[[], None]:
        """`work`, so that it is a piece of what is under way here wherever it is run."""
        return carried(work)

    def alarm(self, at_ns: int, ring: Callable[[], object], *, idle: bool = False) -> Alarm:
        """Have `ring` called at an instant, by whoever moves the clock: it must be quick."""
        alarm = Alarm(at_ns, ring)
        with self._lock:
            if idle:
                self._idle = [each for each in (*self._idle, alarm) if each.ring is not None]
                return alarm
            heapq.heappush(self._due, (at_ns, next(self._serial), alarm))
            if len(self._due) > self._room:
                self._due = [entry for entry in self._due if entry[2].ring is not None]
                heapq.heapify(self._due)
                self._room = max(_LEAST_ROOM, 2 * len(self._due))
        return alarm

    def poke(self, ask: Callable[[], None]) -> Callable[[], None]:
        """Have `ask` called whenever nothing seems to be at work: whoever finds something to do then is
        at work before it returns. The result takes it back."""
        key = object()
        self._pokes[key] = ask
        return lambda: self._pokes.pop(key, None) and None

    async def sleep(self, seconds: float, *, idle: bool = False) -> None:
        """Wait until it has been moved so far; at once for zero and less."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        work = self.works.mine()

        def ring() -> None:
            _resume(work)
            try:
                loop.call_soon_threadsafe(_wake, woken)
            except RuntimeError:  # its loop was closed: nobody is left to wake
                if work is not None:
                    work.end()

        with self._asleep(work, seconds, ring, idle=idle):
            await woken

    def wait(self, seconds: float) -> None:
        """The same for a thread; the `mover`, whom nobody else could wake, moves it on instead."""
        if seconds <= 0:
            return
        if self.mover == threading.get_ident() and not self._moving.locked():
            self.advance(seconds)
            return
        woken, work = threading.Event(), self.works.mine()

        def ring() -> None:
            _resume(work)
            woken.set()

        with self._asleep(work, seconds, ring, idle=False):
            woken.wait()

    @contextmanager
    def _asleep(
        self, work: Work | None, seconds: float, ring: Callable[[], object], *, idle: bool
    ) -> Iterator[None]:
        # An instant is taken before the work rests: time stands still for as long as that is at work.
        alarm = self.alarm(self._now_ns + round(seconds * _NS), ring, idle=idle)
        if work is not None:
            work.rest()
        try:
            yield
        finally:
            alarm.cancel()
            _resume(work)

    def advance(self, seconds: float) -> None:
        """Move on by so much. From a thread: it waits, at each instant and at the end, until nobody is
        at work. On a running loop it only wakes, for it cannot wait for its own: `advance_async`."""
        if seconds < 0:
            msg = f"time only moves on, and not by {seconds:g} s"
            raise ValueError(msg)
        until_ns = self._now_ns + round(seconds * _NS)
        with self._moving, self._aside():
            while self._step(until_ns):
                continue
            self._arrive(until_ns)

    async def advance_async(self, seconds: float) -> None:
        """Move on by so much, from a loop, which may be that of those who are woken."""
        with self._aside():
            await _others_begun()
            await asyncio.to_thread(self.advance, seconds)

    def run_until_idle(self, *, within_s: float = WITHIN_S) -> float:
        """Move on until nobody waits for anything any more; how many seconds that took.

        `UnsettledError` when somebody still does after `within_s`, as what repeats itself for ever.
        """
        began_ns = self._now_ns
        with self._moving, self._aside():
            while self._step(began_ns + round(within_s * _NS)):
                continue
            if self.next_at() is not None:
                msg = (
                    f"after {within_s:g} s of virtual time {self.sleepers} still wait for more: use"
                    " advance(), or a larger within_s"
                )
                raise UnsettledError(msg)
        return (self._now_ns - began_ns) / _NS

    async def run_until_idle_async(self, *, within_s: float = WITHIN_S) -> float:
        """The same from a loop."""
        with self._aside():
            await _others_begun()
            return await asyncio.to_thread(self.run_until_idle, within_s=within_s)

    def settle(self) -> None:
        """Wait, in real time, until nobody is at work and nobody who is asked finds anything to do."""
        if _on_loop():
            return
        asked_at = -1
        while True:
            if not self.works.wait(self._patience_s):
                msg = (
                    f"time cannot go on: still at work after {self._patience_s:g} s are"
                    f" {self.works.named()}. What waits for a server that is no simulator, or in"
                    " time.sleep, waits in real time"
                )
                raise UnsettledError(msg)
            begun = self.works.begun
            if asked_at == begun:
                return
            asked_at = begun
            with self.works.asking():
                for ask in tuple(self._pokes.values()):
                    ask()

    def _step(self, until_ns: int) -> bool:
        """Go to the next who is due, if that is not too far: first wake those who only look around,
        so that what they keep alive (leases, say) is alive when the other comes."""
        self.settle()
        with self._lock:
            at_ns = self._next_ns()
        if at_ns is None or at_ns > until_ns:
            return False
        self._arrive(at_ns)
        with self._lock:
            if self._next_ns() != at_ns:
                return True  # what looked around has called it off
            alarm = heapq.heappop(self._due)[2]
        _rung(alarm)
        return True

    def _arrive(self, at_ns: int) -> None:
        self._now_ns = max(self._now_ns, at_ns)
        with self._lock:
            due = sorted(
                (each for each in self._idle if each.at_ns <= self._now_ns), key=lambda e: e.at_ns
            )
        for alarm in due:
            _rung(alarm)
        self.settle()

    def _next_ns(self) -> int | None:
        while self._due and self._due[0][2].ring is None:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Whoever moves the clock is not waited for."""
        work = self.works.moving()
        if work is not None:
            work.rest()
        try:
            yield
        finally:
            _resume(work)


def serving(clock: Clock, what: str, port: int) -> AbstractContextManager[object]:
    """A simulated provider answers a request that came from `port`: work, by a clock that is moved by
    hand; while it sleeps on the clock, so does whoever asked."""
    return clock.begin(what, serves=port) if isinstance(clock, VirtualClock) else nullcontext()


def sending(clock: Clock, what: str) -> AbstractContextManager[object]:
    """A simulated provider sends something of its own accord: work from now on, wherever the block is
    that does it."""
    return clock.begin(what, apart=True) if isinstance(clock, VirtualClock) else nullcontext()


@contextmanager
def resting(clock: Clock) -> Iterator[None]:
    """What is under way here says nothing, until whoever asked hangs up: neither is waited for."""
    work = clock.works.mine() if isinstance(clock, VirtualClock) else None
    if work is not None:
        work.rest()
    try:
        yield
    finally:
        _resume(work)


async def _others_begun() -> None:
    """Tasks that were made just before have run to where they first wait."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _rung(alarm: Alarm) -> None:
    ring, alarm.ring = alarm.ring, None
    if ring is not None:
        ring()


def _called(call: object) -> str:
    return getattr(call, "__qualname__", type(call).__name__)


def _resume(work: Work | None) -> None:
    if work is not None:
        work.resume()


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


def _on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
