"""Calls on a shared gate: what a call costs beside one of a process by itself, and what Redis is asked."""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING

from benchmarks.calling import GIVEN, RATE, WRITE, Nothing, nothing, per_call_us
from benchmarks.contest import Contender, Figures
from benchmarks.report import Column, Ratio, table
from bridgewright.adapters.gates.redis import RedisGate
from bridgewright.core.errors import GateUnavailable
from bridgewright.core.model.secret import Secret
from bridgewright.core.policy.numbers import CallNumbers, Quota
from bridgewright.core.policy.profile import CallProfile, Idempotency
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.sharing import Terms
from bridgewright.engine.drive.keeper import Keeper

if TYPE_CHECKING:
    from benchmarks.contest import Contest
    from benchmarks.place import Place
    from bridgewright.core.model.sharing import LeaseAsk, LeaseGrant

WORDS = (
    "The same call where processes share: CPU of this process for each, the keeper's thread included, and"
    " how often Redis was asked for a thousand. `quiet` calls once in a while, and waits for Redis each time."
)
US, ASKS, WAIT = "µs", "asks", "ms"
ALONE = "by itself, one quota"


class Counted(RedisGate):
    """Counts what it asks."""

    __slots__ = ("asks",)

    def lease(self, ask: LeaseAsk) -> LeaseGrant:
        """The answer of Redis."""
        self.asks += 1
        return super().lease(ask)


def url() -> str:
    """Redis, by `BRIDGEWRIGHT_BENCH_REDIS`, else the one on this machine."""
    return os.environ.get("BRIDGEWRIGHT_BENCH_REDIS", "redis://127.0.0.1:6379/0")


def contenders(calls: int) -> list[Contender]:
    """By itself, and shared: without a quota, with a wide one, and quietly."""
    wide, none = Quota(RATE), _missing()
    return [
        Contender(ALONE, "-", "", lambda _: _alone(calls)),
        Contender("shared, no quota", "-", "pushbacks alone", lambda _: _shared(None, calls), none),
        Contender("shared, one quota", "-", "10 M a second", lambda _: _shared(wide, calls), none),
        Contender("shared, quiet", "-", "a call every 0.3 s", _quiet, none),
    ]


def table_of(contest: Contest) -> str:
    """The table of them."""
    columns = [
        Column(US, "added µs", 2, spread=True),
        Column(ASKS, "asked of Redis for 1,000 calls", 2),
        Column(WAIT, "waited, ms", 2),
    ]
    return table(contest, columns, [Ratio(US, ALONE, "÷ by itself")])


def _missing() -> str | None:
    """Why those that need Redis sit out."""
    try:
        RedisGate(Secret(url()), timeout_s=0.5).condition()
    except GateUnavailable as error:
        return f"{error}; start one, or set BRIDGEWRIGHT_BENCH_REDIS"
    return None


def _caller(quota: Quota | None, keeper: Keeper | None) -> Caller:
    profile = CallProfile(
        "bench",
        "https://api.example.org",
        classify=lambda _request: WRITE,
        numbers=CallNumbers(),
        quotas={} if quota is None else {"": (quota,)},
        idempotency=Idempotency("idempotency-key", 86_400.0),
    )
    terms = Terms("bench", 250_000, 100_000)
    return Caller(profile, transport=Nothing(), keeper=keeper, terms=terms)


def _keeper() -> tuple[Keeper, Counted]:
    gate = Counted(Secret(url()), timeout_s=0.5, prefix=f"bench:{secrets.token_hex(4)}")
    gate.asks = 0
    ticks = time.monotonic_ns
    made = Keeper(gate, refuses=False, observer=lambda _: None, ticks=ticks, roll=lambda: 0.5)
    return made, gate


def _alone(calls: int) -> Figures:
    one = _caller(Quota(RATE), None)
    return {US: per_call_us(lambda: one.call(GIVEN), calls) - per_call_us(nothing, calls)}


def _shared(quota: Quota | None, calls: int) -> Figures:
    keeper, gate = _keeper()
    try:
        one = _caller(quota, keeper)
        one.call(GIVEN)
        gate.asks = 0
        cost = per_call_us(lambda: one.call(GIVEN), calls) - per_call_us(nothing, calls)
        return {US: cost, ASKS: gate.asks / calls * 1_000}
    finally:
        keeper.close()


def _quiet(_: Place) -> Figures:
    keeper, gate = _keeper()
    try:
        one = _caller(Quota(1_000), keeper)
        one.call(GIVEN)
        gate.asks, waited = 0, []
        for _number in range(10):
            time.sleep(0.3)
            began = time.perf_counter()
            one.call(GIVEN)
            waited.append(time.perf_counter() - began)
        return {ASKS: gate.asks / len(waited) * 1_000, WAIT: sorted(waited)[len(waited) // 2] * 1e3}
    finally:
        keeper.close()
