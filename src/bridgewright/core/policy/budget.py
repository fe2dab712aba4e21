"""The retry budget: retries stay a small share of the calls, however long an outage lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S

if TYPE_CHECKING:
    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.numbers import BudgetNumbers


class Budget:
    """Tokens: a success deposits `ratio`, time adds `floor_per_s`, a retry takes its price when it
    is decided (and keeps it while it waits); a retry that wins gets it back. Never above `cap`,
    never below nothing. The caller holds the lock."""

    __slots__ = ("_at", "_cap", "_floor_per_ns", "_ratio", "tokens")

    def __init__(self, numbers: BudgetNumbers, started: Ticks) -> None:
        self._cap = self.tokens = numbers.cap
        self._ratio = numbers.ratio
        self._floor_per_ns = numbers.floor_per_s / NS_PER_S
        self._at = started

    def __repr__(self) -> str:
        return f"Budget({self.tokens:.2f} of {self._cap:g})"

    def deposit(self) -> None:
        """A call succeeded."""
        if self.tokens < self._cap:
            self.tokens = min(self._cap, self.tokens + self._ratio)

    def withdraw(self, now: Ticks, price: float) -> bool:
        """Pay for a retry. False when there is not enough: then nothing was taken."""
        trickled = max(0, now - self._at) * self._floor_per_ns
        self._at = max(now, self._at)
        self.tokens = min(self._cap, self.tokens + trickled)
        if self.tokens < price:
            return False
        self.tokens -= price
        return True

    def refund(self, price: float) -> None:
        """Give back what a retry paid that won, or was never made."""
        self.tokens = min(self._cap, self.tokens + price)
