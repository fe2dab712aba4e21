"""Rejections explained, keys counted, deadlines measured, silences told: with a real store."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import AsyncBridge, Bridge, Secret
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.bridge.desk import LoopIntake
from bridgewright.bridge.runtime import Runtime
from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors import webhook
from bridgewright.core.effects import Accept, ListRejections, Now, PutAside
from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.model.fact import (
    DeadlineNear,
    DeliveryAccepted,
    Fact,
    SourceHeard,
    SourceSilent,
    StoreFailed,
)
from bridgewright.core.model.finding import Finding, Mistake
from bridgewright.core.model.inbound import Delivery, Headers, Rejected
from bridgewright.core.model.moment import later
from bridgewright.engine.drive.clock import Chance, now
from bridgewright.engine.drive.journeys import BlockingWorld, run
from bridgewright.engine.drive.sideline import Sideline
from bridgewright.engine.receive import Source, receive
from bridgewright.settings import Settings, SourceSettings, StoreSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.core.effects import Effect
    from bridgewright.core.model.moment import Moment

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NAMES = ("env:STRIPE_WEBHOOK_SECRET", "env:STRIPE_WEBHOOK_SECRET_PREVIOUS")
BODY = b'{"id": "evt_1", "type": "invoice.paid"}'


def settings(folder: Path, **values: Any) -> Settings:
    given = {"secrets": (Secret(KEY), Secret(OLD)), "key_names": NAMES} | values
    return Settings(StoreSettings(folder / "store.db"), (SourceSettings("stripe", **given),))


def headers(
    key: str = KEY, body: bytes = BODY, at: Moment | None = None, provider: str = "stripe"
) -> dict[str, str]:
    moment = now() if at is None else at
    signed = webhook(provider).sign([Secret(key)], body, message_id="msg_1", at=moment)
    return {name.decode(): value.decode() for name, value in signed.headers}


@dataclass(slots=True)
class Clock:
    """A clock that is moved by hand, as moments and as ticks."""

    at: Moment = NOW
    step_s: float = 0.0

    def __call__(self) -> Moment:
        self.at = later(self.at, self.step_s)
        return self.at

    def move(self, seconds: float) -> None:
        self.at = later(self.at, seconds)

    def ticks(self) -> int:
        return int((self.at - NOW) * NS_PER_S / 1_000_000)


# -- diagnosis


def test_a_rejection_is_explained_after_its_answer(tmp_path: Path) -> None:
    bridge = Bridge(settings(tmp_path))
    spaced = b'{"id":"evt_1","type":"invoice.paid"}'
    answer = bridge.receive("stripe", headers=headers(), body=spaced)
    assert answer.status == 401
    bridge.close()
    [row] = Bridge(settings(tmp_path)).rejections()
    assert row.finding is not None
    assert row.finding.mistake is Mistake.JSON_REWRITTEN
    assert row.finding.matched == "the same JSON, spaced"


def test_a_rejection_on_an_event_loop_is_explained_too(tmp_path: Path) -> None:
    async def scenario() -> Finding | None:
        bridge = AsyncBridge(settings(tmp_path))
        await bridge.receive("stripe", headers=headers(provider="github"), body=BODY)
        await asyncio.to_thread(bridge._runtime.sideline.join)  # noqa: SLF001
        [row] = await bridge.rejections()
        assert await bridge.rejection(row.id) == row
        await bridge.close()
        return row.finding

    finding = asyncio.run(scenario())
    assert finding is not None
    assert finding.mistake is Mistake.OTHER_SCHEME


@dataclass(slots=True)
class Bench:
    """The journey with a real store, a scripted clock, and a diagnosis that waits to be let go."""

    store: SqliteStore
    clock: Clock = field(default_factory=Clock)
    facts: list[Fact] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    seen: list[str] = field(default_factory=list)
    sideline: Sideline = field(init=False)

    def __post_init__(self) -> None:
        beside = BlockingWorld(self.store)
        self.sideline = Sideline(lambda journey: run(journey, beside), self.clock.ticks)

    def diagnose(self, delivery: Delivery, rejected: Rejected, heard: object) -> Finding:
        del delivery, rejected, heard
        assert self.released.wait(30)
        self.seen.append(threading.current_thread().name)
        return Finding(Mistake.CLOCK, "a clock", "an hour", "set it")

    def answer(self, sent: Delivery) -> Any:
        world = BlockingWorld(self.store, Chance(self.clock), sideline=self.sideline)
        return run(receive(self.source(), sent, self.facts.append), world)

    def source(self) -> Source:
        stripe = webhook("stripe")
        scheme = stripe.scheme([Secret(KEY)])
        return Source(
            "stripe",
            "/stripe",
            scheme,
            stripe.read,
            stripe.profile,
            100_000,
            key_names=NAMES[:1],
            diagnose=self.diagnose,
        )

    def findings(self) -> list[Finding | None]:
        return [row.finding for row in self.store.answer(ListRejections(None, 1_000))]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(SqliteStore(tmp_path / "store.db"))
    yield made
    made.released.set()
    made.sideline.join()
    made.store.close()


def sent(key: str = KEY, body: bytes = BODY, at: Moment = NOW) -> Delivery:
    signed = webhook("stripe").sign([Secret(key)], body, message_id="m", at=at)
    return Delivery("stripe", Headers(signed.headers), body, at)


def test_the_answer_does_not_wait_for_the_diagnosis(bench: Bench) -> None:
    answer = bench.answer(sent(OLD))
    assert answer.status == 401
    assert bench.findings() == [None]  # it stands still until it is let go
    bench.released.set()
    bench.sideline.join()
    [finding] = bench.findings()
    assert finding is not None
    assert bench.seen == ["bridgewright-aside"]


def test_the_answer_is_the_same_whatever_is_found(tmp_path: Path) -> None:
    bridge = Bridge(settings(tmp_path))
    answers = {
        bridge.receive("stripe", headers=given, body=body)
        for given, body in (
            (headers(at=later(now(), -900)), BODY),
            (headers(), BODY + b"\n"),
            (headers(provider="github"), BODY),
            ({}, BODY),
            (headers(), b"forged"),
        )
    }
    bridge.close()
    assert len(answers) == 1


@pytest.mark.slow
def test_of_a_flood_only_a_few_a_minute_are_looked_into(bench: Bench) -> None:
    bench.released.set()
    for _ in range(100):
        bench.answer(sent(OLD))
    bench.sideline.join()
    assert sum(finding is not None for finding in bench.findings()) == 5
    bench.clock.move(60)
    for _ in range(100):
        bench.answer(sent(OLD, at=bench.clock.at))
    bench.sideline.join()
    assert sum(finding is not None for finding in bench.findings()) == 10


def test_a_flood_of_one_source_leaves_the_others_their_share(bench: Bench) -> None:
    done: list[str] = []

    def journey(name: str) -> Any:
        done.append(name)
        return
        yield

    begun = [bench.sideline.begin(PutAside(name, journey(name))) for name in ("a",) * 9 + ("b",)]
    bench.sideline.join()
    assert begun == [True] * 5 + [False] * 4 + [True]
    assert done == ["a"] * 5 + ["b"]


def test_a_store_that_fails_while_a_rejection_is_explained_is_told(
    bench: Bench, tmp_path: Path
) -> None:
    bench.answer(sent(OLD))
    bench.store.close()
    bench.released.set()
    bench.sideline.join()
    assert any(
        isinstance(fact, StoreFailed) and fact.operation == "explain" for fact in bench.facts
    )


def test_a_correct_delivery_costs_one_look_at_the_clock_and_nothing_else(bench: Bench) -> None:
    asked: list[type[Effect[Any]]] = []
    world = BlockingWorld(bench.store, Chance(bench.clock), sideline=bench.sideline)

    @dataclass(frozen=True, slots=True)
    class Noting:
        def perform(self, effect: Effect[Any]) -> Any:
            asked.append(type(effect))
            return world.perform(effect)

    answer = run(receive(bench.source(), sent(), bench.facts.append), Noting())
    assert answer.status == 200
    assert asked == [Accept, Now]


# -- rotation


def test_each_key_is_counted_under_its_reference(tmp_path: Path) -> None:
    bridge = Bridge(settings(tmp_path))
    facts: list[Fact] = []
    bridge.observe(facts.append)
    for key in (KEY, OLD, OLD):
        assert bridge.receive("stripe", headers=headers(key), body=BODY).status == 200
    [source] = bridge.sources()
    bridge.close()
    assert {key.name: key.hits for key in source.keys} == {NAMES[0]: 1, NAMES[1]: 2}
    assert all(key.used_at is not None for key in source.keys)
    told = [fact.key_name for fact in facts if isinstance(fact, DeliveryAccepted)]
    assert told == [NAMES[0], NAMES[1], NAMES[1]]
    content = (tmp_path / "store.db").read_bytes()
    assert KEY[6:].encode() not in content
    assert OLD[6:].encode() not in content


# -- deadline


@pytest.mark.parametrize(("step_s", "near"), [(1.0, False), (6.0, True)])
def test_an_answer_is_measured_against_its_providers_deadline(
    tmp_path: Path, step_s: float, *, near: bool
) -> None:
    """GitHub waits ten seconds; each look at this clock takes `step_s`."""
    clock = Clock(step_s=step_s)
    given = {"provider": "github", "secrets": (Secret(KEY),), "key_names": ("env:A",)}
    runtime = Runtime(settings(tmp_path, **given), chance=Chance(clock))
    facts: list[Fact] = []
    runtime.observe(facts.append)
    signed = headers(provider="github") | {"X-GitHub-Event": "push"}
    for body in (BODY, b"forged"):
        runtime.run(runtime.delivery("stripe", signed, body, "POST", ""))
    runtime.close()
    [accepted] = [fact for fact in facts if isinstance(fact, DeliveryAccepted)]
    assert (accepted.elapsed_s, accepted.deadline_share) == (step_s, step_s / 10)
    told = [fact for fact in facts if isinstance(fact, DeadlineNear)]
    assert told == ([DeadlineNear("stripe", 6.0, 10.0, 0.6)] * 2 if near else [])


# -- silence


def test_a_worker_tells_a_silence_once_and_its_end_once(tmp_path: Path) -> None:
    clock = Clock()
    runtime = Runtime(settings(tmp_path, longest_gap_s=100.0), chance=Chance(clock))
    runtime.routes.add("stripe", "*", lambda _event: None)
    facts: list[Fact] = []
    runtime.observe(facts.append)

    def work_at(seconds: float) -> list[Fact]:
        clock.at = later(NOW, seconds)
        before = len(facts)
        asyncio.run(runtime.work(until_idle=True))
        return [fact for fact in facts[before:] if isinstance(fact, SourceSilent | SourceHeard)]

    assert work_at(0) == []
    assert work_at(150) == [SourceSilent("stripe", 150.0, 100.0)]
    assert work_at(160) == []
    runtime.run(runtime.delivery("stripe", headers(at=clock.at), BODY, "POST", ""))
    assert work_at(165) == [SourceHeard("stripe", 160.0)]
    assert work_at(170) == []
    assert work_at(300) == [SourceSilent("stripe", 140.0, 100.0)]
    runtime.close()


def test_an_inbox_without_a_worker_tells_a_silence_too(tmp_path: Path) -> None:
    clock = Clock()
    runtime = Runtime(settings(tmp_path, longest_gap_s=100.0), chance=Chance(clock))
    facts: list[Fact] = []
    runtime.observe(facts.append)

    async def scenario() -> None:
        told = asyncio.Event()
        runtime.observe(lambda fact: told.set() if isinstance(fact, SourceSilent) else None)
        desk = LoopIntake(runtime, look_after_s=0.001, watch_s=0.001)
        await runtime.run_async(runtime.watch())
        clock.move(150)
        await desk.open()
        await asyncio.wait_for(told.wait(), 30)
        await desk.close()

    asyncio.run(scenario())
    runtime.close()
    assert [fact for fact in facts if isinstance(fact, SourceSilent)] == [
        SourceSilent("stripe", 150.0, 100.0)
    ]


def test_sources_are_known_to_the_store_from_the_first_look(tmp_path: Path) -> None:
    runtime = Runtime(settings(tmp_path), chance=Chance(Clock()))
    runtime.run(runtime.watch())
    bridge = Bridge(settings(tmp_path))
    [source] = bridge.sources()
    assert (source.source, source.seen_at, source.heard_at) == ("stripe", NOW, None)
    assert {key.name for key in source.keys} == set(NAMES)
    bridge.close()
    runtime.close()
