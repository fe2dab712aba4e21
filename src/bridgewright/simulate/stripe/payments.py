"""PaymentIntents. States after https://docs.stripe.com/payments/paymentintents/lifecycle, read 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe import charges, methods, money
from bridgewright.simulate.stripe.account import copied, merged
from bridgewright.simulate.stripe.cards import ASKING, Refusal, Turn
from bridgewright.simulate.stripe.trouble import declined, invalid, turned_down

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content

HELD_S = 7 * 86_400
"""How long a bank holds money that is authorized and not captured: a week for most cards."""
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
_BEFORE = ("requires_payment_method", "requires_confirmation", "requires_action")
_TOLD = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
_UNPROVEN = Refusal(
    "payment_intent_authentication_failure",
    "authentication_failure",
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a"
    " new PaymentMethod to attempt to fulfill this PaymentIntent again.",
)


def create(account: Account, asked: Content) -> Content:
    """POST /v1/payment_intents, confirmed at once when it says so."""
    if "customer" in asked:
        account.books.get("cus", asked["customer"], "customer")
    money.check(asked["amount"], asked["currency"])
    if not asked.get("confirm"):
        for name in ("off_session", "return_url", "error_on_requires_action"):
            if name in asked:
                message = f"You cannot provide `{name}` unless `confirm` is true."
                raise invalid(message, name)
    method = _chosen(account, asked, asked.get("customer"))
    payment = drafted(account, asked, method)
    account.tell("payment_intent.created", payment)
    if not asked.get("confirm"):
        return payment
    sense = ("off_session", "return_url", "error_on_requires_action")
    return confirm(account, {name: asked[name] for name in sense if name in asked}, payment["id"])


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/payment_intents/:id."""
    payment = account.books.get("pi", name)
    expect(payment, "update", *_BEFORE)
    told = payment | asked
    amount, currency = told["amount"], told["currency"]
    money.check(amount, currency)
    changes: dict[str, Any] = {field: asked[field] for field in _TOLD if field in asked}
    changes |= {"amount": amount, "currency": currency}
    if "customer" in asked:
        changes["customer"] = account.books.get("cus", asked["customer"], "customer")["id"]
    method = _chosen(account, asked, changes.get("customer", payment["customer"]))
    if method is not None:
        changes |= {"payment_method": method["id"], "status": "requires_confirmation"}
        changes["next_action"] = None
    changes["metadata"] = merged(payment["metadata"], asked)
    payment.update(changes)
    return payment


def confirm(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/payment_intents/:id/confirm: makes a charge, unless the bank says no, or first wants to
    hear from the customer."""
    payment = account.books.get("pi", name)
    expect(payment, "confirm", *_BEFORE)
    method = _chosen(account, asked, payment["customer"])
    if method is None and payment["payment_method"] is not None:
        method = account.books.get("pm", payment["payment_method"])
    if method is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can"
            " either update the PaymentIntent with a payment method and then confirm it again, or"
            " confirm it again directly with a payment method."
        )
        raise invalid(message, code="payment_intent_unexpected_state")
    methods.usable(account, method)
    payment |= {field: asked[field] for field in _TOLD if field in asked}
    payment |= {"payment_method": method["id"], "next_action": None, "last_payment_error": None}
    if _is_asked(account, method):
        if asked.get("off_session") or asked.get("error_on_requires_action"):
            raise _turned_down(account, payment, method, ASKING)
        payment |= {"status": "requires_action", "next_action": _next(payment, asked)}
        return account.tell("payment_intent.requires_action", payment)
    return _charged(account, payment, method)


def authenticate(account: Account, name: str, *, succeeds: bool = True) -> Content:
    """The customer answers his bank: it is paid, or needs another payment method."""
    payment = account.books.get("pi", name)
    expect(payment, "authenticate", "requires_action")
    method = account.books.get("pm", payment["payment_method"])
    payment["next_action"] = None
    if succeeds:
        return _charged(account, payment, method)
    error = turned_down(_UNPROVEN, payment_method=copied(method)) | {"type": "card_error"}
    del error["decline_code"]
    payment |= {"status": "requires_payment_method", "payment_method": None}
    payment["last_payment_error"] = error | {"type": "invalid_request_error"}
    return account.tell("payment_intent.payment_failed", payment)


def capture(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/payment_intents/:id/capture: all of it, or `amount_to_capture`."""
    payment = account.books.get("pi", name)
    expect(payment, "capture", "requires_capture")
    amount = asked.get("amount_to_capture", payment["amount"])
    if amount > payment["amount"]:
        message = "The amount to capture is greater than the capturable amount."
        raise invalid(message, "amount_to_capture", "amount_too_large")
    charge = account.books.get("ch", payment["latest_charge"])
    charge |= {"captured": True, "amount_captured": amount}
    payment |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    payment["metadata"] = merged(payment["metadata"], asked)
    account.tell("charge.captured", charge)
    account.tell("payment_intent.succeeded", payment)
    charges.dispute_if_asked(account, charge)
    return payment


def cancel(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/payment_intents/:id/cancel."""
    payment = account.books.get("pi", name)
    expect(payment, "cancel", *OPEN)
    return give_up(account, payment, asked.get("cancellation_reason"))


def give_up(account: Account, payment: Content, reason: str | None) -> Content:
    """Cancel a payment; what its bank holds is let go."""
    if payment["status"] == "requires_capture":
        charge = account.books.get("ch", payment["latest_charge"])
        charge |= {"amount_refunded": charge["amount"], "refunded": True}
        account.tell("charge.refunded", charge)
    payment |= {"status": "canceled", "canceled_at": account.now, "cancellation_reason": reason}
    payment |= {"amount_capturable": 0, "next_action": None}
    return account.tell("payment_intent.canceled", payment)


def expect(payment: Content, verb: str, *states: str) -> None:
    """ProblemError for a payment that is past this."""
    if payment["status"] not in states:
        message = f"This PaymentIntent's status is {payment['status']}, so it is not possible to {verb} it."
        raise invalid(message, code="payment_intent_unexpected_state")


def drafted(account: Account, asked: Content, method: Content | None) -> Content:
    """A payment that nobody was told of yet."""
    name = account.books.mint("pi")
    automatic = asked.get("automatic_payment_methods", {"enabled": True})
    return account.books.add(
        "pi",
        id=name,
        amount=asked["amount"],
        amount_capturable=0,
        amount_received=0,
        application_fee_amount=None,
        automatic_payment_methods={"allow_redirects": "always"} | automatic,
        canceled_at=None,
        cancellation_reason=None,
        capture_method=asked.get("capture_method", "automatic_async"),
        client_secret=f"{name}_secret_{name[-20:]}",
        confirmation_method="automatic",
        currency=asked["currency"],
        customer=asked.get("customer"),
        last_payment_error=None,
        latest_charge=None,
        metadata=merged({}, asked),
        next_action=None,
        payment_method=method["id"] if method else None,
        payment_method_options={},
        payment_method_types=["card"],
        processing=None,
        status="requires_confirmation" if method else "requires_payment_method",
        transfer_group=None,
        **{field: asked.get(field) for field in _TOLD},
    )


def _chosen(account: Account, asked: Content, customer: str | None) -> Content | None:
    if "payment_method_data" in asked:
        return methods.create(account, asked["payment_method_data"])
    if asked.get("payment_method") is None:
        return None
    method = methods.resolve(account, asked["payment_method"])
    owner = method["customer"]
    if owner is not None and owner != customer:
        message = (
            f"The payment method supplied ({method['id']}) belongs to the Customer {owner}. Please"
            " include the Customer in the `customer` parameter on the PaymentIntent."
        )
        raise invalid(message, "payment_method")
    return method


def _is_asked(account: Account, method: Content) -> bool:
    turn = account.cards[method["id"]].turn
    return turn is Turn.ASKS or (turn is Turn.ASKS_ONCE and method["id"] not in account.ready)


def _next(payment: Content, asked: Content) -> Content:
    where = f"https://hooks.stripe.com/3d_secure_2/hosted?payment_intent={payment['id']}"
    if "return_url" in asked:
        step = {"return_url": asked["return_url"], "url": where}
        return {"redirect_to_url": step, "type": "redirect_to_url"}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}


def _charged(account: Account, payment: Content, method: Content) -> Content:
    refusal = account.cards[method["id"]].refusal
    if refusal is not None:
        raise _turned_down(account, payment, method, refusal)
    charge = charges.charge(account, payment, method)
    payment["latest_charge"] = charge["id"]
    _keep(account, payment, method)
    if not charge["captured"]:
        payment |= {"status": "requires_capture", "amount_capturable": payment["amount"]}
        account.calendar.at(account.now + HELD_S, lambda: _let_go(account, payment))
        return account.tell("payment_intent.amount_capturable_updated", payment)
    payment |= {"status": "succeeded", "amount_received": payment["amount"]}
    account.tell("payment_intent.succeeded", payment)
    charges.dispute_if_asked(account, charge)
    return payment


def _turned_down(
    account: Account, payment: Content, method: Content, refusal: Refusal
) -> Exception:
    charge = charges.charge(account, payment, method, refusal)
    error = turned_down(refusal, charge=charge["id"], payment_method=copied(method))
    payment |= {"latest_charge": charge["id"], "last_payment_error": error}
    payment |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    account.tell("payment_intent.payment_failed", payment)
    return declined({**error, "payment_intent": copied(payment)})


def _keep(account: Account, payment: Content, method: Content) -> None:
    """A method is kept by the customer if it was meant to be, and otherwise has had its day."""
    if method["customer"] is not None:
        return
    if payment["customer"] is not None and payment["setup_future_usage"] is not None:
        method["customer"] = payment["customer"]
        account.ready.add(method["id"])
        account.tell("payment_method.attached", method)
    else:
        account.spent.add(method["id"])


def _let_go(account: Account, payment: Content) -> None:
    if payment["status"] == "requires_capture":
        account.tell("charge.expired", account.books.get("ch", payment["latest_charge"]))
        give_up(account, payment, "automatic")
