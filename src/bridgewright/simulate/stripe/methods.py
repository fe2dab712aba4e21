"""Payment methods, test cards here: https://docs.stripe.com/api/payment_methods, as known 2026-11."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridgewright.simulate.stripe import cards
from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.cards import Refusal
from bridgewright.simulate.stripe.trouble import (
    declined,
    invalid,
    missing,
    turned_down,
    unsupported,
)

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.stripe.cards import Card
    from bridgewright.simulate.wire import Content

EXPIRES = (12, 2034)
_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment,"
    " or was detached from a Customer, and may not be used again. To use a PaymentMethod multiple"
    " times, you must attach it to a Customer first."
)
_NOT_A_TEST_CARD = Refusal(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. For a list of"
    " valid test cards, visit: https://stripe.com/docs/testing.",
)


def create(account: Account, asked: Content) -> Content:
    """POST /v1/payment_methods, of a test card's number or token."""
    given = asked.get("card")
    if given is None:
        raise invalid("Missing required param: card.", "card", "parameter_missing")
    if "token" in given:
        card = cards.named(given["token"]) if given["token"].startswith("tok_") else None
        if card is None:
            raise missing("token", given["token"], "card[token]")
        return _made(account, card, asked, EXPIRES)
    for needed in ("number", "exp_month", "exp_year"):
        if needed not in given:
            name = f"card[{needed}]"
            raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    year = given["exp_year"] + (2_000 if given["exp_year"] < 100 else 0)  # noqa: PLR2004
    return _made(account, _of_number(given["number"]), asked, _unexpired(account, given, year))


def retrieve(account: Account, asked: Content, name: str) -> Content:
    """GET /v1/payment_methods/:id, of a test card's name too."""
    del asked
    return resolve(account, name, "id")


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/payment_methods/:id; only of one that a customer has."""
    method = account.books.get("pm", name)
    if method["customer"] is None:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.")
    changes: Content = {"metadata": merged(method["metadata"], asked)}
    if "billing_details" in asked:
        changes["billing_details"] = method["billing_details"] | asked["billing_details"]
    if "allow_redisplay" in asked:
        changes["allow_redisplay"] = asked["allow_redisplay"]
    return account.change("payment_method.updated", method, **changes)


def attach(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/payment_methods/:id/attach; the bank is asked, and some say no."""
    account.books.get("cus", asked["customer"], "customer")
    method = resolve(account, name, "id")
    if method["customer"] == asked["customer"]:
        return method
    if method["customer"] is not None:
        raise invalid("The payment method you provided has already been attached to a customer.")
    usable(account, method)
    card = account.cards[method["id"]]
    if card.refusal is not None and not card.attaches:
        raise declined(turned_down(card.refusal))
    method["customer"] = asked["customer"]
    return account.tell("payment_method.attached", method)


def detach(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/payment_methods/:id/detach; it may not be used again."""
    del asked
    method = account.books.get("pm", name)
    owner = method["customer"]
    if owner is None:
        message = (
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible."
        )
        raise invalid(message)
    method["customer"] = None
    account.spent.add(name)
    customer = account.books.get("cus", owner)
    settings = customer["invoice_settings"]
    if settings["default_payment_method"] == name:
        customer["invoice_settings"] = settings | {"default_payment_method": None}
    return account.tell("payment_method.detached", method, {"customer": owner})


def page(account: Account, asked: Content) -> Content:
    """GET /v1/payment_methods: a customer's."""
    if "customer" not in asked:
        message = "Lists of payment methods of no customer"
        raise unsupported(message)
    return account.books.page("pm", asked, "/v1/payment_methods", ("customer", "type"))


def page_of_customer(account: Account, asked: Content, name: str) -> Content:
    """GET /v1/customers/:id/payment_methods."""
    account.books.get("cus", name, "id")
    url = f"/v1/customers/{name}/payment_methods"
    return account.books.page("pm", asked | {"customer": name}, url, ("customer", "type"))


def resolve(account: Account, name: str, param: str = "payment_method") -> Content:
    """A payment method by its id; a test card's name makes a new one each time, as at Stripe."""
    card = cards.named(name) if name.startswith("pm_card_") else None
    if card is None:
        return account.books.get("pm", name, param)
    return _made(account, card, {}, EXPIRES)


def usable(account: Account, method: Content) -> None:
    """ProblemError for a payment method that had its day."""
    if method["id"] in account.spent:
        raise invalid(_SPENT, "payment_method", "payment_method_unexpected_state")


def _of_number(number: str) -> Card:
    card = cards.numbered(number)
    if card is not None:
        return card
    if not _sums_up(number.replace(" ", "").replace("-", "")):
        refusal = Refusal("incorrect_number", "incorrect_number", "Your card number is incorrect.")
        raise declined(turned_down(refusal, param="number"))
    raise declined(turned_down(_NOT_A_TEST_CARD))


def _sums_up(number: str) -> bool:
    """Whether the last digit is right (Luhn)."""
    if not (number.isascii() and number.isdecimal()):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _unexpired(account: Account, given: Content, year: int) -> tuple[int, int]:
    now = datetime.fromtimestamp(account.now, UTC)
    if (year, given["exp_month"]) < (now.year, now.month):
        what = "year" if year < now.year else "month"
        refusal = Refusal(
            f"invalid_expiry_{what}", "invalid_expiry", f"Your card's expiration {what} is invalid."
        )
        raise declined(turned_down(refusal, param=f"exp_{what}"))
    return given["exp_month"], year


def _made(account: Account, card: Card, asked: Content, expires: tuple[int, int]) -> Content:
    blank = {"address": dict(_ADDRESS), "email": None, "name": None, "phone": None, "tax_id": None}
    details = blank | asked.get("billing_details", {})
    details["address"] = _ADDRESS | (details["address"] or {})
    method = account.books.add(
        "pm",
        allow_redisplay=asked.get("allow_redisplay", "unspecified"),
        billing_details=details,
        card=_drawn(card, expires),
        customer=None,
        metadata=merged({}, asked),
        type="card",
    )
    account.cards[method["id"]] = card
    return method


def _drawn(card: Card, expires: tuple[int, int]) -> Content:
    checked = ("address_line1_check", "address_postal_code_check")
    return {
        "brand": card.brand,
        "checks": dict.fromkeys(checked) | {"cvc_check": "unchecked"},
        "country": "US",
        "display_brand": card.brand,
        "exp_month": expires[0],
        "exp_year": expires[1],
        "fingerprint": f"sim{cards.CARDS.index(card):013}",
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
