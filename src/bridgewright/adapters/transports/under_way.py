"""An attempt under way, as the lowest layer sees it: what time is left, and how far it came."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S, Phase, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.adapters.transports.resolving import Resolver
    from bridgewright.core.model.call import Limits

_LEAST_S = 0.000_001


class UnderWay:
    """One attempt. Sockets look here for the time that is left, and note here what they did."""

    __slots__ = (
        "_connect_s",
        "answered",
        "connect_by",
        "connected",
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
