"""Calls: what the engine adds to one, what each of its features costs, what an outage makes of retries,
and what an official SDK costs on it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import calling, gates, sdks
from benchmarks.calling import GIVEN, KEYED, caller, logged, per_await_us, per_call_us
from benchmarks.contest import Contender, Contest, Figures, hold
from benchmarks.report import Aim, Column, Half, Ratio, table
from bridgewright.core.model.call import Response
from bridgewright.core.policy.profile import CallProfile
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.drive.calling import Timing
from bridgewright.engine.drive.clock import Chance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.place import Place
    from bridgewright.core.model.call import Limits, Request

US = "µs"
NATURAL = "tenacity + pybreaker + pyrate-limiter"
NATURAL_ASYNC = "tenacity + aiobreaker + aiolimiter + asyncio.timeout"
WORDS = (
    "CPU added to a call that does nothing and goes well. Ours has everything on: deadline, breaker with"
    " failure and slow rate, bulkhead, one quota, retry budget, an idempotency key that the caller gave;"
    " on a loop the deadline is armed too, as our transports do."
)
FEATURES = "The same without one thing, or with one more, and what that makes."


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything: rounds, calls in a turn, calls of an SDK in a turn."""

    rounds: int = 5
    calls: int = 40_000
    sdk_calls: int = 600


def run(effort: Effort, folder: Path) -> Half:
    """Measure it all."""
    n = effort.calls
    threads = hold("calls from threads", WORDS, _threads(n), effort.rounds, folder)
    loop = hold("calls on a loop", WORDS, _loop(n), effort.rounds, folder)
    parts = hold("what each thing costs", FEATURES, _features(n), effort.rounds, folder)
    storm = hold("retries in an outage", STORM, _outages(), 1, folder)
    whole = hold("SDKs", sdks.WORDS, sdks.contenders(effort.sdk_calls), effort.rounds, folder)
    shared = hold("calls on a shared gate", gates.WORDS, gates.contenders(n), effort.rounds, folder)
    columns = [Column(US, "added µs", 2, spread=True)]
    texts = [
        table(threads, columns, [Ratio(US, NATURAL, "÷ the natural stack")]),
        table(loop, columns, [Ratio(US, NATURAL_ASYNC, "÷ the natural stack")]),
        table(parts, columns, []),
        table(storm, [Column("multiplier", "requests per call", 2)], []),
        gates.table_of(shared),
        sdks.table(whole),
    ]
    contests = (threads, loop, parts, storm, shared, whole)
    failed = [name for each in contests for name in each.failed()]
    return Half("\n".join(texts), _aims(threads, loop, parts, storm), failed)


def _aims(threads: Contest, loop: Contest, parts: Contest, storm: Contest) -> list[Aim]:
    off = "ours, log off"
    worst = [max(each.median("multiplier") or 0 for each in storm.standings.values())]
    return [
        Aim("added in a thread, log off", threads.standings[off].values(US), US, most=4),
        Aim("added on a loop, log off", loop.standings[off].values(US), US, most=5),
        Aim("a refusal by an open breaker", parts.standings[REFUSAL].values(US), US, most=2),
        Aim("requests per call in an outage, 0.2 to 200 calls/s", worst, "", most=1.25),
    ]


def _added(name: str, words: str, once: Callable[[], object], calls: int) -> Contender:
    def measure(_: Place) -> Figures:
        bare = per_call_us(calling.nothing, calls)
        return {US: per_call_us(once, calls) - bare}

    return Contender(name, "-", words, measure)


def _added_async(name: str, words: str, once: Callable[[], object], calls: int) -> Contender:
    def measure(_: Place) -> Figures:
        bare = per_await_us(calling.nothing_async, calls)
        return {US: per_await_us(once, calls) - bare}  # type: ignore[arg-type]

    return Contender(name, "-", words, measure)


def _threads(n: int) -> list[Contender]:
    logged()
    off, on, fused = caller(), caller(log=True), calling.Fused()
    return [
        _added("ours, log off", "", lambda: off.call(GIVEN), n),
        _added(
            "ours, log on", "a redacted record for each attempt", lambda: on.call(GIVEN), n // 8
        ),
        _added(NATURAL, "no deadline, no budget, no key", calling.natural(), n // 4),
        _added("fused by hand", "one case, nothing typed, nothing told", fused.call, n),
    ]


def _loop(n: int) -> list[Contender]:
    off, on, fused = caller(), caller(log=True), calling.Fused()
    return [
        _added_async("ours, log off", "", lambda: off.call_async(GIVEN), n),
        _added_async("ours, log on", "", lambda: on.call_async(GIVEN), n // 8),
        _added_async(NATURAL_ASYNC, "no budget, no key", calling.natural_async(), n // 4),
        _added_async("fused by hand", "with asyncio.timeout", fused.call_async, n),
    ]


REFUSAL = "refused by an open breaker"


def _features(n: int) -> list[Contender]:
    whole, bare, quota_less = caller(), caller(quota=False, write=False), caller(quota=False)
    shut = caller()
    shut.begin(GIVEN).scope.breaker.force_open()
    return [
        _added("everything, key given", "as above", lambda: whole.call(GIVEN), n),
        _added("key minted by us", "16 random bytes, a header more", lambda: whole.call(KEYED), n),
        _added("without a quota", "", lambda: quota_less.call(GIVEN), n),
        _added("a read, without quota and key", "", lambda: bare.call(GIVEN), n),
        _added(REFUSAL, "its error is made when it is looked at", lambda: shut.call(GIVEN), n),
    ]


STORM = (
    "A provider that is down for 20 minutes of simulated time, three attempts, 2 % errors before: how many"
    " requests it gets for each call. The breaker is off here, so that the budget is seen alone."
)


def _outages() -> list[Contender]:
    return [_outage(rate) for rate in (0.2, 2.0, 20.0, 200.0)]


def _outage(rate: float) -> Contender:
    def measure(_: Place) -> Figures:
        return {"multiplier": multiplier(rate)}

    return Contender(f"{rate:g} calls/s", "-", "", measure)


class _Scripted:
    """Time that passes when somebody waits, and a provider that fails by it."""

    def __init__(self, rate: float, dice: random.Random) -> None:
        self.now, self.sent, self.down, self._dice = 0, 0, False, dice
        self.gap = int(1e9 / rate)

    def send(self, request: Request, limits: Limits) -> Response:
        """An answer by the script."""
        del request, limits
        self.sent += 1
        return Response(503 if self.down or self._dice.random() < 0.02 else 200)  # noqa: PLR2004

    def close(self) -> None:
        """Nothing is open."""


def multiplier(rate: float, minutes: float = 20) -> float:
    """Requests that a dead provider gets for each call, over an outage of so many minutes."""
    from dataclasses import replace  # noqa: PLC0415

    dice = random.Random(7)
    wire = _Scripted(rate, dice)
    numbers = calling.CallNumbers()
    numbers = replace(numbers, breaker=replace(numbers.breaker, observe_only=True))
    profile = CallProfile("x", "http://x", lambda _: calling.SAFE, numbers=numbers)
    timing = Timing(ticks=lambda: wire.now, sleep=lambda _seconds: None)
    one = Caller(profile, transport=wire, timing=timing, chance=Chance(roll=dice.random))
    calls = min(int(rate * 60 * minutes), 60_000)
    for phase in (False, True):
        wire.down, wire.sent = phase, 0
        for _ in range(calls):
            one.call(KEYED)
            wire.now += wire.gap
    return wire.sent / calls
