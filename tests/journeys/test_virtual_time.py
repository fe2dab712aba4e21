"""Hours that pass in milliseconds: one clock, moved by hand, for a bridge, its worker and a simulated
provider. Real sockets, real SDKs, a real store; nothing sleeps."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest
from stripe import APIConnectionError

from bridgewright import (
    AsyncBridge,
    Bridge,
    Cause,
    ConfigurationError,
    Event,
    Secret,
    State,
    deadline,
)
from bridgewright.connectors import webhook
from bridgewright.core.model.fact import BreakerMoved, CallAttempted, Fact
from bridgewright.core.model.moment import from_seconds
from bridgewright.pytest_plugin.clock import driven, working
from bridgewright.settings import Settings, SourceSettings, StoreSettings, WorkSettings
from bridgewright.settings.outbound import ConnectionSettings, References
from bridgewright.simulate.clock import UnsettledError, VirtualClock
from bridgewright.simulate.dispatch import Dispatch, Endpoint, Message, Schedule
from bridgewright.simulate.faults.rules import Kind, Rule, When
from bridgewright.simulate.listener import HOST, Listener, LoopThread, answering
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe.simulator import StripeSimulator
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.core.model.call import Attempt
    from bridgewright.simulate.wire import Heard

HOUR_S = 3_600.0
PAYMENT: dict[str, Any] = {
    "amount": 1_900,
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "confirm": True,
}
WELL_WITHIN_S = 5.0
"""Real seconds that no virtual hour may cost: far above what they take, far below what they are."""


class Bench:
    """A bridge, a Stripe and a clock."""

    def __init__(self, folder: Path, **numbers: Any) -> None:
        self.clock = VirtualClock()
        self.began_s = self.clock.now()
        self.stripe = StripeSimulator(self.clock)
        (folder / "key").write_text("sk_test_of_a_clock")
        work: dict[str, Any] = numbers.pop("work", {})
        self.bridge = Bridge(
            Settings(
                store=StoreSettings(folder / "clock.db"),
                sources=(SourceSettings("stripe", secrets=(Secret("whsec_clock"),)),),
                work=WorkSettings(
                    **(
                        {"max_attempts": 3, "backoff_base_s": HOUR_S, "backoff_cap_s": 9 * HOUR_S}
                        | work
                    )
                ),
                connections=(
                    ConnectionSettings(
                        "stripe",
                        base_url=self.stripe.start(),
                        secrets={"api_key": References(("file:key",), folder)},
                        **numbers,
                    ),
                ),
            )
        )
        self.facts: list[Fact] = []
        self.bridge.observe(self.facts.append)
        self._driven = ExitStack()
        self._driven.enter_context(driven(self.bridge, self.clock))

    @property
    def elapsed_s(self) -> float:
        return self.clock.now() - self.began_s

    def pay(self) -> str:
        paid = self.bridge.connect("stripe").v1.payment_intents.create(PAYMENT)
        return str(paid.status)

    def paid(self) -> str:
        """As `pay`, with the seconds that it may have to wait."""
        paying = self.clock.start(self.pay)
        self.clock.advance(2.0)
        return paying.result(WELL_WITHIN_S)

    def deliver(self, key: str) -> None:
        body = b'{"id": "%s", "type": "invoice.paid"}' % key.encode()
        at = from_seconds(self.clock.now())
        fields = webhook("stripe").sign([Secret("whsec_clock")], body, message_id="", at=at).headers
        headers = {name.decode(): value.decode() for name, value in fields}
        assert self.bridge.receive("stripe", headers=headers, body=body).status == 200

    def told(self, kind: type[Any]) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def attempt(self) -> Attempt:
        [fact] = self.told(CallAttempted)
        made: Attempt = fact.attempt
        return made

    def let_go(self) -> None:
        self._driven.close()

    def close(self) -> None:
        self._driven.close()
        self.bridge.close()
        self.stripe.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with closing(Bench(tmp_path)) as made:
        yield made


def test_a_call_backs_off_three_times_through_an_hour(tmp_path: Path) -> None:
    given = {"deadline_s": HOUR_S, "attempt_s": 15.0, "max_wait_s": HOUR_S, "max_attempts": 4}
    with closing(Bench(tmp_path, **given)) as bench:
        bench.stripe.stand.faults.add(
            Rule(Kind.STATUS, when=When(first=3), status=503, retry_after="900")
        )
        began_s = time.monotonic()
        paying = bench.clock.start(bench.pay)
        bench.clock.advance(3 * 900.0 - 1)
        assert not paying.done()
        assert [fact.attempt.number for fact in bench.told(CallAttempted)] == [1, 2, 3]
        bench.clock.run_until_idle()
        assert paying.result(WELL_WITHIN_S) == "succeeded"
        assert 2_700.0 <= bench.elapsed_s < HOUR_S
        assert time.monotonic() - began_s < WELL_WITHIN_S


def test_a_breaker_opens_and_half_opens_and_closes(tmp_path: Path) -> None:
    with closing(Bench(tmp_path, max_attempts=1, breaker_open_s=300.0)) as bench:
        bench.stripe.be(Mood.DOWN, seconds=300)
        while not bench.told(BreakerMoved):
            with pytest.raises(Exception, match="unavailable"):
                bench.paid()
        with pytest.raises(APIConnectionError, match="breaker"):
            bench.paid()
        bench.clock.advance(2 * 300.0)
        assert [bench.paid() for _ in range(3)] == ["succeeded"] * 3
        moves = [(fact.before, fact.after) for fact in bench.told(BreakerMoved)]
        assert moves == [("closed", "open"), ("open", "half_open"), ("half_open", "closed")]


def test_an_item_is_retried_on_its_schedule_until_it_is_a_dead_letter(bench: Bench) -> None:
    seen: list[tuple[int, float]] = []

    @bench.bridge.on("stripe", "invoice.*")
    def fail(event: Event) -> None:
        seen.append((event.attempt, bench.elapsed_s))
        raise RuntimeError

    with working(bench.bridge, bench.clock):
        bench.deliver("evt_1")
        bench.clock.advance(0)
        assert [attempt for attempt, _ in seen] == [1]
        bench.clock.run_until_idle()
    [row] = bench.bridge.events()
    assert (row.state, row.attempts) == (State.DEAD, 3)
    assert bench.bridge.event(row.id).row.cause is Cause.EXHAUSTED
    [_, second, third] = [at_s for _, at_s in seen]
    assert 0 < second <= HOUR_S
    assert second < third <= second + 3 * HOUR_S


@pytest.mark.slow
def test_a_handler_whose_call_backs_off_keeps_its_lease(tmp_path: Path) -> None:
    given = {"deadline_s": HOUR_S, "attempt_s": 15.0, "max_wait_s": HOUR_S}
    with closing(Bench(tmp_path, **given)) as bench:
        bench.stripe.stand.faults.add(
            Rule(Kind.STATUS, when=When(first=2), status=503, retry_after="900")
        )
        bench.bridge.on("stripe", "invoice.*")(lambda _event: bench.pay())
        with working(bench.bridge, bench.clock):
            bench.deliver("evt_1")
            bench.clock.run_until_idle()
        [row] = bench.bridge.events()
        assert (row.state, row.attempts) == (State.DONE, 1)
        assert bench.elapsed_s >= 1_800.0


@pytest.mark.parametrize("transport", ["httpx2", "urllib3"])
@pytest.mark.parametrize("idle_s", [300.0, 40.0])
def test_a_server_that_stalls_is_left_at_the_deadline(
    tmp_path: Path, transport: str, idle_s: float
) -> None:
    given = {"deadline_s": 90.0, "attempt_s": 90.0, "idle_s": idle_s, "max_attempts": 1}
    with closing(Bench(tmp_path, transport=transport, **given)) as bench:
        bench.stripe.be(Mood.HANGING)
        paying = bench.clock.start(bench.pay)
        bench.clock.advance(min(idle_s, 90.0) - 1)
        assert not paying.done()
        bench.clock.advance(2)
        assert paying.exception(WELL_WITHIN_S) is not None
        attempt = bench.attempt()
        assert attempt.phase == "maybe_sent"
        assert attempt.trouble == ("deadline" if idle_s > 90.0 else "read_timeout")
        assert attempt.elapsed_s == min(idle_s, 90.0)


@pytest.mark.parametrize("transport", ["httpx2", "aiohttp"])
def test_a_server_that_stalls_is_left_at_the_deadline_on_a_loop(
    tmp_path: Path, transport: str
) -> None:
    given = {"deadline_s": 90.0, "attempt_s": 90.0, "idle_s": 300.0, "max_attempts": 1}
    with closing(Bench(tmp_path, async_transport=transport, **given)) as bench:
        bench.stripe.be(Mood.HANGING)

        async def pay(bridge: AsyncBridge) -> None:
            await bridge.connect("stripe").v1.payment_intents.create_async(PAYMENT)

        async def journey() -> None:
            bridge = bench.bridge.as_async()
            paying = asyncio.create_task(pay(bridge))
            await bench.clock.advance_async(89)
            assert not paying.done()
            await bench.clock.advance_async(2)
            with pytest.raises(Exception, match="deadline"):
                await paying
            await bridge.close()

        asyncio.run(journey())
        attempt = bench.attempt()
        assert (attempt.phase, attempt.trouble) == ("maybe_sent", "deadline")


def test_an_answer_that_takes_its_time_takes_virtual_time(bench: Bench) -> None:
    bench.stripe.stand.faults.add(Rule(Kind.SLOW, seconds=8.0))
    paying = bench.clock.start(bench.pay)
    bench.clock.run_until_idle()
    assert paying.result(WELL_WITHIN_S) == "succeeded"
    assert bench.elapsed_s == 8.0


def test_a_common_deadline_passes_in_virtual_time(bench: Bench) -> None:
    def pay_late() -> str:
        with deadline(20.0):
            bench.pay()
            bench.clock.wait(30.0)
            return bench.pay()

    paying = bench.clock.start(pay_late)
    bench.clock.run_until_idle()
    with pytest.raises(APIConnectionError, match="not sent, its deadline was over"):
        paying.result(WELL_WITHIN_S)


def test_who_waits_for_a_place_waits_in_virtual_time(tmp_path: Path) -> None:
    with closing(Bench(tmp_path, concurrency=1)) as bench:
        bench.stripe.stand.faults.add(Rule(Kind.SLOW, seconds=8.0))
        first, second = bench.clock.start(bench.pay), bench.clock.start(bench.pay)
        bench.clock.advance(8.0)
        assert first.done() is not second.done()
        bench.clock.run_until_idle()
        assert {first.result(WELL_WITHIN_S), second.result(WELL_WITHIN_S)} == {"succeeded"}
        assert bench.elapsed_s == 16.0


def test_a_handler_that_takes_too_long_is_cut_off_in_virtual_time(tmp_path: Path) -> None:
    with closing(Bench(tmp_path, work={"handler_timeout_s": 60.0, "max_attempts": 1})) as bench:

        @bench.bridge.on("stripe", "invoice.*")
        async def dawdle(_event: Event) -> None:
            await bench.clock.sleep(HOUR_S)

        with working(bench.bridge, bench.clock):
            bench.deliver("evt_1")
            bench.clock.advance(59.0)
            assert bench.bridge.events()[0].state is State.LEASED
            bench.clock.advance(2.0)
        assert bench.bridge.events()[0].state is State.DEAD
        assert bench.elapsed_s == 61.0


def test_webhooks_are_told_again_on_the_providers_schedule(bench: Bench) -> None:
    arrived: list[float] = []

    async def answer(_heard: Heard) -> Reply:
        arrived.append(bench.elapsed_s)
        return Reply(503 if len(arrived) < 4 else 200, (), b"")

    thread, listener = LoopThread("shop"), Listener(answering(answer))
    port = thread.run(listener.start())
    dispatch = Dispatch(bench.clock, None, Schedule((60.0, HOUR_S, 24 * HOUR_S)))
    dispatch.open(thread)
    dispatch.put(Endpoint("we_1", f"http://{HOST}:{port}/"))
    dispatch.tell(Message("evt_1", "invoice.paid", b"{}"))
    bench.clock.advance(59.0)
    assert arrived == [0.0]
    bench.clock.run_until_idle()
    assert arrived == [0.0, 60.0, 60.0 + HOUR_S, 60.0 + 25 * HOUR_S]
    dispatch.close()
    thread.run(listener.close())
    thread.close()


def test_what_cannot_be_waited_for_is_named(bench: Bench) -> None:
    clock = VirtualClock(patience_s=0.05)
    with clock.begin("a call by time.sleep"):
        waiting = clock.start(lambda: clock.advance(1.0))
        with pytest.raises(UnsettledError, match=r"still at work after 0\.05 s are a call by time"):
            waiting.result(WELL_WITHIN_S)


def test_a_bridge_that_works_is_not_given_another_clock(bench: Bench) -> None:
    bench.bridge.on("stripe", "*")(lambda _event: None)
    with working(bench.bridge, bench.clock):
        bench.clock.advance(0)
        with (
            pytest.raises(ConfigurationError, match="at work"),
            driven(bench.bridge, VirtualClock()),
        ):
            pass


def test_clients_made_before_live_by_the_clock_that_comes(tmp_path: Path) -> None:
    with closing(Bench(tmp_path)) as bench:
        bench.let_go()
        stripe = bench.bridge.connect("stripe")
        with driven(bench.bridge, bench.clock):
            bench.stripe.be(Mood.HANGING)
            paying = bench.clock.start(lambda: stripe.v1.payment_intents.create(PAYMENT))
            bench.clock.run_until_idle()
            assert isinstance(paying.exception(WELL_WITHIN_S), Exception)
        bench.stripe.be(Mood.WELL)
        assert stripe.v1.payment_intents.create(PAYMENT).status == "succeeded"


def whole_journey(folder: Path) -> tuple[object, ...]:
    """A worker, a handler, a call that meets a stall, a refusal and a lost answer, and an item that
    is tried again hours later: all that came of it, with the instants."""
    with closing(Bench(folder, deadline_s=50.0, attempt_s=20.0)) as bench:
        seen: list[tuple[int, bool]] = []

        @bench.bridge.on("stripe", "invoice.*")
        def charge(event: Event) -> None:
            seen.append((event.attempt, bench.elapsed_s < HOUR_S / 2))
            bench.pay()

        faults = bench.stripe.stand.faults
        faults.add(Rule(Kind.STALL, when=When(first=1)))
        faults.add(Rule(Kind.STATUS, when=When(after=0, first=2), status=503))
        with working(bench.bridge, bench.clock):
            bench.deliver("evt_1")
            bench.clock.run_until_idle()
        [row] = bench.bridge.events()
        tried = [fact.attempt for fact in bench.told(CallAttempted)]
        attempts = [(a.number, str(a.verdict), str(a.trouble)) for a in tried]
        return row.state, row.attempts, tuple(seen), tuple(attempts), len(bench.stripe.charges())


@pytest.mark.slow
def test_a_whole_journey_comes_out_alike(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    assert whole_journey(first) == whole_journey(second)


@pytest.mark.slow
def test_a_whole_journey_comes_out_alike_two_hundred_times(tmp_path: Path) -> None:
    outcomes = set()
    for turn in range(200):
        folder = tmp_path / str(turn)
        folder.mkdir()
        outcomes.add(whole_journey(folder))
    assert len(outcomes) == 1
