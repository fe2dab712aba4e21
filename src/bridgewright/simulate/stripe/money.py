"""Amounts as Stripe takes them: https://docs.stripe.com/currencies, as known 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe.parameters import Parameter, text
from bridgewright.simulate.stripe.trouble import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 99_999_999
"""Of one payment, in the currency's smallest unit: eight digits."""
LEAST: Mapping[str, int] = {
    "aed": 200,
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1_500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17_500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1_000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1_000,
    "usd": 50,
}
"""The least that a payment may be, in each currency that is simulated."""
_WHOLE = frozenset({"jpy"})
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def currency(*, needed: bool = False) -> Parameter:
    """A currency by its three letters, in lower case from here on."""
    inner = text()

    def read(name: str, sent: Any) -> str:
        code = str(inner.read(name, sent)).lower()
        if code not in LEAST:
            known = ", ".join(LEAST)
            raise invalid(f"Invalid currency: {sent}. These currencies are known: {known}", name)
        return code

    return Parameter(read, {"type": "string", "enum": [*LEAST]}, needed)


def check(amount: int, code: str, param: str = "amount") -> None:
    """ProblemError for what is too little or too much to be paid."""
    if amount < LEAST[code]:
        message = f"Amount must be at least {shown(LEAST[code], code)}"
        raise invalid(message, param, "amount_too_small")
    if amount > MOST:
        message = f"Amount must be no more than {shown(MOST, code)}"
        raise invalid(message, param, "amount_too_large")


def shown(amount: int, code: str) -> str:
    """As people write it: `€0.50 eur`."""
    number = f"{amount:,}" if code in _WHOLE else f"{amount / 100:,.2f}"
    return f"{_SIGNS.get(code, '')}{number} {code}"
