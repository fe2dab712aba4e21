"""What goes out by the outbox, from end to end: real SDKs, simulated providers, a real store."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import (
    Bridge,
    Cause,
    ConfigurationError,
    PermanentFailure,
    Refused,
    RetryLater,
    Selection,
    State,
)
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.certify.contracts.made import Desk, notice
from bridgewright.core.effects import ShowItem
from bridgewright.core.lifecycle.burial import RetryPolicy
from bridgewright.core.lifecycle.routes import Routes
from bridgewright.core.model.fact import AttemptEnded, LaneClosed
from bridgewright.core.model.item import Kind
from bridgewright.core.model.moment import from_datetime
from bridgewright.engine.drive.journeys import BlockingWorld, run
from bridgewright.engine.work import Duty
from bridgewright.settings import Settings, StoreSettings, WorkSettings
from bridgewright.settings.outbound import ConnectionSettings, References
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe.simulator import StripeSimulator
from tests.journeys.test_calls_in_handlers import KEY, PAYMENT, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMS: dict[str, Any] = {"to": "+15005550006", "from_": "+15005550001", "body": "your order"}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def charge(scene: Scene, order: str, **values: Any) -> int:
    asked = PAYMENT | {"metadata": {"order": order}} | values
    return scene.bridge.outbox.send("stripe.payment_intents.create", asked, key=order).item_id


@pytest.mark.slow
def test_what_was_stored_is_sent_once_and_its_id_is_kept(scene: Scene) -> None:
    item_id = charge(scene, "order-17")
    assert scene.stripe.charges() == ()
    scene.work()
    detail = scene.bridge.event(item_id)
    assert (detail.row.state, detail.row.kind) == (State.DONE, Kind.OUTBOX)
    assert detail.row.result.startswith("pi_")
    assert scene.stripe.charges_per("order") == {"order-17": 1}
    scene.work()
    assert scene.stripe.charges_per("order") == {"order-17": 1}


def test_the_provider_is_given_the_key_of_the_intent(scene: Scene) -> None:
    charge(scene, "order-17")
    scene.work()
    client = scene.bridge.connect("stripe")
    with pytest.raises(Exception, match="same parameters they were first used with"):
        client.v1.payment_intents.create(
            {"amount": 500, "currency": "eur"}, {"idempotency_key": "order-17"}
        )


def test_the_same_key_is_the_same_item_also_after_it_was_sent(scene: Scene) -> None:
    first = charge(scene, "order-17")
    assert charge(scene, "order-17") == first
    scene.work()
    again = scene.bridge.outbox.send(
        "stripe.payment_intents.create",
        PAYMENT | {"metadata": {"order": "order-17"}},
        key="order-17",
    )
    assert (again.item_id, again.duplicate) == (first, True)
    scene.work()
    assert scene.stripe.charges_per("order") == {"order-17": 1}


def test_a_key_for_something_else_is_refused_and_stores_nothing(scene: Scene) -> None:
    charge(scene, "order-17")
    with pytest.raises(Refused, match="other arguments"):
        charge(scene, "order-17", amount=5)
    with pytest.raises(Refused, match="another operation"):
        scene.bridge.outbox.send("stripe.customers.create", {}, key="order-17")
    assert len(scene.bridge.events()) == 1


@pytest.mark.slow
def test_without_a_key_each_send_is_an_intent_of_its_own(scene: Scene) -> None:
    for _ in range(2):
        scene.bridge.outbox.send("twilio.messages.create", SMS)
    scene.work()
    assert len(scene.twilio.messages()) == 2


def test_awaited_it_is_the_same(scene: Scene) -> None:
    async def play() -> None:
        bridge = scene.bridge.as_async()
        await bridge.outbox.send("twilio.messages.create", SMS, key="order-17")
        assert (await bridge.outbox.send("twilio.messages.create", SMS, key="order-17")).duplicate
        await bridge.work(until_idle=True)

    asyncio.run(play())
    assert scene.twilio.messages_per() == {"your order": 1}


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        ("stripe.payment_intent.create", {}, "Did you mean stripe.payment_intents.create"),
        ("strip.payment_intents.create", {}, "Did you mean stripe.payment_intents.create"),
        ("stripe.payment_intents.create", PAYMENT | {"amonut": 1}, "Did you mean amount"),
        ("stripe.payment_intents.create", {"amount": 1}, "lacks 'currency'"),
        ("stripe.payment_intents.create", PAYMENT | {"amount": "1"}, "no whole number"),
        ("stripe.customers.list", {}, "no operation"),
        ("stripe._requestor.request", {}, "no operation"),
        ("stripe.payment_intents.create", PAYMENT | {"metadata": {1, 2}}, "'metadata' holds what"),
        ("stripe.payment_intents.create", PAYMENT | {"amount": float("nan")}, "'amount' holds"),
        ("twilio.messages.create", SMS | {"From": "x"}, "Did you mean from_"),
        ("twilio.messages.create", {"body": "x"}, "lacks 'to'"),
        ("twilio.http_client.request", {}, "no operation"),
        ("warehouse.notify", {}, "no operation"),
        ("", {}, "no operation"),
    ],
)
def test_what_could_not_be_sent_is_refused_when_it_is_stored(
    scene: Scene, operation: str, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        scene.bridge.outbox.send(operation, arguments, key="k")
    assert scene.bridge.events() == ()


@pytest.mark.parametrize("key", ["", " order", "ordér", "a\nb", "x" * 201])
def test_a_key_that_no_header_could_carry_is_refused(scene: Scene, key: str) -> None:
    with pytest.raises(ConfigurationError, match="key"):
        scene.bridge.outbox.send("twilio.messages.create", SMS, key=key)


def test_a_lost_answer_of_a_keyed_call_is_asked_for_again(scene: Scene) -> None:
    scene.stripe.be(Mood.LOSING, requests=4)
    charge(scene, "order-17")
    scene.work()
    assert scene.stripe.charges_per("order") == {"order-17": 1}
    [row] = scene.bridge.events()
    assert row.state is State.DONE


def test_a_lost_answer_of_an_unkeyed_call_is_looked_for_and_not_sent_again(scene: Scene) -> None:
    scene.twilio.be(Mood.LOSING, requests=1)
    item_id = scene.bridge.outbox.send("twilio.messages.create", SMS, key="order-17").item_id
    scene.work()
    [message] = scene.twilio.messages()
    row = scene.bridge.event(item_id).row
    assert (row.state, row.result) == (State.DONE, message["sid"])


@pytest.mark.slow
def test_an_unkeyed_call_that_is_not_found_is_a_dead_letter_for_a_person(scene: Scene) -> None:
    scene.twilio.be(Mood.HANGING, requests=1)
    item_id = scene.bridge.outbox.send("twilio.messages.create", SMS, key="order-17").item_id
    scene.work()
    detail = scene.bridge.event(item_id)
    assert (detail.row.state, detail.row.cause) == (State.DEAD, Cause.AMBIGUOUS)
    assert detail.sending is not None
    assert detail.sending.open
    assert scene.twilio.messages() == ()


def test_of_two_that_look_alike_nobody_says_which_was_ours(scene: Scene) -> None:
    scene.twilio.be(Mood.LOSING, requests=2)
    for key in ("a", "b"):
        scene.bridge.outbox.send("twilio.messages.create", SMS, key=key)
    scene.work()
    assert {row.cause for row in scene.bridge.events()} == {Cause.AMBIGUOUS}
    assert len(scene.twilio.messages()) == 2


def redrive(scene: Scene) -> None:
    plan = scene.bridge.redrive.plan(Selection(), reason="looked", actor="ann")
    scene.bridge.redrive.run(plan.id, actor="ann", expect_count=1)
    scene.bridge.redrive.advance(plan.id)
    scene.work()


@pytest.mark.slow
def test_a_person_may_have_an_ambiguous_call_made_again(scene: Scene) -> None:
    scene.twilio.be(Mood.HANGING, requests=1)
    scene.bridge.outbox.send("twilio.messages.create", SMS, key="order-17")
    scene.work()
    redrive(scene)
    [row] = scene.bridge.events()
    assert (row.state, len(scene.twilio.messages())) == (State.DONE, 1)


def test_what_a_person_put_back_is_looked_for_first(tmp_path: Path) -> None:
    scene = Scene(tmp_path, attempts=1)
    scene.twilio.be(Mood.LOSING, requests=1)
    scene.bridge.outbox.send("twilio.messages.create", SMS, key="order-17")
    scene.work()
    assert [row.cause for row in scene.bridge.events()] == [Cause.AMBIGUOUS]
    redrive(scene)
    [row] = scene.bridge.events()
    assert (row.state, len(scene.twilio.messages())) == (State.DONE, 1)
    scene.close()


def test_a_refusal_is_a_dead_letter_and_a_redrive_asks_under_a_fresh_key(scene: Scene) -> None:
    item_id = charge(scene, "order-17", payment_method="pm_card_chargeDeclined")
    scene.work()
    detail = scene.bridge.event(item_id)
    assert (detail.row.cause, detail.row.attempts) == (Cause.PERMANENT, 1)
    assert detail.sending is not None
    assert not detail.sending.open
    redrive(scene)
    # Under the old key the provider would have replayed its answer, and tried no card.
    assert len(scene.stripe.charges()) == 2


def test_an_outage_is_waited_for_by_the_policy_and_then_exhausts(scene: Scene) -> None:
    scene.stripe.be(Mood.THROTTLING)
    item_id = charge(scene, "order-17")
    scene.work()
    row = scene.bridge.event(item_id).row
    assert row.state is State.WAITING
    assert row.due_at is not None
    assert scene.told(AttemptEnded)[0].retry_in_s != 0


def test_a_lane_that_cannot_be_served_is_told_and_its_items_wait(tmp_path: Path) -> None:
    bridge = Bridge(
        Settings(store=StoreSettings(tmp_path / "s.db"), work=WorkSettings(max_attempts=1))
    )
    told: list[Any] = []
    bridge.observe(told.append)
    try:
        item_id = bridge.outbox.send("twilio.messages.create", SMS).item_id
        bridge.work(until_idle=True)
        closed = [fact for fact in told if isinstance(fact, LaneClosed)]
        assert [fact.lane for fact in closed] == ["outbox/twilio"]
        assert "TWILIO_ACCOUNT_SID" in closed[0].why
        assert bridge.event(item_id).row.state is State.WAITING
    finally:
        bridge.close()


@pytest.mark.parametrize("header", ["Idempotency-Key", None])
def test_a_plain_api_is_asked_again_only_where_it_was_declared_to_know_keys(
    tmp_path: Path, header: str | None
) -> None:
    (tmp_path / "token").write_text(KEY)
    with StripeSimulator() as simulator:
        acme = ConnectionSettings(
            "acme",
            provider="http",
            base_url=simulator.start(),
            secrets={"token": References(("file:token",), tmp_path)},
        )
        bridge = Bridge(
            Settings(
                store=StoreSettings(tmp_path / "s.db"),
                work=WorkSettings(max_attempts=3, backoff_base_s=0),
                connections=(acme,),
            )
        )
        bridge.http("acme", idempotency_header=header)
        simulator.be(Mood.LOSING, requests=1)
        asked = {
            "amount": 500,
            "currency": "eur",
            "confirm": "true",
            "payment_method": "pm_card_visa",
        }
        request = {"method": "POST", "path": "/v1/payment_intents", "form": asked}
        bridge.outbox.send("acme.request", request, key="order-17")
        bridge.work(until_idle=True)
        [row] = bridge.events()
        assert len(simulator.charges()) == 1
        assert (row.state, row.cause, row.result[:3]) == (
            (State.DONE, None, "pi_") if header else (State.DEAD, Cause.AMBIGUOUS, "")
        )
        bridge.close()


# -- functions


def test_a_function_gets_the_arguments_by_name_and_its_result_is_kept(scene: Scene) -> None:
    called: list[dict[str, Any]] = []

    @scene.bridge.outbound("warehouse.notify")
    def notify(*, order: int, lines: list[str]) -> str:
        called.append({"order": order, "lines": lines})
        return "parcel-7"

    item_id = scene.bridge.outbox.send("warehouse.notify", {"order": 7, "lines": ["é"]}).item_id
    with pytest.raises(ConfigurationError, match="unexpected keyword argument 'orders'"):
        scene.bridge.outbox.send("warehouse.notify", {"order": 7, "lines": [], "orders": 7})
    with pytest.raises(ConfigurationError, match="no account"):
        scene.bridge.outbox.send("warehouse.notify", {"order": 7, "lines": []}, account="x")
    scene.work()
    assert called == [{"order": 7, "lines": ["é"]}]
    assert scene.bridge.event(item_id).row.result == "parcel-7"


def test_an_awaited_function_is_called_on_the_loop(scene: Scene) -> None:
    here: list[bool] = []

    @scene.bridge.outbound("warehouse.notify")
    async def notify() -> None:
        await asyncio.sleep(0)
        here.append(threading.current_thread() is threading.main_thread())

    scene.bridge.outbox.send("warehouse.notify")
    scene.work()
    assert here == [True]


@pytest.mark.parametrize(
    ("error", "idempotent", "calls", "cause"),
    [
        (ValueError("x"), False, 1, Cause.AMBIGUOUS),
        (ValueError("x"), True, 4, Cause.AMBIGUOUS),
        (RetryLater(0, "nothing happened"), False, 4, Cause.EXHAUSTED),
        (PermanentFailure("never"), False, 1, Cause.PERMANENT),
    ],
)
def test_what_a_function_raises_says_whether_it_is_called_again(
    scene: Scene, error: Exception, *, idempotent: bool, calls: int, cause: Cause
) -> None:
    called: list[int] = []

    @scene.bridge.outbound("warehouse.notify", idempotent=idempotent)
    def notify() -> None:
        called.append(1)
        raise error

    scene.bridge.outbox.send("warehouse.notify", key="k")
    scene.work()
    [row] = scene.bridge.events()
    assert (len(called), row.cause) == (calls, cause)


@pytest.mark.parametrize("name", ["notify", "stripe.notify", "Warehouse.notify", "a..b", "a.b/c"])
def test_a_name_that_cannot_be_an_operation_is_refused(scene: Scene, name: str) -> None:
    with pytest.raises(ConfigurationError):
        scene.bridge.outbound(name)(print)


def test_two_functions_of_one_name_are_refused(scene: Scene) -> None:
    scene.bridge.outbound("warehouse.notify")(len)
    with pytest.raises(ConfigurationError, match="already"):
        scene.bridge.outbound("warehouse.notify")(print)


def test_neither_arguments_nor_keys_are_in_what_is_told(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    scene.bridge.outbox.send("twilio.messages.create", SMS | {"body": "private words"})
    scene.work()
    assert scene.twilio.messages_per() == {"private words": 1}
    assert "private words" not in caplog.text
    assert "private words" not in repr(scene.facts)


def test_an_attempt_that_broke_down_at_its_last_is_ambiguous(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    desk = Desk(store)
    desk.accept(notice("k", "shop.pack"), source="outbox/shop", kind=Kind.OUTBOX)
    claimed = desk.claim_one("outbox/shop")
    policy = RetryPolicy(max_attempts=1)
    duty = Duty("w", "h", 1, (), Routes(), lambda _: None, policy=policy)
    run(duty.broke(claimed, RuntimeError()), BlockingWorld(store))
    assert desk.ask(ShowItem(claimed.item.id)).row.cause is Cause.AMBIGUOUS
    store.close()


def test_a_call_for_later_is_made_when_its_time_has_come_and_its_key_is_remembered_from_then_on(
    scene: Scene,
) -> None:
    asked = PAYMENT | {"metadata": {"order": "17"}}
    send = scene.bridge.outbox.send
    at = datetime.now(UTC) + timedelta(hours=1)
    receipt = send("stripe.payment_intents.create", asked, key="order-17", at=at)
    assert send("stripe.payment_intents.create", asked, key="order-17").duplicate
    scene.work()
    assert scene.stripe.charges() == ()
    assert scene.bridge.event(receipt.item_id).row.due_at == from_datetime(at)
    send("stripe.payment_intents.create", asked, key="over", at=at - timedelta(days=1))
    send("stripe.payment_intents.create", asked, key="soon", after=timedelta(milliseconds=1))
    scene.bridge.work(until_idle=True)
    assert len(scene.stripe.charges()) == 2


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"at": datetime.now(UTC), "after": 1}, "two answers"),
        ({"at": datetime(2030, 1, 1)}, "no time zone"),  # noqa: DTZ001 - that is the mistake
        ({"after": -1}, "begins now"),
        ({"after": float("nan")}, "begins now"),
        ({"after": 367 * 86_400}, "a year"),
        ({"after": float("inf")}, "a year"),
        ({"at": datetime(9999, 1, 1, tzinfo=UTC)}, "a year"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(
    scene: Scene, when: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        scene.bridge.outbox.send("stripe.payment_intents.create", PAYMENT, **when)
    assert scene.bridge.events() == ()
