"""Working through items with a real store: retries, burials, leases, draining, and what is told."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import (
    AsyncBridge,
    Bridge,
    Cause,
    ConfigurationError,
    Event,
    PermanentFailure,
    RetryLater,
    Secret,
    Selection,
    State,
)
from bridgewright.connectors import webhook
from bridgewright.core.model import fact as facts
from bridgewright.engine.drive.clock import now
from bridgewright.settings import Settings, SourceSettings, StoreSettings, WorkSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.fact import Fact

SECRET = Secret("whsec_working")
CANARY = "jane.doe@example.org"


def settings(folder: Path, **work: Any) -> Settings:
    work = {"backoff_base_s": 0.0, "max_attempts": 3} | work
    source = SourceSettings("stripe", secrets=(SECRET,))
    return Settings(
        store=StoreSettings(folder / "work.db"), sources=(source,), work=WorkSettings(**work)
    )


class Shop:
    """A bridge with deliveries to give it, and an ear for its facts."""

    def __init__(self, folder: Path, **work: Any) -> None:
        self.bridge = Bridge(settings(folder, **work))
        self.facts: list[Fact] = []
        self.bridge.observe(self.facts.append)

    def deliver(self, *keys: str, event_type: str = "invoice.paid") -> None:
        for key in keys:
            body = json.dumps({"id": key, "type": event_type, "to": CANARY}).encode()
            fields = webhook("stripe").sign([SECRET], body, message_id="", at=now()).headers
            headers = {name.decode(): value.decode() for name, value in fields}
            assert self.bridge.receive("stripe", headers=headers, body=body).status == 200

    def told(self, kind: type[Fact]) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def one(self) -> Any:
        [row] = self.bridge.events()
        return row


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    opened = Shop(tmp_path)
    yield opened
    opened.bridge.close()


def as_plain(handle: Callable[[Event], None]) -> Callable[[Event], Any]:
    return handle


def as_async(handle: Callable[[Event], None]) -> Callable[[Event], Any]:
    async def handler(event: Event) -> None:
        handle(event)

    return handler


both = pytest.mark.parametrize("kind", [as_plain, as_async])


@both
def test_a_handler_that_returns_makes_an_item_done(shop: Shop, kind: Any) -> None:
    seen: list[Event] = []
    shop.bridge.on("stripe", "invoice.*")(kind(seen.append))
    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    assert (shop.one().state, shop.one().attempts) == (State.DONE, 1)
    [event] = seen
    assert (event.event_id, event.type, event.attempt) == ("evt_1", "invoice.paid", 1)
    assert event.json()["to"] == CANARY
    assert CANARY not in repr(event)


@both
def test_a_failed_attempt_is_retried_until_it_succeeds(shop: Shop, kind: Any) -> None:
    def handle(event: Event) -> None:
        if event.attempt < 3:
            raise ValueError(CANARY)

    shop.bridge.on("stripe")(kind(handle))
    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    assert (shop.one().state, shop.one().attempts) == (State.DONE, 3)
    outcomes = [fact.outcome for fact in shop.told(facts.AttemptEnded)]
    assert outcomes == ["retry", "retry", "done"]


@both
def test_the_last_failed_attempt_buries_and_keeps_no_foreign_message(shop: Shop, kind: Any) -> None:
    def handle(event: Event) -> None:
        raise ValueError(CANARY)

    shop.bridge.on("stripe")(kind(handle))
    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    row = shop.one()
    assert (row.state, row.cause, row.attempts) == (State.DEAD, Cause.EXHAUSTED, 3)
    assert "ValueError" in row.failure
    assert "test_work.py" in row.failure
    shown = repr((row, shop.bridge.event(row.id), shop.facts))
    assert CANARY not in shown


def test_messages_are_kept_when_settings_allow_it(tmp_path: Path) -> None:
    shop = Shop(tmp_path, keep_error_messages=True, max_attempts=1)

    @shop.bridge.on("stripe")
    def handle(event: Event) -> None:
        raise ValueError("a\nharmless\x00 message " + "x" * 1_000)

    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    assert "a harmless  message" in shop.one().failure
    assert len(shop.one().failure) < 500
    shop.bridge.close()


@both
def test_a_permanent_failure_is_buried_with_its_authors_words(shop: Shop, kind: Any) -> None:
    def handle(event: Event) -> None:
        raise PermanentFailure("the account was closed")

    shop.bridge.on("stripe")(kind(handle))
    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    row = shop.one()
    assert (row.state, row.cause, row.attempts) == (State.DEAD, Cause.PERMANENT, 1)
    assert "the account was closed" in row.failure


def test_a_handler_that_asks_for_later_is_left_alone_until_then(shop: Shop) -> None:
    @shop.bridge.on("stripe")
    def handle(event: Event) -> None:
        raise RetryLater(3_600, "asked to wait")

    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    row = shop.one()
    assert (row.state, row.attempts) == (State.WAITING, 1)
    [ended] = shop.told(facts.AttemptEnded)
    assert ended.retry_in_s == pytest.approx(3_600)


def test_an_event_nobody_handles_is_a_dead_letter_that_says_so(shop: Shop) -> None:
    shop.bridge.on("stripe", "charge.*")(print)
    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    assert (shop.one().state, shop.one().cause) == (State.DEAD, Cause.UNHANDLED)
    assert "charge.*" in shop.one().failure


def test_a_handler_that_wants_to_exit_ends_its_attempt_and_not_the_worker(shop: Shop) -> None:
    @shop.bridge.on("stripe", "exit.*")
    def leave(event: Event) -> None:
        raise SystemExit(CANARY)

    shop.bridge.on("stripe", "invoice.*")(lambda event: None)
    shop.deliver("evt_1", event_type="exit.now")
    shop.deliver("evt_2")
    shop.bridge.work(until_idle=True)
    states = {row.event_id: row.state for row in shop.bridge.events()}
    assert states == {"evt_1": State.DEAD, "evt_2": State.DONE}


def test_an_async_handler_over_its_time_is_a_failed_attempt(tmp_path: Path) -> None:
    shop = Shop(tmp_path, handler_timeout_s=0.1, max_attempts=1)

    @shop.bridge.on("stripe")
    async def hang(event: Event) -> None:
        await asyncio.Event().wait()

    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    assert shop.one().cause is Cause.EXHAUSTED
    assert "TimeoutError" in shop.one().failure
    shop.bridge.close()


@pytest.mark.parametrize("error", [SystemExit(CANARY), asyncio.CancelledError(CANARY)])
def test_an_async_handler_that_raises_what_ends_loops_ends_its_attempt_only(
    tmp_path: Path, error: BaseException
) -> None:
    shop = Shop(tmp_path, max_attempts=2)

    @shop.bridge.on("stripe", "exit.*")
    async def leave(event: Event) -> None:
        raise error

    shop.bridge.on("stripe", "invoice.*")(lambda event: None)
    shop.deliver("evt_1", event_type="exit.now")
    shop.deliver("evt_2")
    shop.bridge.work(until_idle=True)
    rows = {row.event_id: row for row in shop.bridge.events()}
    assert (rows["evt_1"].cause, rows["evt_1"].attempts) == (Cause.EXHAUSTED, 2)
    assert type(error).__name__ in rows["evt_1"].failure
    assert rows["evt_2"].state is State.DONE
    shop.bridge.close()


def test_a_function_that_only_makes_something_to_await_is_not_taken_for_done(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path, max_attempts=1)

    async def real(event: Event) -> None:
        raise AssertionError

    def forgetful(event: Event) -> Any:
        return real(event)

    shop.bridge.on("stripe")(forgetful)
    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    assert shop.one().cause is Cause.EXHAUSTED
    assert "returned a coroutine and ran nothing" in shop.one().failure
    shop.bridge.close()


def test_a_generator_is_no_handler(shop: Shop) -> None:
    def handle(event: Event) -> Any:
        yield event

    with pytest.raises(ConfigurationError, match="generator"):
        shop.bridge.on("stripe")(handle)


class Unspeakable(PermanentFailure):
    def __str__(self) -> str:
        raise KeyError


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self.seen: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.seen.append(event)


def test_an_exception_that_cannot_say_its_message_still_ends_its_attempt(tmp_path: Path) -> None:
    shop = Shop(tmp_path, concurrency=1)

    @shop.bridge.on("stripe", "bad.*")
    def fail(event: Event) -> None:
        raise Unspeakable

    handler = Unhashable()
    shop.bridge.on("stripe", "invoice.*")(handler)
    shop.deliver("evt_1", event_type="bad.luck")
    shop.deliver("evt_2")
    shop.bridge.work(until_idle=True)
    rows = {row.event_id: row for row in shop.bridge.events()}
    assert rows["evt_1"].cause is Cause.PERMANENT
    assert rows["evt_2"].state is State.DONE
    assert len(handler.seen) == 1
    shop.bridge.close()


def test_closing_waits_for_what_runs(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    begun, go_on = threading.Event(), threading.Event()

    @shop.bridge.on("stripe")
    def handle(event: Event) -> None:
        begun.set()
        assert go_on.wait(20)

    shop.deliver("evt_1")
    worker = threading.Thread(target=shop.bridge.work)
    worker.start()
    assert begun.wait(20)
    closer = threading.Thread(target=shop.bridge.close)
    closer.start()
    go_on.set()
    closer.join(20)
    worker.join(20)
    again = Shop(tmp_path)
    assert again.one().state is State.DONE
    again.bridge.close()


def test_a_stop_does_not_use_up_the_last_attempt(tmp_path: Path) -> None:
    shop = Shop(tmp_path, drain_s=0.0, max_attempts=1)
    begun = threading.Event()

    @shop.bridge.on("stripe")
    async def hang(event: Event) -> None:
        begun.set()
        await asyncio.Event().wait()

    shop.deliver("evt_1")
    worker = threading.Thread(target=shop.bridge.work)
    worker.start()
    assert begun.wait(20)
    shop.bridge.stop()
    worker.join(20)
    assert (shop.one().state, shop.one().attempts) == (State.WAITING, 0)
    shop.bridge.close()


def test_an_observer_that_raises_is_named_and_breaks_nothing(shop: Shop) -> None:
    def broken(fact: Fact) -> None:
        raise KeyError(CANARY)

    shop.bridge.observe(broken)
    shop.bridge.on("stripe")(lambda event: None)
    with pytest.warns(RuntimeWarning, match="broken raised KeyError") as warned:
        shop.deliver("evt_1")
    with pytest.warns(RuntimeWarning, match="broken raised KeyError"):
        shop.bridge.work(until_idle=True)
    assert shop.one().state is State.DONE
    assert not any(CANARY in str(warning.message) for warning in warned)


def test_a_redriven_letter_is_the_same_item_with_fresh_attempts(shop: Shop) -> None:
    working = threading.Event()

    @shop.bridge.on("stripe")
    def handle(event: Event) -> None:
        if not working.is_set():
            raise ConnectionError

    shop.deliver("evt_1", "evt_2")
    shop.bridge.work(until_idle=True)
    assert {row.state for row in shop.bridge.events()} == {State.DEAD}
    working.set()
    plan = shop.bridge.redrive.plan(Selection(cause=Cause.EXHAUSTED), reason="mended", actor="ann")
    assert {row.state for row in shop.bridge.events()} == {State.DEAD}, "a dry run moved something"
    shop.bridge.redrive.run(plan.id, actor="ann")
    shop.bridge.work(until_idle=True)
    rows = shop.bridge.events()
    assert [(row.state, row.attempts) for row in rows] == [(State.DONE, 1)] * 2
    assert shop.bridge.redrive.show(plan.id).put_back == 2


def test_a_stopped_worker_finishes_what_runs(tmp_path: Path) -> None:
    shop = Shop(tmp_path, concurrency=1)
    begun, go_on = threading.Event(), threading.Event()

    @shop.bridge.on("stripe")
    def handle(event: Event) -> None:
        begun.set()
        assert go_on.wait(20)

    shop.deliver("evt_1", "evt_2")
    worker = threading.Thread(target=shop.bridge.work)
    worker.start()
    assert begun.wait(20)
    shop.bridge.stop()
    go_on.set()
    worker.join(20)
    assert not worker.is_alive()
    states = {row.event_id: row.state for row in shop.bridge.events()}
    assert states == {"evt_1": State.DONE, "evt_2": State.WAITING}
    [row] = shop.bridge.survey().workers
    assert row.stopped
    shop.bridge.close()


def test_what_outlives_the_drain_is_cut_off_and_due_at_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path, drain_s=0.0)
    begun = threading.Event()

    @shop.bridge.on("stripe")
    async def hang(event: Event) -> None:
        begun.set()
        await asyncio.Event().wait()

    shop.deliver("evt_1")
    worker = threading.Thread(target=shop.bridge.work)
    worker.start()
    assert begun.wait(20)
    shop.bridge.stop()
    worker.join(20)
    assert not worker.is_alive()
    assert (shop.one().state, shop.one().attempts) == (State.WAITING, 1)
    [attempt] = shop.bridge.event(shop.one().id).attempts
    assert "WorkerStopped" in attempt.failure
    shop.bridge.close()


def test_a_blocking_handler_that_outlives_the_drain_keeps_its_lease(tmp_path: Path) -> None:
    shop = Shop(tmp_path, drain_s=0.0)
    begun, go_on = threading.Event(), threading.Event()

    @shop.bridge.on("stripe")
    def hang(event: Event) -> None:
        begun.set()
        assert go_on.wait(20)

    shop.deliver("evt_1")
    worker = threading.Thread(target=shop.bridge.work)
    worker.start()
    assert begun.wait(20)
    shop.bridge.stop()
    worker.join(20)
    assert shop.one().state is State.LEASED
    go_on.set()
    shop.bridge.close()


def test_a_worker_that_lost_its_lease_cannot_settle(tmp_path: Path) -> None:
    """The other worker is another bridge on the same store, whose clock is a day ahead."""
    shop = Shop(tmp_path)
    store = shop.bridge._runtime.store  # noqa: SLF001 - to take the lease away from its holder

    @shop.bridge.on("stripe")
    def handle(event: Event) -> None:
        from bridgewright.certify.contracts.made import Desk  # noqa: PLC0415 - used in this test only
        from bridgewright.core.model.moment import later  # noqa: PLC0415 - used in this test only

        [stolen] = Desk(store).claim(now=later(now(), 86_400), worker="thief").claimed
        assert stolen.lease.attempt == 2

    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    [lost] = shop.told(facts.LeaseLost)
    assert (lost.item_id, lost.attempt) == (shop.one().id, 1)
    assert shop.one().state is State.LEASED
    shop.bridge.close()


@pytest.mark.slow
def test_a_lease_is_renewed_for_as_long_as_its_handler_runs(tmp_path: Path) -> None:
    shop = Shop(tmp_path, lease_s=1.0)
    store = shop.bridge._runtime.store  # noqa: SLF001 - to look on as a rival would
    outlived = threading.Event()

    @shop.bridge.on("stripe")
    def handle(event: Event) -> None:
        from bridgewright.certify.contracts.made import Desk  # noqa: PLC0415 - used in this test only

        desk, until = Desk(store), now() + 2_500_000
        while now() < until:
            assert desk.claim(now=now(), worker="rival").claimed == ()
        outlived.set()

    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    assert outlived.is_set()
    assert (shop.one().state, shop.one().attempts) == (State.DONE, 1)
    shop.bridge.close()


SHARING = """
import sys
from pathlib import Path
from tests.journeys.test_work import Shop

shop = Shop(Path(sys.argv[1]), concurrency=4)
ran = Path(sys.argv[1], f"ran-{sys.argv[2]}").open("a", buffering=1)
shop.bridge.on("stripe")(lambda event: ran.write(f"{event.id}\\n"))
shop.bridge.work(until_idle=True)
shop.bridge.close()
"""


@pytest.mark.slow
def test_two_processes_share_the_work_and_double_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.deliver(*(f"evt_{n}" for n in range(200)))
    command = [sys.executable, "-c", SHARING, str(tmp_path)]
    root = Path(__file__).parents[2]
    workers = [subprocess.Popen([*command, name], cwd=root) for name in ("a", "b")]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    ran = [line for file in tmp_path.glob("ran-*") for line in file.read_text().split()]
    assert len(ran) == len(set(ran)) == 200
    assert {row.state for row in shop.bridge.events(limit=500)} == {State.DONE}
    shop.bridge.close()


def test_handlers_that_nobody_works_for_are_announced(shop: Shop) -> None:
    shop.bridge.on("stripe")(print)
    runtime = shop.bridge._runtime  # noqa: SLF001 - the inbox does this some seconds after it starts
    runtime.run(runtime.look_around())
    [idle] = shop.told(facts.NothingClaims)
    assert idle.sources == ("stripe",)


def test_a_worker_without_handlers_or_with_unknown_sources_does_not_start(shop: Shop) -> None:
    with pytest.raises(ConfigurationError, match="nothing to do"):
        shop.bridge.work()
    shop.bridge.on("paypal")(print)
    with pytest.raises(ConfigurationError, match="paypal"):
        shop.bridge.work()


def test_blocking_work_inside_a_running_loop_is_refused(shop: Shop) -> None:
    shop.bridge.on("stripe")(print)

    async def inside() -> None:
        shop.bridge.work(until_idle=True)

    with pytest.raises(ConfigurationError, match="event loop"):
        asyncio.run(inside())


def public(view: type) -> dict[str, Any]:
    return {
        name: inspect.signature(member) if callable(member) else type(member)
        for name, member in inspect.getmembers(view)
        if not name.startswith("_") and name not in {"from_env", "as_async"}
    }


def test_both_views_of_a_bridge_have_the_same_verbs() -> None:
    blocking, awaiting = public(Bridge), public(AsyncBridge)
    assert blocking.keys() == awaiting.keys()
    for name, signature in blocking.items():
        # What is made may differ: a client for threads, or one for coroutines.
        theirs = str(awaiting[name]).replace("AsyncHttpClient", "HttpClient")
        assert str(signature) == theirs, name


def test_both_views_are_of_one_runtime(shop: Shop) -> None:
    shop.bridge.on("stripe")(lambda event: None)
    shop.deliver("evt_1")

    async def run() -> None:
        view = shop.bridge.as_async()
        await view.work(until_idle=True)
        [row] = await view.events()
        assert row.state is State.DONE

    asyncio.run(run())
    assert shop.one().state is State.DONE
