"""What the simulated Stripe bills, by the official SDK and a clock that is moved."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.stripe.calendar import later, period_end
from bridgewright.simulate.stripe.simulator import StripeSimulator
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_S = 86_400
BEGAN_AT_S = 1_798_675_200  # 2026-12-31 00:00 UTC, after which no February has such a day
FAILING = "pm_card_chargeCustomerFail"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(float(BEGAN_AT_S))


@pytest.fixture
def simulator(clock: VirtualClock) -> Iterator[StripeSimulator]:
    with StripeSimulator(clock) as simulator:
        simulator.start()
        yield simulator


@pytest.fixture
def v1(simulator: StripeSimulator) -> Any:
    return stripe.StripeClient("sk_test_1", base_addresses={"api": simulator.stand.url}).v1


def customer(v1: Any, card: str = "pm_card_visa") -> Any:
    made = v1.customers.create({"email": "ann@example.com", "payment_method": card})
    method = v1.payment_methods.list({"customer": made.id}).data[0].id
    return v1.customers.update(made.id, {"invoice_settings": {"default_payment_method": method}})


def price(v1: Any, amount: int = 1_000, interval: str = "month") -> Any:
    asked = {"currency": "eur", "unit_amount": amount, "product_data": {"name": "Tea"}}
    return v1.prices.create({**asked, "recurring": {"interval": interval}})


def subscribed(v1: Any, card: str = "pm_card_visa", **more: Any) -> Any:
    asked = {"customer": customer(v1, card).id, "items": [{"price": price(v1).id}]}
    return v1.subscriptions.create(asked | more)


def invoices(v1: Any, subscription: Any) -> list[Any]:
    found = v1.invoices.list({"subscription": subscription.id, "limit": 100}).data
    return list(reversed(found))


def test_each_month_is_billed_on_its_day_and_paid_an_hour_later(
    v1: Any, clock: VirtualClock, simulator: StripeSimulator
) -> None:
    made = subscribed(v1)
    clock.advance(365 * DAY_S - 1)  # in one step: each renewal is dated by its own instant

    found = invoices(v1, made)
    assert [each.billing_reason for each in found] == [
        "subscription_create",
        *["subscription_cycle"] * 11,
    ]
    assert {each.status for each in found} == {"paid"}
    days = [(each.created - BEGAN_AT_S) // DAY_S for each in found]
    assert days[:4] == [0, 31, 59, 90]
    cycles = found[1:]
    assert {each.status_transitions.paid_at - each.created for each in cycles} == {3_600}
    assert len(simulator.charges()) == 12
    item = v1.subscriptions.retrieve(made.id)["items"].data[0]
    assert item.current_period_start == found[-1].created


def test_webhooks_of_a_renewal_do_not_wait_for_somebody_to_look(
    v1: Any, clock: VirtualClock, simulator: StripeSimulator
) -> None:
    subscribed(v1)
    asked = {"url": "http://127.0.0.1:9/", "enabled_events": ["invoice.created"]}
    v1.webhook_endpoints.create(asked)
    clock.advance(31 * DAY_S)
    while not simulator.dispatch.posted:
        continue
    assert simulator.dispatch.posted[0].event_type == "invoice.created"


def test_a_renewal_that_fails_is_tried_four_times_and_then_the_subscription_ends(
    v1: Any, clock: VirtualClock, simulator: StripeSimulator
) -> None:
    made = subscribed(v1)
    asked = {"customer": made.customer}
    failing = v1.payment_methods.attach(FAILING, asked).id
    v1.subscriptions.update(made.id, {"default_payment_method": failing})
    clock.advance(31 * DAY_S + 3_600)
    renewed = invoices(v1, made)[1]
    assert v1.subscriptions.retrieve(made.id).status == "past_due"
    assert renewed.status == "open"
    assert renewed.next_payment_attempt == BEGAN_AT_S + 34 * DAY_S + 3_600

    clock.advance(15 * DAY_S)
    over = v1.subscriptions.retrieve(made.id)
    assert (over.status, over.cancellation_details.reason) == ("canceled", "payment_failed")
    told = Counter(event["type"] for event in simulator.events())
    assert told["invoice.payment_failed"] == 4
    assert told["customer.subscription.deleted"] == 1
    clock.advance(365 * DAY_S)
    assert len(invoices(v1, made)) == 2


def test_a_card_that_is_replaced_in_time_saves_the_subscription(
    v1: Any, clock: VirtualClock
) -> None:
    made = subscribed(v1)
    failing = v1.payment_methods.attach(FAILING, {"customer": made.customer}).id
    v1.subscriptions.update(made.id, {"default_payment_method": failing})
    clock.advance(32 * DAY_S)
    v1.subscriptions.update(made.id, {"default_payment_method": ""})
    clock.advance(3 * DAY_S)
    assert v1.subscriptions.retrieve(made.id).status == "active"
    assert invoices(v1, made)[1].attempt_count == 2


def test_a_first_payment_that_fails_leaves_an_incomplete_subscription_that_expires(
    v1: Any, clock: VirtualClock
) -> None:
    made = subscribed(v1, FAILING)
    assert made.status == "incomplete"
    clock.advance(23 * 3_600)
    assert v1.subscriptions.retrieve(made.id).status == "incomplete_expired"
    assert invoices(v1, made)[0].status == "void"


def test_an_incomplete_subscription_is_active_once_its_payment_is_confirmed(v1: Any) -> None:
    made = subscribed(
        v1,
        payment_behavior="default_incomplete",
        expand=["latest_invoice.confirmation_secret", "latest_invoice.payments"],
    )
    payment = made.latest_invoice.payments.data[0].payment.payment_intent
    secret = v1.payment_intents.retrieve(payment).client_secret
    assert made.status == "incomplete"
    assert made.latest_invoice.confirmation_secret.client_secret == secret

    v1.payment_intents.confirm(payment, {"payment_method": "pm_card_visa"})
    assert v1.subscriptions.retrieve(made.id).status == "active"


def test_a_subscription_without_means_is_refused(v1: Any) -> None:
    asked = {"customer": v1.customers.create({}).id, "items": [{"price": price(v1).id}]}
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        v1.subscriptions.create(asked)
    with pytest.raises(stripe.CardError):
        subscribed(v1, FAILING, payment_behavior="error_if_incomplete")
    assert v1.subscriptions.list({"status": "all"}).data == []


def test_a_trial_costs_nothing_and_then_what_it_costs(v1: Any, clock: VirtualClock) -> None:
    made = subscribed(v1, trial_period_days=14)
    assert (made.status, invoices(v1, made)[0].total) == ("trialing", 0)
    clock.advance(14 * DAY_S + 3_600)
    assert v1.subscriptions.retrieve(made.id).status == "active"
    assert [each.amount_paid for each in invoices(v1, made)] == [0, 1_000]


def test_what_is_to_end_ends_with_its_period(v1: Any, clock: VirtualClock) -> None:
    made = subscribed(v1)
    told = v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert told.cancel_at == BEGAN_AT_S + 31 * DAY_S
    clock.advance(31 * DAY_S - 1)
    assert v1.subscriptions.retrieve(made.id).status == "active"
    clock.advance(1)
    over = v1.subscriptions.retrieve(made.id)
    assert (over.status, over.ended_at) == ("canceled", BEGAN_AT_S + 31 * DAY_S)
    assert len(invoices(v1, made)) == 1
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        v1.subscriptions.cancel(made.id)


def test_a_change_is_prorated_onto_the_next_invoice(v1: Any, clock: VirtualClock) -> None:
    made = subscribed(v1)
    clock.advance(31 * DAY_S / 2)
    item = {"id": made["items"].data[0].id, "quantity": 3}
    v1.subscriptions.update(made.id, {"items": [item]})
    waiting = v1.invoice_items.list({"pending": True}).data
    assert sorted(each.amount for each in waiting) == [-500, 1_500]

    clock.advance(31 * DAY_S / 2)
    assert sorted(line.amount for line in invoices(v1, made)[1].lines.data) == [-500, 1_500, 3_000]
    assert v1.invoice_items.list({"pending": True}).data == []


def test_a_change_can_be_invoiced_at_once_or_cost_nothing(v1: Any, clock: VirtualClock) -> None:
    made = subscribed(v1)
    clock.advance(31 * DAY_S / 2)
    item = {"id": made["items"].data[0].id}
    more = {"items": [{**item, "quantity": 2}], "proration_behavior": "always_invoice"}
    v1.subscriptions.update(made.id, more)
    assert [each.amount_paid for each in invoices(v1, made)] == [1_000, 500]

    v1.subscriptions.update(
        made.id, {"items": [{**item, "quantity": 9}], "proration_behavior": "none"}
    )
    assert v1.invoice_items.list({"pending": True}).data == []


def test_an_invoice_is_drafted_finalized_and_paid_by_hand(v1: Any) -> None:
    who = customer(v1).id
    draft = v1.invoices.create({"customer": who, "currency": "eur"})
    v1.invoice_items.create(
        {"customer": who, "invoice": draft.id, "amount": 900, "currency": "eur"}
    )
    final = v1.invoices.finalize_invoice(draft.id)
    assert (final.status, final.amount_due) == ("open", 900)
    assert v1.invoices.pay(draft.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        v1.invoices.pay(draft.id)
    with pytest.raises(stripe.InvalidRequestError, match="can't be voided"):
        v1.invoices.void_invoice(draft.id)


def test_an_invoice_that_is_void_or_paid_elsewhere_takes_no_money(
    v1: Any, simulator: StripeSimulator
) -> None:
    who = customer(v1).id
    for act in (
        v1.invoices.void_invoice,
        lambda name: v1.invoices.pay(name, {"paid_out_of_band": True}),
    ):
        v1.invoice_items.create({"customer": who, "amount": 900, "currency": "eur"})
        draft = v1.invoices.create(
            {"customer": who, "currency": "eur", "pending_invoice_items_behavior": "include"}
        )
        v1.invoices.finalize_invoice(draft.id)
        act(draft.id)
    assert [each.status for each in v1.invoices.list().data] == ["paid", "void"]
    assert {each.status for each in v1.payment_intents.list().data} == {"canceled"}
    assert simulator.charges() == ()


def test_a_deleted_customer_is_billed_no_more(v1: Any, clock: VirtualClock) -> None:
    made = subscribed(v1)
    assert v1.customers.delete(made.customer).deleted
    assert v1.customers.retrieve(made.customer).deleted
    assert v1.subscriptions.retrieve(made.id).status == "canceled"
    clock.advance(99 * DAY_S)
    assert len(invoices(v1, made)) == 1
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        v1.customers.update(made.customer, {"name": "A"})


def session(v1: Any, **more: Any) -> Any:
    data = {"currency": "eur", "unit_amount": 700, "product_data": {"name": "Tea"}}
    asked = {
        "line_items": [{"price_data": data, "quantity": 2}],
        "mode": "payment",
        "success_url": "https://shop.example.com/",
    }
    return v1.checkout.sessions.create(asked | more)


def test_a_session_is_paid_once(v1: Any, simulator: StripeSimulator) -> None:
    opened = session(v1, payment_intent_data={"metadata": {"order": "7"}})
    with pytest.raises(ValueError, match="declined"):
        simulator.pay(opened.id, "pm_card_chargeDeclined")
    assert v1.checkout.sessions.retrieve(opened.id).status == "open"

    simulator.pay(opened.id, "pm_card_authenticationRequired")
    done = v1.checkout.sessions.retrieve(opened.id, {"expand": ["payment_intent"]})
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert done.payment_intent.amount_received == 1_400
    assert simulator.charges_per("order") == {"7": 1}
    with pytest.raises(ValueError, match="complete"):
        simulator.pay(opened.id)
    assert simulator.events()[0]["type"] == "checkout.session.completed"


def test_a_session_of_a_subscription_makes_one(v1: Any, simulator: StripeSimulator) -> None:
    line = {"price": price(v1).id, "quantity": 1}
    opened = session(v1, line_items=[line], mode="subscription", customer_email="b@example.com")
    done = simulator.pay(opened.id)
    made = v1.subscriptions.retrieve(done["subscription"], {"expand": ["customer"]})
    assert (made.status, made.customer.email) == ("active", "b@example.com")


def test_a_session_expires_after_a_day(v1: Any, clock: VirtualClock) -> None:
    opened = session(v1)
    clock.advance(DAY_S - 1)
    assert v1.checkout.sessions.retrieve(opened.id).status == "open"
    clock.advance(1)
    assert v1.checkout.sessions.retrieve(opened.id).status == "expired"


@settings(max_examples=tries(200), deadline=None)
@given(
    st.integers(0, 4_000_000_000),
    st.sampled_from(["day", "week", "month", "year"]),
    st.integers(1, 12),
    st.integers(0, 40),
)
def test_periods_follow_each_other_without_gaps(
    anchor_s: int, interval: str, count: int, times: int
) -> None:
    start_s = later(anchor_s, interval, count * times)
    assert period_end(anchor_s, start_s, interval, count) == later(
        anchor_s, interval, count * (times + 1)
    )
