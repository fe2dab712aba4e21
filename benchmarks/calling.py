"""What is added to a call that does nothing and goes well: our engine, the natural stacks of libraries,
and code fused by hand for one case."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.exporters.logs import LogExporter
from bridgewright.core.model.call import Operation, Request, Response, Safety
from bridgewright.core.policy.numbers import CallNumbers, Quota
from bridgewright.core.policy.profile import CallProfile, Idempotency
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.drive.sweeper import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bridgewright.core.model.call import Limits

Blocking = "Callable[[], object]"
RATE = 10_000_000
ANSWER = Response(200)
_HEADERS = (
    ("authorization", "Bearer a-token-of-some-length"),
    ("content-type", "application/json"),
    ("user-agent", "benchmark"),
)
KEYED = Request("POST", "https://api.example.org/v1/things", _HEADERS, b"{}")
GIVEN = Request(
    "POST", "https://api.example.org/v1/things", (*_HEADERS, ("idempotency-key", "order-17")), b"{}"
)
SAFE = Operation("things.list", Safety.SAFE)
WRITE = Operation("things.create", Safety.KEYED)


class Nothing:
    """A transport that answers at once."""

    def send(self, request: Request, limits: Limits) -> Response:
        """The answer."""
        del request, limits
        return ANSWER

    def close(self) -> None:
        """Nothing is open."""


class NothingAsync:
    """The same on a loop, with the deadline that our transports keep there."""

    async def send(self, request: Request, limits: Limits) -> Response:
        """The answer."""
        del request
        with until(limits.deadline):
            return ANSWER

    async def aclose(self) -> None:
        """Nothing is open."""


def caller(*, quota: bool = True, write: bool = True, log: bool = False) -> Caller:
    """Ours, with everything on unless told otherwise: deadline, breaker window with slow rate,
    bulkhead, one quota, budget, idempotency."""
    operation = WRITE if write else SAFE
    profile = CallProfile(
        "bench",
        "https://api.example.org",
        classify=lambda _request: operation,
        numbers=CallNumbers(),
        quotas={"": (Quota(RATE),)} if quota else {},
        idempotency=Idempotency("idempotency-key", 86_400.0),
    )
    return Caller(
        profile,
        transport=Nothing(),
        async_transport=NothingAsync(),
        observer=LogExporter() if log else None,
    )


def logged() -> None:
    """Have records made and handed to a handler that drops them."""
    logger = logging.getLogger("bridgewright")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.handlers = [logging.NullHandler()]


def per_call_us(once: Callable[[], object], calls: int) -> float:
    """CPU microseconds of this process for each of so many calls."""
    began = time.process_time()
    for _ in range(calls):
        once()
    return (time.process_time() - began) / calls * 1e6


def per_await_us(once: Callable[[], Awaitable[object]], calls: int) -> float:
    """The same of coroutines, one after the other on a loop of their own."""

    async def run() -> float:
        await once()
        began = time.process_time()
        for _ in range(calls):
            await once()
        return (time.process_time() - began) / calls * 1e6

    return asyncio.run(run())


def nothing() -> Response:
    """What all of them wrap, in a thread."""
    return ANSWER


async def nothing_async() -> Response:
    """What all of them wrap, on a loop."""
    return ANSWER


def natural() -> Callable[[], object]:
    """Tenacity around pybreaker around pyrate-limiter."""
    import pybreaker  # noqa: PLC0415 - peers, where they are measured
    import tenacity  # noqa: PLC0415
    from pyrate_limiter import Duration, Limiter, Rate  # noqa: PLC0415

    breaker: Any = pybreaker.CircuitBreaker(fail_max=5, reset_timeout=60)
    limiter: Any = Limiter(Rate(RATE, Duration.SECOND))

    def limited() -> Response:
        limiter.try_acquire("bench")
        return nothing()

    wrapped: Any = tenacity.retry(
        stop=tenacity.stop_after_attempt(3),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=20),
        reraise=True,
    )(breaker(limited))
    return wrapped


def natural_async() -> Callable[[], Awaitable[object]]:
    """Tenacity around aiobreaker around aiolimiter, within asyncio.timeout."""
    import aiobreaker  # noqa: PLC0415
    import tenacity  # noqa: PLC0415
    from aiolimiter import AsyncLimiter  # noqa: PLC0415

    breaker: Any = aiobreaker.CircuitBreaker(fail_max=5, timeout_duration=timedelta(seconds=60))
    limiters: dict[Any, Any] = {}

    async def limited() -> Response:
        loop = asyncio.get_running_loop()
        limiter = limiters.get(loop)
        if limiter is None:
            limiter = limiters[loop] = AsyncLimiter(RATE, 1)
        async with limiter:
            return await nothing_async()

    guarded: Any = tenacity.retry(
        stop=tenacity.stop_after_attempt(3),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=20),
        reraise=True,
    )(breaker(limited))

    async def wrapped() -> object:
        async with asyncio.timeout(30):
            return await guarded()

    return wrapped


class Fused:
    """By hand, for one case and no other: a window, a bucket, a cap, a budget, an attempt loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window: deque[bool] = deque(maxlen=100)
        self._failed = 0
        self._tokens = float(RATE)
        self._at = time.monotonic()
        self._busy = 0
        self._budget = 10.0

    def enter(self) -> None:
        """Take a token and a place."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(RATE, self._tokens + (now - self._at) * RATE) - 1
            self._at = now
            if self._busy >= 50 or self._tokens < 0 or self._failed > 50:  # noqa: PLR2004
                raise RuntimeError
            self._busy += 1

    def leave(self) -> None:
        """Give the place back after a success."""
        with self._lock:
            self._busy -= 1
            window = self._window
            if len(window) == 100 and window[0]:  # noqa: PLR2004
                self._failed -= 1
            window.append(False)
            self._budget = min(10.0, self._budget + 0.1)

    def call(self) -> object:
        """One call from a thread."""
        for _ in range(3):
            self.enter()
            answer = nothing()
            self.leave()
            return answer
        return None

    async def call_async(self) -> object:
        """One call on a loop."""
        async with asyncio.timeout(30):
            for _ in range(3):
                self.enter()
                answer = await nothing_async()
                self.leave()
                return answer
        return None
