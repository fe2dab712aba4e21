"""An attempt under way, as the lowest layer sees it: what time is left, and how far it came."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.call import NS_PER_S, Phase, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.adapters.transports.resolving import Resolver
    from bridgewright.core.model.call import Limits
    from bridgewright.engine.drive.sweeper import until

_LEAST_S = 0.000_001


class UnderWay:
    """One attempt. Sockets look here for the time that is left, and note here what they did."""

    __slots__ = (
        "_connect_s",
        "answered",
        "breaks",
        "connect_by",
        "connected",
        "cut",
        "cutoff",
        "deadline",
        "heard",
        "resolver",
        "trouble",
        "wrote",
    )

    def __init__(self, limits: Limits, resolver: Resolver | None = None) -> None:
        self.resolver = resolver
        self.deadline = limits.deadline
        self._connect_s = limits.connect_s
        self.connect_by = limits.deadline
        self.connected = False
        self.wrote = False
        self.heard = False
        self.answered = False
        self.trouble: Trouble | None = None
        self.cut = False
        self.breaks: Callable[[], object] | None = None
        self.cutoff = limits.cutoff
        if self.cutoff is not None:
            self.cutoff.begin(self.cut_off)

    @property
    def phase(self) -> Phase:
        """How far it came."""
        if self.answered:
            return Phase.TRUNCATED
        return Phase.MAYBE_SENT if self.wrote else Phase.NOT_SENT

    def connecting(self) -> None:
        """A connection is opened for it: the time for that begins, after any wait for the pool."""
        self.connected = True
        self.connect_by = min(self.deadline, time.monotonic_ns() + int(self._connect_s * NS_PER_S))

    @property
    def late(self) -> bool:
        """Whether the deadline has come."""
        return time.monotonic_ns() >= self.deadline

    def cut_off(self, late: bool) -> None:  # noqa: FBT001 - as a cutoff calls it
        """End the wait it is in: nothing came for too long, or, when `late`, the deadline has come."""
        self.cut = True
        if late:
            self.deadline = self.connect_by = 0
        if self.breaks is not None:
            self.breaks()

    def waits_at(self, waiting: socket.socket) -> None:
        """A thread is about to wait at this socket, where a cutoff has to know it."""
        if self.cutoff is not None:
            self.breaks = partial(_shut, waiting)
            self.cutoff.flies(waiting.getsockname()[1])
            self.cutoff.waits()

    def waits_within(self, limit: until) -> None:
        """A coroutine waits within this limit, where a cutoff has to know it."""
        if self.cutoff is not None:
            loop = asyncio.get_running_loop()
            self.breaks = partial(loop.call_soon_threadsafe, self._broken, limit)

    def flies(self, address: Any) -> None:
        """What is asked leaves from this address of ours."""
        if self.cutoff is not None:
            self.cutoff.flies(address[1])

    def over(self) -> None:
        """It has ended, however it did."""
        if self.cutoff is not None:
            self.cutoff.end()
            self.cutoff = self.breaks = None

    def _broken(self, limit: until) -> None:
        if self.cutoff is not None:  # it may have ended just before
            limit.fire()

    def left_s(self, timeout_s: float | None) -> float:
        """`timeout_s`, clipped to the deadline; `TimeoutError` when nothing is left."""
        return _clipped(timeout_s, self.deadline)

    def left_to_connect_s(self, timeout_s: float | None) -> float:
        """The same for what belongs to connecting."""
        return _clipped(timeout_s, self.connect_by)


def _clipped(timeout_s: float | None, at: int) -> float:
    left = (at - time.monotonic_ns()) / NS_PER_S
    if left < _LEAST_S:
        raise TimeoutError
    return left if timeout_s is None else min(left, timeout_s)


def _shut(waiting: socket.socket) -> None:
    """Wake who waits at a socket. Not by TLS, which would have its say first."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(waiting, socket.SHUT_RDWR)


def apart(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """An answer's chunks, read outside of any attempt: its stream may be the body of the next."""
    while True:
        token = under_way.set(None)
        try:
            chunk = next(chunks, None)
        finally:
            under_way.reset(token)
        if chunk is None:
            return
        yield chunk


under_way: ContextVar[UnderWay | None] = ContextVar("bridgewright transport", default=None)
