"""Charges, and disputes of them: https://docs.stripe.com/api/charges, as known 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.cards import Turn
from bridgewright.simulate.stripe.trouble import invalid

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.stripe.cards import Refusal
    from bridgewright.simulate.wire import Content

EVIDENCE_DUE_S = 7 * 86_400
_PAID: Content = {
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "seller_message": "Payment complete.",
    "type": "authorized",
}


def charge(
    account: Account, payment: Content, method: Content, refusal: Refusal | None = None
) -> Content:
    """Ask the bank for a payment's money: a charge that succeeded, or failed by a refusal."""
    captured = refusal is None and payment["capture_method"] != "manual"
    made = account.books.add(
        "ch",
        **_amounts(payment, captured=captured),
        **_outcome(refusal),
        balance_transaction=None,
        billing_details=method["billing_details"],
        captured=captured,
        currency=payment["currency"],
        customer=payment["customer"],
        description=payment["description"],
        disputed=False,
        fraud_details={},
        metadata=dict(payment["metadata"]),
        payment_intent=payment["id"],
        payment_method=method["id"],
        payment_method_details={"card": _used(method["card"]), "type": "card"},
        receipt_email=payment["receipt_email"],
        receipt_number=None,
        receipt_url=None,
        refunded=False,
        shipping=payment["shipping"],
        statement_descriptor=payment["statement_descriptor"],
        statement_descriptor_suffix=payment["statement_descriptor_suffix"],
        transfer_group=None,
    )
    return account.tell(f"charge.{made['status']}", made)


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/charges/:id."""
    made = account.books.get("ch", name)
    simple = ("description", "receipt_email", "shipping")
    changes: dict[str, Any] = {field: asked[field] for field in simple if field in asked}
    changes["metadata"] = merged(made["metadata"], asked)
    return account.change("charge.updated", made, **changes)


def dispute_if_asked(account: Account, made: Content) -> None:
    """Some cards dispute what they paid."""
    if account.cards[made["payment_method"]].turn is Turn.DISPUTED:
        dispute(account, made)


def dispute(account: Account, made: Content, reason: str = "fraudulent") -> Content:
    """The cardholder wants his money back, by his bank."""
    if made["disputed"]:
        raise invalid(f"Charge {made['id']} is disputed already.")
    made["disputed"] = True
    lost = account.books.add(
        "du",
        amount=made["amount"],
        balance_transactions=[],
        charge=made["id"],
        currency=made["currency"],
        enhanced_eligibility_types=[],
        evidence={},
        evidence_details={
            "due_by": account.now + EVIDENCE_DUE_S,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=False,
        metadata={},
        payment_intent=made["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    return account.tell("charge.dispute.created", lost)


def close_dispute(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/disputes/:id/close: accepted, and the money is lost."""
    del asked
    open_one = account.books.get("du", name)
    if open_one["status"] != "needs_response":
        raise invalid("This dispute is already closed", code="dispute_already_closed")
    before = {"status": open_one["status"]}
    open_one["status"] = "lost"
    return account.tell("charge.dispute.closed", open_one, before)


def _amounts(payment: Content, *, captured: bool) -> Content:
    amount = payment["amount"]
    return {
        "amount": amount,
        "amount_captured": amount if captured else 0,
        "amount_refunded": 0,
    }


def _outcome(refusal: Refusal | None) -> Content:
    if refusal is None:
        told = {"paid": True, "status": "succeeded", "outcome": dict(_PAID)}
        return told | {"failure_code": None, "failure_message": None}
    outcome = {
        "network_status": "declined_by_network",
        "reason": refusal.decline_code,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    told = {"paid": False, "status": "failed", "outcome": outcome}
    return told | {"failure_code": refusal.code, "failure_message": refusal.message}


def _used(card: Content) -> Content:
    kept = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    shown = {name: card[name] for name in (*kept, "last4", "wallet")}
    return shown | {"network": card["brand"], "three_d_secure": None}
