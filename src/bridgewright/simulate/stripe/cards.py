"""Stripe's test cards: https://docs.stripe.com/testing, as known 2026-11."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Turn(StrEnum):
    """What a card does when it is charged."""

    PAYS = "pays"
    DECLINED = "declined"
    ASKS = "asks"
    """The bank wants to hear from the customer, each time."""
    ASKS_ONCE = "asks_once"
    """The bank wants to hear from the customer, unless the card was set up for later payments."""
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a bank says no: the error's code, the bank's own, and the message."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True, slots=True)
class Card:
    """One test card. `attaches` is whether a customer can keep it."""

    number: str
    name: str
    brand: str = "visa"
    turn: Turn = Turn.PAYS
    refusal: Refusal | None = None
    funding: str = "credit"
    attaches: bool = True

    @property
    def last4(self) -> str:
        """Its last four digits."""
        return self.number[-4:]


def _no(decline_code: str, message: str = "Your card was declined.", code: str = "") -> Refusal:
    return Refusal(code or "card_declined", decline_code, message)


_GENERIC = _no("generic_decline")


def _declining(number: str, name: str, refusal: Refusal, *, attaches: bool = False) -> Card:
    return Card(number, name, turn=Turn.DECLINED, refusal=refusal, attaches=attaches)


CARDS = (
    Card("4242424242424242", "visa"),
    Card("4000056655665556", "visa_debit", funding="debit"),
    Card("5555555555554444", "mastercard", "mastercard"),
    Card("5200828282828210", "mastercard_debit", "mastercard", funding="debit"),
    Card("5105105105105100", "mastercard_prepaid", "mastercard", funding="prepaid"),
    Card("378282246310005", "amex", "amex"),
    Card("6011111111111117", "discover", "discover"),
    Card("3056930009020004", "diners", "diners"),
    Card("3566002020360505", "jcb", "jcb"),
    Card("6200000000000005", "unionpay", "unionpay"),
    _declining("4000000000000002", "chargeDeclined", _GENERIC),
    _declining(
        "4000000000009995",
        "chargeDeclinedInsufficientFunds",
        _no("insufficient_funds", "Your card has insufficient funds."),
    ),
    _declining("4000000000009987", "chargeDeclinedLostCard", _no("lost_card")),
    _declining("4000000000009979", "chargeDeclinedStolenCard", _no("stolen_card")),
    _declining(
        "4000000000000069",
        "chargeDeclinedExpiredCard",
        _no("expired_card", "Your card has expired.", "expired_card"),
    ),
    _declining(
        "4000000000000127",
        "chargeDeclinedIncorrectCvc",
        _no("incorrect_cvc", "Your card's security code is incorrect.", "incorrect_cvc"),
    ),
    _declining(
        "4000000000000119",
        "chargeDeclinedProcessingError",
        _no(
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
            "processing_error",
        ),
    ),
    _declining("4000000000004954", "chargeDeclinedFraudulent", _no("fraudulent")),
    _declining("4000000000000341", "chargeCustomerFail", _GENERIC, attaches=True),
    Card("4000002760003184", "authenticationRequired", turn=Turn.ASKS),
    Card("4000002500003155", "authenticationRequiredOnSetup", turn=Turn.ASKS_ONCE),
    Card("4000000000003220", "threeDSecure2Required", turn=Turn.ASKS),
    Card("4000000000000259", "createDispute", turn=Turn.DISPUTED),
)

_BY_NUMBER = {card.number: card for card in CARDS}
_BY_NAME = {name: card for card in CARDS for name in (card.name, f"visa_{card.name}")}
ASKING = Refusal(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
"""What an off-session payment gets from a bank that wants to hear from the customer."""


def numbered(number: str) -> Card | None:
    """The test card with that number."""
    return _BY_NUMBER.get(number.replace(" ", "").replace("-", ""))


def named(name: str) -> Card | None:
    """The test card of `pm_card_visa`, `tok_visa` and their like."""
    for prefix in ("pm_card_", "tok_"):
        if name.startswith(prefix):
            return _BY_NAME.get(name.removeprefix(prefix))
    return None
