"""What tokens cost, as the person who pays for them says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.models.words import Cost

if TYPE_CHECKING:
    from bridgewright.engineer.models.words import Usage

A_MILLION = 1_000_000
_NAMES = ("input", "output", "cached")
_CURRENCY = "currency"
_USUAL = "USD"
_DEAREST = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class Prices:
    """Units of a currency for a million tokens: read, written, and read out of a cache (as much as read
    where nothing else is said). What a provider takes for writing into a cache is not counted."""

    input: Decimal
    output: Decimal
    cached: Decimal
    currency: str = _USUAL

    def of(self, usage: Usage) -> Usage:
        """The usage, with what it cost."""
        fresh = max(0, usage.input_tokens - usage.cached_tokens)
        amount = (
            fresh * self.input
            + usage.cached_tokens * self.cached
            + usage.output_tokens * self.output
        ) / A_MILLION
        return replace(usage, cost=Cost(amount, self.currency))


def priced(usage: Usage | None, prices: Prices | None) -> Usage | None:
    """The usage with its cost, where both are known."""
    return usage if usage is None or prices is None else prices.of(usage)


def read(text: str, place: str) -> Prices:
    """Prices as a variable holds them: `input=3 output=15 cached=0.3 currency=USD`."""
    parts = (part.partition("=") for part in text.replace(",", " ").split())
    said = {name: value for name, _, value in parts}
    unknown = sorted(said.keys() - {*_NAMES, _CURRENCY})
    if unknown or not {"input", "output"} <= said.keys():
        raise _refused("holds no prices", place)
    amounts = {name: _amount(said[name], place) for name in _NAMES if name in said}
    currency = said.get(_CURRENCY, _USUAL)
    if not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise _refused("has a currency that is no code of three letters", place)
    cached = amounts.get("cached", amounts["input"])
    return Prices(amounts["input"], amounts["output"], cached, currency)


def _amount(text: str, place: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise _refused("has a price that is no number", place) from None
    if not (amount.is_finite() and 0 <= amount <= _DEAREST):
        raise _refused("has a price that cannot be", place)
    return amount


def _refused(problem: str, place: str) -> ConfigurationError:
    remedy = "write what a million tokens cost: input=3 output=15 cached=0.3 currency=USD"
    return ConfigurationError(problem, place=place, remedy=remedy)
