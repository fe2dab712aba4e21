"""Refunds: https://docs.stripe.com/api/refunds, as known 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.stripe import money
from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.trouble import invalid

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content


def create(account: Account, asked: Content) -> Content:
    """POST /v1/refunds: of a charge or a payment, all that is left of it or `amount`."""
    charge = _charge_of(account, asked)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = asked.get("amount", left)
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise invalid(message, code="charge_disputed")
    if left <= 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise invalid(message, code="charge_already_refunded")
    if amount > left:
        told, rest = (money.shown(each, charge["currency"]) for each in (amount, left))
        message = f"Refund amount ({told}) is greater than unrefunded amount on charge ({rest})"
        raise invalid(message, "amount")
    charge["amount_refunded"] += amount
    charge["refunded"] = amount == left
    made = account.books.add(
        "re",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"card": {"type": "refund"}, "type": "card"},
        metadata=merged({}, asked),
        payment_intent=charge["payment_intent"],
        reason=asked.get("reason"),
        receipt_number=None,
        status="succeeded",
    )
    was = {"amount_refunded": charge["amount_refunded"] - amount}
    account.tell("charge.refunded", charge, was | ({"refunded": False} if amount == left else {}))
    return account.tell("refund.created", made)


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/refunds/:id: its metadata."""
    made = account.books.get("re", name)
    return account.change("refund.updated", made, metadata=merged(made["metadata"], asked))


def cancel(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/refunds/:id/cancel: only refunds that wait for the customer can be, and cards' do not."""
    del asked
    made = account.books.get("re", name)
    raise invalid(f"A refund with status {made['status']} cannot be canceled.")


def _charge_of(account: Account, asked: Content) -> Content:
    name = asked.get("charge")
    if name is None:
        if "payment_intent" not in asked:
            message = (
                "One of the following params should be provided for this request: payment_intent or"
                " charge."
            )
            raise invalid(message, code="parameter_missing")
        payment = account.books.get("pi", asked["payment_intent"], "payment_intent")
        name = payment["latest_charge"]
        if name is None:
            message = (
                f"This PaymentIntent ({payment['id']}) does not have a successful charge to refund."
            )
            raise invalid(message, "payment_intent")
    charge = account.books.get("ch", name, "charge")
    if not charge["paid"] or not charge["captured"]:
        message = f"Charge {charge['id']} has not been paid, so there is nothing to refund."
        raise invalid(message, "charge")
    return charge
