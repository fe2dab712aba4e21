"""The load: many connections, each with one request on its way, answers counted by status.

A closed loop: a connection sends its next delivery when the last was answered, so latencies here
are those of a server kept busy, not those under a given rate of arrival.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import httptools
import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GRACE_S = 10.0
"""How long answers still under way at the end are waited for."""
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Load:
    """How hard and how long: answers during the first `warm_s` are not counted."""

    connections: int = 64
    warm_s: float = 1.0
    measured_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a server did under load. `busy` is the load's own share of its core: near 1.0, the load
    and not the server was the limit."""

    per_s: float
    p50_ms: float
    p99_ms: float
    answered: int
    statuses: dict[int, int]
    busy: float


@dataclass(slots=True, eq=False)
class _Round:
    supply: Iterator[bytes]
    counted_from: int
    ends_at: int
    took: array[int] = field(default_factory=lambda: array("q"))
    statuses: Counter[int] = field(default_factory=Counter)
    last_at: int = 0


class _Connection(asyncio.Protocol):
    """One connection; also the callbacks of its HTTP parser."""

    def __init__(self, current: _Round) -> None:
        self._round = current
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._send(time.perf_counter_ns())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        now, current = time.perf_counter_ns(), self._round
        current.statuses[self._parser.get_status_code()] += 1
        if current.counted_from <= now <= current.ends_at:
            current.took.append(now - self._sent_at)
            current.last_at = now
        self._parser = httptools.HttpResponseParser(self)
        self._send(now)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the server closed the connection"))

    def _send(self, now: int) -> None:
        request = next(self._round.supply, None) if now < self._round.ends_at else None
        if request is None:
            if not self.ended.done():
                self.ended.set_result(None)
            self._transport.close()
            return
        self._sent_at = now
        self._transport.write(request)


def drive(port: int, supply: Iterable[bytes], load: Load) -> Outcome:
    """Send `supply` to a server on loopback until the time is over or the supply is."""
    gc.collect()
    gc.disable()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_drive(port, supply, load))
    finally:
        gc.enable()


async def _drive(port: int, supply: Iterable[bytes], load: Load) -> Outcome:
    begun = time.perf_counter_ns()
    counted_from = begun + round(load.warm_s * _NANOSECONDS)
    ends_at = counted_from + round(load.measured_s * _NANOSECONDS)
    current = _Round(iter(supply), counted_from, ends_at)
    loop, used = asyncio.get_running_loop(), time.process_time()
    pairs = [
        await loop.create_connection(lambda: _Connection(current), "127.0.0.1", port)
        for _ in range(load.connections)
    ]
    async with asyncio.timeout(load.warm_s + load.measured_s + GRACE_S):
        await asyncio.gather(*(connection.ended for _, connection in pairs))
    busy = (time.process_time() - used) / ((time.perf_counter_ns() - begun) / _NANOSECONDS)
    return _outcome(current, min(ends_at, max(current.last_at, counted_from + 1)), busy)


def _outcome(current: _Round, until: int, busy: float) -> Outcome:
    took = sorted(current.took)
    if not took:
        message = f"no answer within the measured time (statuses: {dict(current.statuses)})"
        raise RuntimeError(message)
    return Outcome(
        per_s=len(took) / ((until - current.counted_from) / _NANOSECONDS),
        p50_ms=took[len(took) // 2] / 1e6,
        p99_ms=took[min(len(took) * 99 // 100, len(took) - 1)] / 1e6,
        answered=sum(current.statuses.values()),
        statuses=dict(current.statuses),
        busy=busy,
    )
