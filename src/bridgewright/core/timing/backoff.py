"""How long to wait before the next attempt."""

from __future__ import annotations

from dataclasses import dataclass

_LARGEST_EXPONENT = 64


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with full jitter: after attempt n the wait is drawn evenly from 0 to
    `min(cap_s, base_s * factor ** (n - 1))` seconds.

    Full jitter spreads a crowd that failed together better than any other, at the price of an
    occasional wait near zero ("Exponential Backoff and Jitter", AWS Architecture Blog, 2015-03-04).
    """

    base_s: float = 5.0
    factor: float = 3.0
    cap_s: float = 3_600.0

    def ceiling_s(self, attempt: int) -> float:
        """The longest wait after attempt `attempt` (counted from 1)."""
        exponent = min(attempt - 1, _LARGEST_EXPONENT)
        return float(min(self.cap_s, self.base_s * self.factor**exponent))

    def wait_s(self, attempt: int, roll: float) -> float:
        """The wait after attempt `attempt`, for a draw `roll` from 0 (included) to 1 (excluded)."""
        return roll * self.ceiling_s(attempt)
