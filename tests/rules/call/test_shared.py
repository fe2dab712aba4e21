"""Calls on a shared gate: what waits, what is refused, what an outage makes of them."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.gates.process import ProcessGate
from bridgewright.core.errors import CallRefused, GateUnavailable, RetryLater
from bridgewright.core.model.call import Operation, Request, Response, Safety
from bridgewright.core.model.fact import GateLost, GateRegained, ThrottleClosed
from bridgewright.core.policy.numbers import CallNumbers, Quota
from bridgewright.core.policy.profile import CallProfile
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.sharing import Terms
from bridgewright.engine.drive.calling import deadline
from bridgewright.engine.drive.keeper import Keeper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.call import Limits
    from bridgewright.core.model.fact import Fact
    from bridgewright.core.model.sharing import LeaseAsk, LeaseGrant

GET = Request("GET", "https://api.example.com/thing")
PATIENCE_S = 20.0


@dataclass
class Flaky:
    """A real gate that can be taken away, and counts what it is asked."""

    inner: ProcessGate = field(default_factory=ProcessGate)
    away: bool = False
    broken: bool = False
    asked: int = 0
    shuts: int = 0

    def lease(self, ask: LeaseAsk) -> LeaseGrant:
        self.asked += 1
        self._look()
        return self.inner.lease(ask)

    def shut(self, account: str, scope: str, for_us: int) -> None:
        self._look()
        self.shuts += for_us > 0
        self.inner.shut(account, scope, for_us)

    def rejoin(self, within_us: int) -> int:
        self._look()
        return min(self.inner.rejoin(within_us), 50_000)

    def close(self) -> None:
        self.inner.close()

    def _look(self) -> None:
        if self.broken:
            raise ZeroDivisionError
        if self.away:
            raise GateUnavailable("it is away")


@dataclass
class Wire:
    """A provider that notes when it was asked, and answers by a script."""

    answers: list[Response] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    def send(self, request: Request, limits: Limits) -> Response:
        self.sent.append(time.monotonic())
        return self.answers.pop(0) if self.answers else Response(200)

    async def send_async(self, request: Request, limits: Limits) -> Response:
        return self.send(request, limits)

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class AsyncWire:
    wire: Wire

    async def send(self, request: Request, limits: Limits) -> Response:
        return self.wire.send(request, limits)

    async def aclose(self) -> None:
        """Nothing is open."""


class Process:
    """What one process has: a keeper, and a caller on it."""

    def __init__(self, gate: Flaky, quota: Quota | None, *, refuses: bool = False) -> None:
        self.facts: list[Fact] = []
        self.wire = Wire()
        self.keeper = Keeper(
            gate,
            refuses=refuses,
            observer=self.facts.append,
            ticks=time.monotonic_ns,
            roll=lambda: 0.0,
        )
        self.caller = Caller(
            CallProfile(
                "acme",
                "https://api.example.com",
                lambda _: Operation("thing", Safety.SAFE),
                numbers=CallNumbers(deadline_s=10.0, attempt_s=5.0),
                quotas={"": (quota,)} if quota else {},
            ),
            transport=self.wire,
            async_transport=AsyncWire(self.wire),
            keeper=self.keeper,
            terms=Terms("acme", 250_000, 100_000),
        )

    def heard(self, kind: type[Fact]) -> None:
        """Until such a fact was told."""
        until(lambda: any(isinstance(fact, kind) for fact in self.facts))


def until(reached: object) -> None:
    end = time.monotonic() + PATIENCE_S
    while not reached():  # type: ignore[operator]
        assert time.monotonic() < end
        threading.Event().wait(0.005)


@pytest.fixture
def gate() -> Iterator[Flaky]:
    return Flaky()


def test_a_call_waits_for_its_unit_in_a_thread_and_on_a_loop(gate: Flaky) -> None:
    process = Process(gate, Quota(20, 1.0))
    for _ in range(4):
        process.caller.call(GET).unwrap()

    async def together() -> None:
        for call in await asyncio.gather(*(process.caller.call_async(GET) for _ in range(4))):
            call.unwrap()

    asyncio.run(together())
    assert len(process.wire.sent) == 8
    # A new meter has no burst: eight calls take seven intervals of 1.1 / 19 s.
    assert process.wire.sent[-1] - process.wire.sent[0] > 0.3
    process.keeper.close()


def test_a_call_whose_unit_comes_after_its_deadline_is_refused_at_once_with_when(
    gate: Flaky,
) -> None:
    process = Process(gate, Quota(1, 600.0))
    process.caller.call(GET).unwrap()
    began = time.monotonic()
    with deadline(5), pytest.raises(CallRefused) as caught:
        process.caller.call(GET).unwrap()
    assert time.monotonic() - began < 4
    assert caught.value.retry_at is not None
    assert caught.value.report.retry_after_s > 500  # type: ignore[operator]
    process.keeper.close()


def test_calls_without_a_quota_share_pushbacks_and_hardly_ask(gate: Flaky) -> None:
    one, other = Process(gate, None), Process(gate, None)
    for _ in range(500):
        one.caller.call(GET).unwrap()
    assert gate.asked < 100
    one.wire.answers = [Response(429, (("retry-after", "30"),))]
    with pytest.raises(RetryLater):
        one.caller.call(GET).unwrap()
    until(lambda: gate.shuts)
    with pytest.raises(RetryLater):
        other.caller.call(GET).unwrap()
    assert other.wire.sent == []
    other.heard(ThrottleClosed)
    one.keeper.close()
    other.keeper.close()


def test_an_absent_gate_is_told_once_and_calls_go_on_by_a_share(gate: Flaky) -> None:
    process = Process(gate, Quota(50, 1.0))
    process.caller.call(GET).unwrap()
    gate.away = True
    for _ in range(5):
        process.caller.call(GET).unwrap()
    assert [type(fact) for fact in process.facts] == [GateLost]
    asked = gate.asked
    process.caller.call(GET).unwrap()
    assert gate.asked == asked
    gate.away = False
    process.heard(GateRegained)
    process.caller.call(GET).unwrap()
    assert gate.asked > asked
    process.keeper.close()


def test_an_absent_gate_that_refuses_refuses_every_call_and_lets_them_through_again(
    gate: Flaky,
) -> None:
    process = Process(gate, None, refuses=True)
    gate.away = True
    for _ in range(3):
        with pytest.raises(CallRefused, match="does not answer") as caught:
            process.caller.call(GET).unwrap()
        assert caught.value.retry_at is not None
    assert process.wire.sent == []
    gate.away = False
    process.heard(GateRegained)
    process.caller.call(GET).unwrap()
    process.keeper.close()


def test_a_gate_that_fails_in_unknown_ways_is_an_outage_and_keeps_nobody(gate: Flaky) -> None:
    process = Process(gate, Quota(50, 1.0))
    gate.broken = True
    began = time.monotonic()
    process.caller.call(GET).unwrap()
    assert time.monotonic() - began < 3
    (lost,) = process.facts
    assert isinstance(lost, GateLost)
    assert "ZeroDivisionError" in lost.text
    process.keeper.close()


def test_a_pushback_heard_in_an_outage_is_told_to_the_others_before_anybody_goes_back(
    gate: Flaky,
) -> None:
    process = Process(gate, None)
    process.caller.call(GET).unwrap()
    gate.away = True
    process.wire.answers = [Response(429, (("retry-after", "30"),))]
    with pytest.raises(RetryLater):
        process.caller.call(GET).unwrap()
    process.heard(GateLost)
    gate.away = False
    process.heard(GateRegained)
    other = Process(gate, None)
    with pytest.raises(RetryLater):
        other.caller.call(GET).unwrap()
    process.keeper.close()
    other.keeper.close()


def test_a_cancelled_call_gives_its_unit_to_the_next(gate: Flaky) -> None:
    process = Process(gate, Quota(10, 1.0))

    async def cancelled() -> None:
        calls = [asyncio.ensure_future(process.caller.call_async(GET)) for _ in range(6)]
        await asyncio.sleep(0)
        for call in calls[:5]:
            call.cancel()
        (await calls[5]).unwrap()

    began = time.monotonic()
    asyncio.run(cancelled())
    assert time.monotonic() - began < 2
    assert process.caller.account.bulkhead.busy == 0
    process.keeper.close()


def test_a_closed_keeper_leaves_nobody_waiting(gate: Flaky) -> None:
    process = Process(gate, Quota(50, 1.0))
    process.caller.call(GET).unwrap()
    process.keeper.close()
    process.keeper.close()
    for _ in range(3):
        process.caller.call(GET).unwrap()


def test_a_forked_child_asks_for_itself(gate: Flaky) -> None:
    process = Process(gate, None)
    process.caller.call(GET).unwrap()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            process.caller.call(GET).unwrap()
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + PATIENCE_S
    done, status = 0, 0
    while not done and time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
    assert done
    assert os.waitstatus_to_exitcode(status) == 0
    process.keeper.close()


def test_many_threads_and_one_gate_keep_every_window(gate: Flaky) -> None:
    processes = [Process(gate, Quota(100, 0.5)) for _ in range(3)]
    end = time.monotonic() + 1.5

    def call(process: Process) -> None:
        while time.monotonic() < end:
            process.caller.call(GET).unwrap()

    threads = [threading.Thread(target=call, args=(each,)) for each in processes for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = sorted(at for each in processes for at in each.wire.sent)
    for first, last in zip(sent, sent[100:], strict=False):
        assert last - first >= 0.5
    assert len(sent) > 100
    for each in processes:
        each.keeper.close()
