"""A shop's year at Stripe in one script, by the official SDK."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import stripe

from tests.scripts.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = "stripe"
ENVIRONMENT = ("STRIPE_SECRET_KEY",)
"""A key of a sandbox: `sk_test_…`."""
_ID = re.compile(r"\b(ch|cs_test|cus|evt|in|pi|pm|price|prod|re|req|si|sub)_[A-Za-z0-9_]+")
PAID: dict[str, Any] = {
    "amount": 4_900,
    "automatic_payment_methods": {"allow_redirects": "never", "enabled": True},
    "confirm": True,
    "currency": "eur",
    "payment_method": "pm_card_visa",
}


def run(base_url: str | None, environ: Mapping[str, str]) -> list[Step]:
    """Do it, here or there; what was seen at each step, without ids and instants."""
    key = environ["STRIPE_SECRET_KEY"]
    if not key.startswith(("sk_test_", "rk_test_")):
        raise ValueError("STRIPE_SECRET_KEY is to be a test key: this script spends money")
    where: Any = {"base_addresses": {"api": base_url}} if base_url else {}
    client = stripe.StripeClient(key, **where)
    return [*_payments(client), *_billing(client), *_selling(client), *_mistakes(client)]


def _payments(client: stripe.StripeClient) -> list[Step]:
    v1 = client.v1
    customer = v1.customers.create({"email": "jenny.rosen@example.com", "metadata": {"a": "1"}})
    changed = v1.customers.update(customer.id, {"name": "Jenny", "metadata": {"a": "", "b": "2"}})
    asked: Any = {**PAID, "customer": customer.id, "expand": ["latest_charge"]}
    paid: Any = v1.payment_intents.create(asked)
    held = v1.payment_intents.create({**PAID, "capture_method": "manual"})  # type: ignore[typeddict-item]
    taken = v1.payment_intents.capture(held.id, {"amount_to_capture": 900})
    part = v1.refunds.create({"payment_intent": paid.id, "amount": 900})
    charge = v1.charges.retrieve(paid.latest_charge.id)
    events = v1.events.list({"type": "payment_intent.*", "limit": 3})
    card = paid.latest_charge.payment_method_details.card
    return [
        Step("a customer is changed", (changed.name, changed.metadata.to_dict())),  # type: ignore[union-attr]
        Step("a payment is charged", (paid.status, paid.amount_received, card.brand, card.last4)),
        Step("a hold is captured in part", (held.status, taken.status, taken.amount_received)),
        Step(
            "a charge is refunded in part", (part.status, charge.amount_refunded, charge.refunded)
        ),
        Step("events tell of it", sorted({event.object for event in events.data})),
    ]


def _billing(client: stripe.StripeClient) -> list[Step]:
    v1 = client.v1
    customer = v1.customers.create({"payment_method": "pm_card_visa"})
    method = v1.payment_methods.list({"customer": customer.id}).data[0]
    v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})
    price = v1.prices.create(
        {
            "currency": "eur",
            "product_data": {"name": "Tea"},
            "recurring": {"interval": "month"},
            "unit_amount": 1_000,
        }
    )
    made: Any = v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id, "quantity": 2}],
            "expand": ["latest_invoice.payments"],
        }
    )
    item = made["items"].data[0]
    ending = v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    more: Any = v1.subscriptions.update(
        made.id, {"items": [{"id": item.id, "quantity": 3}], "proration_behavior": "none"}
    )
    over = v1.subscriptions.cancel(made.id)
    invoice = made.latest_invoice
    return [
        Step("a subscription is paid for", (made.status, invoice.status, invoice.amount_paid)),
        Step("its invoice names the payment", invoice.payments.data[0].payment.type),
        Step("it is to end", (ending.cancel_at_period_end, ending.status)),
        Step(
            "it is of more", (more["items"].data[0].quantity, more["items"].data[0].id == item.id)
        ),
        Step("it has ended", over.status),
    ]


def _selling(client: stripe.StripeClient) -> list[Step]:
    v1 = client.v1
    line: Any = {
        "price_data": {"currency": "eur", "product_data": {"name": "Tea"}, "unit_amount": 700},
        "quantity": 2,
    }
    opened = v1.checkout.sessions.create(
        {"line_items": [line], "mode": "payment", "success_url": "https://shop.example.com/"}
    )
    lines = v1.checkout.sessions.line_items.list(opened.id)
    closed = v1.checkout.sessions.expire(opened.id)
    seen = [(each.description, each.amount_total) for each in lines.data]
    return [
        Step("a session is open", (opened.status, opened.payment_status, opened.amount_total)),
        Step("it lists what it sells", seen),
        Step("it is closed", (closed.status, closed.url)),
    ]


def _mistakes(client: stripe.StripeClient) -> list[Step]:
    v1 = client.v1
    asked: Any = {"amount": 4_900, "currency": "eur"}
    wrong: list[tuple[str, Callable[[], object]]] = [
        ("a card is declined", lambda: v1.payment_intents.create(_by("visa_chargeDeclined"))),
        (
            "a card has no money",
            lambda: v1.payment_intents.create(_by("visa_chargeDeclinedInsufficientFunds")),
        ),
        ("too little", lambda: v1.payment_intents.create({**asked, "amount": 1})),
        ("no currency", lambda: v1.payment_intents.create({"amount": 4_900})),  # type: ignore[typeddict-item]
        ("a slip", lambda: v1.payment_intents.create({**asked, "curency": "eur"})),
        ("nobody", lambda: v1.customers.retrieve("cus_nobody")),
        ("of nobody", lambda: v1.payment_intents.create({**asked, "customer": "cus_nobody"})),
    ]
    return [Step(name, _error_of(act)) for name, act in wrong]


def _by(card: str) -> Any:
    return {**PAID, "payment_method": f"pm_card_{card}"}


def _error_of(act: Callable[[], object]) -> object:
    try:
        act()
    except stripe.StripeError as error:
        told: Any = error.json_body["error"]  # type: ignore[index]
        seen = (told.get("code"), told.get("decline_code"), told.get("param"))
        return (error.http_status, *seen, _ID.sub(r"\1_…", error.user_message or ""))
    return "nothing was wrong"
