"""Customers, payments and refunds: what each operation does to an account's books.

States and codes after https://docs.stripe.com/payments/paymentintents/lifecycle, read 2026-11.
Test cards by their names: https://docs.stripe.com/testing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe.trouble import declined, invalid

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.books import Books
    from bridgewright.simulate.wire import Content

_DECLINED = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclined": "generic_decline",
}
_NEEDS_THE_CUSTOMER = "pm_card_authenticationRequired"
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
_CUSTOMER_FIELDS = ("address", "description", "email", "metadata", "name", "phone", "shipping")


def create_customer(books: Books, asked: Content) -> Content:
    """POST /v1/customers."""
    blank = dict.fromkeys(_CUSTOMER_FIELDS) | {"metadata": {}}
    return _told(books, "customer.created", books.add("cus", **(blank | _known(asked))))


def update_customer(books: Books, asked: Content, name: str) -> Content:
    """POST /v1/customers/:id; metadata is merged, an empty value takes a name away."""
    customer = books.get("cus", name)
    changed = _known(asked)
    changed["metadata"] = _merged(customer["metadata"], asked.get("metadata", {}))
    customer.update(changed)
    return _told(books, "customer.updated", customer)


def _known(asked: Content) -> Content:
    return {name: value for name, value in asked.items() if name in _CUSTOMER_FIELDS}


def create_payment(books: Books, asked: Content) -> Content:
    """POST /v1/payment_intents, confirmed at once when it says so."""
    for needed in ("amount", "currency"):
        if needed not in asked:
            raise invalid(f"Missing required param: {needed}.", needed, "parameter_missing")
    if "customer" in asked:
        books.get("cus", asked["customer"], "customer")
    method = asked.get("payment_method")
    payment = books.add(
        "pi",
        amount=_amount(asked, "amount"),
        amount_capturable=0,
        amount_received=0,
        canceled_at=None,
        capture_method=asked.get("capture_method", "automatic"),
        currency=asked["currency"],
        customer=asked.get("customer"),
        description=asked.get("description"),
        last_payment_error=None,
        latest_charge=None,
        metadata=asked.get("metadata", {}),
        payment_method=method,
        status="requires_confirmation" if method else "requires_payment_method",
    )
    payment["client_secret"] = f"{payment['id']}_secret_simulated"
    _told(books, "payment_intent.created", payment)
    return confirm(books, asked, payment["id"]) if asked.get("confirm") == "true" else payment


def update_payment(books: Books, asked: Content, name: str) -> Content:
    """POST /v1/payment_intents/:id."""
    payment = books.get("pi", name)
    _expect(payment, "update", *_OPEN)
    if "amount" in asked:
        payment["amount"] = _amount(asked, "amount")
    if "payment_method" in asked:
        payment |= {"payment_method": asked["payment_method"], "status": "requires_confirmation"}
    payment["metadata"] = _merged(payment["metadata"], asked.get("metadata", {}))
    return payment


def confirm(books: Books, asked: Content, name: str) -> Content:
    """POST /v1/payment_intents/:id/confirm: makes a charge, unless the bank says no."""
    payment = books.get("pi", name)
    _expect(payment, "confirm", "requires_payment_method", "requires_confirmation")
    method = asked.get("payment_method") or payment["payment_method"]
    if method is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise invalid(message, code="payment_intent_unexpected_state")
    payment["payment_method"] = method
    if method == _NEEDS_THE_CUSTOMER:
        payment["status"] = "requires_action"
        return _told(books, "payment_intent.requires_action", payment)
    charge = _charge(books, payment, method)
    payment["latest_charge"] = charge["id"]
    if method in _DECLINED:
        payment["status"] = "requires_payment_method"
        _told(books, "payment_intent.payment_failed", payment)
        raise declined(payment, charge["id"], _DECLINED[method])
    if not charge["captured"]:
        payment |= {"status": "requires_capture", "amount_capturable": payment["amount"]}
        return _told(books, "payment_intent.amount_capturable_updated", payment)
    payment |= {"status": "succeeded", "amount_received": payment["amount"]}
    return _told(books, "payment_intent.succeeded", payment)


def _charge(books: Books, payment: Content, method: str) -> Content:
    paid = method not in _DECLINED
    captured = paid and payment["capture_method"] != "manual"
    charge = books.add(
        "ch",
        amount=payment["amount"],
        amount_captured=payment["amount"] if captured else 0,
        amount_refunded=0,
        captured=captured,
        currency=payment["currency"],
        customer=payment["customer"],
        failure_code=None if paid else "card_declined",
        metadata=dict(payment["metadata"]),
        paid=paid,
        payment_intent=payment["id"],
        payment_method=method,
        refunded=False,
        status="succeeded" if paid else "failed",
    )
    return _told(books, f"charge.{charge['status']}", charge)


def capture(books: Books, asked: Content, name: str) -> Content:
    """POST /v1/payment_intents/:id/capture: all of it, or `amount_to_capture`."""
    payment = books.get("pi", name)
    _expect(payment, "capture", "requires_capture")
    amount = _amount(asked, "amount_to_capture", payment["amount"])
    if amount > payment["amount"]:
        message = "The amount to capture is greater than the capturable amount."
        raise invalid(message, "amount_to_capture", "amount_too_large")
    charge = books.get("ch", payment["latest_charge"])
    charge |= {"captured": True, "amount_captured": amount}
    payment |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    _told(books, "charge.captured", charge)
    return _told(books, "payment_intent.succeeded", payment)


def cancel(books: Books, asked: Content, name: str) -> Content:
    """POST /v1/payment_intents/:id/cancel."""
    payment = books.get("pi", name)
    _expect(payment, "cancel", *_OPEN)
    reason = asked.get("cancellation_reason")
    payment |= {"status": "canceled", "cancellation_reason": reason, "amount_capturable": 0}
    return _told(books, "payment_intent.canceled", payment)


def refund(books: Books, asked: Content) -> Content:
    """POST /v1/refunds: of a charge or a payment, all that is left of it or `amount`."""
    name = asked.get("charge")
    if name is None:
        name = books.get("pi", asked.get("payment_intent", ""), "payment_intent")["latest_charge"]
    charge = books.get("ch", name or "", "charge")
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = _amount(asked, "amount", left)
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise invalid(message, code="charge_already_refunded")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise invalid(message, "amount")
    charge["amount_refunded"] += amount
    charge["refunded"] = amount == left
    made = books.add(
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=asked.get("metadata", {}),
        payment_intent=charge["payment_intent"],
        reason=asked.get("reason"),
        status="succeeded",
    )
    _told(books, "charge.refunded", charge)
    return _told(books, "refund.created", made)


def _amount(asked: Content, name: str, otherwise: int = 0) -> int:
    text = str(asked.get(name, otherwise))
    if not text.isdecimal():
        raise invalid(f"Invalid integer: {text}", name, "parameter_invalid_integer")
    return int(text)


def _expect(payment: Content, verb: str, *states: str) -> None:
    if payment["status"] not in states:
        message = f"This PaymentIntent's status is {payment['status']}, so it is not possible to {verb} it."
        raise invalid(message, code="payment_intent_unexpected_state")


def _merged(old: Content, new: Any) -> Content:
    changes = new if isinstance(new, dict) else {}
    return {name: value for name, value in (old | changes).items() if value != ""}


def _told(books: Books, event_type: str, thing: Content) -> Content:
    """Note an event about a thing, as it is now."""
    books.add("evt", type=event_type, data={"object": json.loads(json.dumps(thing))})
    return thing
