"""Payments, keys and doors of the simulated Stripe, by the official SDK."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.simulator import UnknownTriggerError
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe import cards
from bridgewright.simulate.stripe.simulator import StripeSimulator
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

PAID: Any = {"amount": 900, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
KEY = {"Authorization": "Bearer sk_test_1"}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_800_000_000.0)


@pytest.fixture
def simulator(clock: VirtualClock) -> Iterator[StripeSimulator]:
    with StripeSimulator(clock) as simulator:
        simulator.start()
        yield simulator


def a_client(simulator: StripeSimulator, key: str = "sk_test_1", **options: Any) -> Any:
    return stripe.StripeClient(key, base_addresses={"api": simulator.stand.url}, **options).v1


def code_of(error: stripe.StripeError) -> str:
    return str(error.json_body["error"]["code"])  # type: ignore[index]


@pytest.fixture
def v1(simulator: StripeSimulator) -> Any:
    return a_client(simulator)


@pytest.mark.parametrize(
    "card", [card for card in cards.CARDS if card.refusal], ids=lambda card: card.name
)
def test_each_test_card_is_declined_in_its_own_way(v1: Any, card: cards.Card) -> None:
    assert card.refusal is not None
    with pytest.raises(stripe.CardError) as declined:
        v1.payment_intents.create({**PAID, "payment_method": f"pm_card_{card.name}"})
    error = declined.value.json_body["error"]  # type: ignore[index]
    assert (error["code"], error["decline_code"]) == (
        card.refusal.code,
        card.refusal.decline_code,
    )
    payment = v1.payment_intents.retrieve(error["payment_intent"]["id"])
    assert (payment.status, payment.payment_method) == ("requires_payment_method", None)
    assert v1.charges.retrieve(error["charge"]).status == "failed"

    data = {"number": card.number, "exp_month": 1, "exp_year": 2031, "cvc": "123"}
    method = v1.payment_methods.create({"type": "card", "card": data})
    v1.payment_intents.confirm(payment.id, {"payment_method": "pm_card_visa"})
    who = v1.customers.create({}).id
    if card.attaches:
        assert v1.payment_methods.attach(method.id, {"customer": who}).customer == who
    else:
        with pytest.raises(stripe.CardError):
            v1.payment_methods.attach(method.id, {"customer": who})


@pytest.mark.parametrize("succeeds", [True, False])
def test_a_bank_that_asks_is_answered_by_the_customer(
    v1: Any, simulator: StripeSimulator, *, succeeds: bool
) -> None:
    asked = {**PAID, "payment_method": "pm_card_authenticationRequired"}
    made = v1.payment_intents.create({**asked, "return_url": "https://shop.example.com/"})
    assert (made.status, made.next_action.type) == ("requires_action", "redirect_to_url")
    assert simulator.charges() == ()

    simulator.authenticate(made.id, succeeds=succeeds)
    found = v1.payment_intents.retrieve(made.id)
    if succeeds:
        assert (found.status, found.next_action) == ("succeeded", None)
    else:
        assert found.last_payment_error.code == "payment_intent_authentication_failure"
    with pytest.raises(ValueError, match="not possible to authenticate"):
        simulator.authenticate(made.id)


def test_a_card_that_was_set_up_is_charged_without_its_holder(v1: Any) -> None:
    who = v1.customers.create({}).id
    asked = {**PAID, "customer": who, "payment_method": "pm_card_authenticationRequiredOnSetup"}
    with pytest.raises(stripe.CardError) as refused:
        v1.payment_intents.create({**asked, "off_session": True})
    assert refused.value.code == "authentication_required"


def test_a_card_kept_by_its_customer_is_charged_again_and_another_is_not(
    v1: Any, simulator: StripeSimulator
) -> None:
    who = v1.customers.create({}).id
    card = "pm_card_authenticationRequiredOnSetup"
    first = {**PAID, "payment_method": card, "setup_future_usage": "off_session"}
    made = v1.payment_intents.create({**first, "customer": who})
    simulator.authenticate(made.id)
    kept = v1.payment_methods.list({"customer": who}).data[0].id
    again = {**PAID, "customer": who, "payment_method": kept, "off_session": True}
    assert v1.payment_intents.create(again).status == "succeeded"

    loose = v1.payment_intents.create(PAID).payment_method
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        v1.payment_intents.create({**PAID, "payment_method": loose})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to the Customer"):
        v1.payment_intents.create({**PAID, "payment_method": kept})
    v1.payment_methods.detach(kept)
    assert v1.payment_methods.list({"customer": who}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        v1.payment_methods.attach(kept, {"customer": who})


def test_a_hold_that_nobody_captures_is_let_go_after_a_week(
    v1: Any, clock: VirtualClock, simulator: StripeSimulator
) -> None:
    made = v1.payment_intents.create({**PAID, "capture_method": "manual"})
    clock.advance(7 * 86_400)
    found = v1.payment_intents.retrieve(made.id)
    assert (found.status, found.cancellation_reason) == ("canceled", "automatic")
    assert simulator.charges()[0]["refunded"]


def test_a_disputed_charge_cannot_be_refunded(v1: Any) -> None:
    made = v1.payment_intents.create({**PAID, "payment_method": "pm_card_createDispute"})
    [dispute] = v1.disputes.list({"payment_intent": made.id}).data
    assert (dispute.status, dispute.amount) == ("needs_response", 900)
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        v1.refunds.create({"payment_intent": made.id})
    assert v1.disputes.close(dispute.id).status == "lost"


def test_refunds_add_up_to_what_was_paid_and_no_more(v1: Any) -> None:
    made = v1.payment_intents.create(PAID)
    for amount in (300, 400):
        v1.refunds.create({"payment_intent": made.id, "amount": amount})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        v1.refunds.create({"payment_intent": made.id, "amount": 201})
    rest = v1.refunds.create({"payment_intent": made.id})
    charge = v1.charges.retrieve(made.latest_charge, {"expand": ["refunds"]})
    assert (rest.amount, charge.refunded, len(charge.refunds.data)) == (200, True, 3)
    assert v1.refunds.update(rest.id, {"metadata": {"a": "1"}}).metadata.to_dict() == {"a": "1"}
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        v1.refunds.cancel(rest.id)


def test_an_update_says_what_it_was_before(v1: Any) -> None:
    made = v1.customers.create({"name": "A", "metadata": {"a": "1", "b": "2"}})
    v1.customers.update(made.id, {"name": "B", "metadata": {"a": "3", "c": "4"}})
    [told] = v1.events.list({"type": "customer.updated"}).data
    before = told.data.previous_attributes
    assert before.to_dict() == {"name": "A", "metadata": {"a": "1", "c": None}}
    v1.customers.update(made.id, {"name": "B"})
    assert len(v1.events.list({"type": "customer.updated"}).data) == 1


def test_ids_are_expanded_through_lists_and_no_deeper_than_four(v1: Any) -> None:
    who = v1.customers.create({"name": "A"}).id
    v1.payment_intents.create({**PAID, "customer": who})
    [seen] = v1.payment_intents.list(
        {"expand": ["data.customer", "data.latest_charge.customer"]}
    ).data
    assert (seen.customer.name, seen.latest_charge.customer.name) == ("A", "A")
    for path in ("data.amount", "data.nothing", "customer", "data.metadata"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            v1.payment_intents.list({"expand": [path]})
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        v1.payment_intents.list({"expand": ["data.a.b.c.d"]})


def test_what_is_not_simulated_is_refused_by_name(v1: Any) -> None:
    for act in (
        lambda: v1.customers.search({"query": "name:'a'"}),
        lambda: v1.invoices.create_preview({}),
        lambda: v1.payment_intents.create({**PAID, "transfer_group": "g"}),
        v1.balance.retrieve,
    ):
        with pytest.raises(stripe.APIError, match="not simulated") as refused:
            act()
        assert refused.value.http_status == 501


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"amount": "x", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "900"}, "parameter_missing", "currency"),
        ({"amount": "900", "currency": ""}, "parameter_invalid_empty", "currency"),
        ({"amount": "900", "currency": "zzz"}, None, "currency"),
        ({"amount": "49", "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": "100000000", "currency": "usd"}, "amount_too_large", "amount"),
        ({"amount": "900", "currency": "eur", "metadata": "a"}, None, "metadata"),
        ({"amount": "900", "currency": "eur", "confirm": "yes"}, None, "confirm"),
        (
            {"amount": "900", "currency": "eur", "shipping[name]": "A"},
            "parameter_missing",
            "shipping[address]",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_its_key_is_free(
    simulator: StripeSimulator, form: dict[str, str], code: str | None, param: str
) -> None:
    url = f"{simulator.stand.url}/v1/payment_intents"
    keyed = {**KEY, "Idempotency-Key": "order-7"}
    answer = httpx2.post(url, data=form, headers=keyed)
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error["param"]) == (400, code, param)
    good = httpx2.post(url, data={"amount": "900", "currency": "EUR"}, headers=keyed)
    assert (good.status_code, good.json()["currency"]) == (200, "eur")


def test_no_bytes_break_it(simulator: StripeSimulator) -> None:
    @settings(max_examples=tries(300), deadline=None)
    @given(st.binary(max_size=200), st.sampled_from(["", "/pi_1", "/pi_1/confirm"]))
    def sent(body: bytes, path: str) -> None:
        answer = client.post(f"/v1/payment_intents{path}", content=body)
        assert answer.status_code in (400, 404, 501)
        assert answer.json()["error"]["message"]

    with httpx2.Client(base_url=simulator.stand.url, headers=KEY) as client:
        sent()


def test_a_stumble_is_kept_under_its_key(v1: Any, simulator: StripeSimulator) -> None:
    simulator.stumble("payment_intents.create")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            v1.payment_intents.create(PAID, {"idempotency_key": "order-7"})
        assert broken.value.http_status == 500
    assert simulator.charges() == ()
    assert v1.payment_intents.create(PAID, {"idempotency_key": "order-8"}).status == "succeeded"


def test_a_refusal_of_what_was_begun_is_kept_under_its_key(
    v1: Any, simulator: StripeSimulator
) -> None:
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as missing:
            v1.customers.update("cus_1", {"name": "A"}, {"idempotency_key": "k"})
    assert dict(missing.value.headers or {})["idempotent-replayed"] == "true"


def test_an_object_under_work_is_locked(
    simulator: StripeSimulator, clock: VirtualClock, v1: Any
) -> None:
    made = v1.customers.create({})
    simulator.be(Mood.SLOW, requests=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(a_client(simulator).customers.update, made.id, {"name": "A"})
        while not clock.sleepers:
            assert not first.done()
        with pytest.raises(stripe.RateLimitError) as locked:
            v1.customers.update(made.id, {"name": "B"})
        assert code_of(locked.value) == "lock_timeout"
        assert v1.customers.retrieve(made.id).name is None
        clock.advance(1)
        assert first.result().name == "A"


def test_a_restricted_key_does_what_it_may_and_no_more(simulator: StripeSimulator) -> None:
    simulator.restrict("rk_test_12345678", "customers.*")
    client = a_client(simulator, "rk_test_12345678")
    assert client.customers.create({}).id
    with pytest.raises(stripe.PermissionError, match=r"charges\.list") as refused:
        client.charges.list()
    assert "rk_test_12345678" not in str(refused.value)


def test_versions_and_accounts_that_are_none_are_refused(simulator: StripeSimulator) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        a_client(simulator, stripe_version="latest").customers.list()
    with pytest.raises(stripe.APIError, match="not simulated"):
        a_client(simulator, stripe_version="2024-06-20").customers.list()
    with pytest.raises(stripe.PermissionError, match="does not have access"):
        a_client(simulator, stripe_account="ours").customers.list()


def test_a_rate_is_kept_by_the_clock(clock: VirtualClock) -> None:
    with StripeSimulator(clock, rate_per_s=25) as simulator:
        simulator.start()
        v1 = a_client(simulator)
        for _ in range(25):
            v1.customers.list()
        with pytest.raises(stripe.RateLimitError) as throttled:
            v1.customers.list()
        assert code_of(throttled.value) == "rate_limit"
        clock.advance(1)
        assert v1.customers.list().data == []


def test_each_trigger_makes_its_event_with_all_that_belongs_to_it(
    simulator: StripeSimulator, v1: Any
) -> None:
    for event_type, paths in simulator.triggers.items():
        overrides = {"metadata.order": "7"} if "metadata.*" in paths else {}
        event = simulator.trigger(event_type, overrides)
        thing = event["data"]["object"]
        assert event["type"] == event_type
        assert v1.events.retrieve(event["id"]).data.object.id == thing["id"]
        if thing.get("customer") and event_type != "customer.deleted":
            assert v1.customers.retrieve(thing["customer"]).id == thing["customer"]


def test_a_trigger_uses_what_it_is_told(simulator: StripeSimulator, v1: Any) -> None:
    who = v1.customers.create({}).id
    told = {"customer": who, "amount": "4900", "currency": "eur", "metadata.order": "17"}
    simulator.trigger("payment_intent.succeeded", told)
    assert simulator.charges_per("order") == {"17": 1}
    charge = simulator.charges()[0]
    assert (charge["customer"], charge["amount"], charge["currency"]) == (who, 4_900, "eur")


@pytest.mark.parametrize(
    ("event_type", "overrides", "error", "says"),
    [
        ("payment_intent.suceeded", {}, UnknownTriggerError, "payment_intent.succeeded"),
        ("customer.created", {"amount": "1"}, UnknownTriggerError, "email"),
        ("charge.refunded", {"customer": "cus_1"}, ValueError, "No such customer"),
        ("charge.succeeded", {"amount": "lots"}, ValueError, "Invalid integer"),
        (
            "payment_intent.succeeded",
            {"payment_method": "pm_card_chargeDeclined"},
            UnknownTriggerError,
            "did not come",
        ),
    ],
)
def test_a_trigger_that_cannot_be_pulled_says_why(
    simulator: StripeSimulator,
    event_type: str,
    overrides: dict[str, str],
    error: type[Exception],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        simulator.trigger(event_type, overrides)


def test_a_run_is_repeated_to_the_letter() -> None:
    states = []
    for _ in range(2):
        with StripeSimulator(VirtualClock()) as simulator:
            for event_type in simulator.triggers:
                simulator.trigger(event_type, {})
            states.append(simulator.state())
            simulator.reset()
            assert simulator.state() == {}
    assert states[0] == states[1]
