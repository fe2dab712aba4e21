"""How often each operation may be asked for, and the header fields that say so:
https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits, read
2026-11. SendGrid publishes no numbers."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_S = 60
ORDINARY = 600


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a window after a request: `taken` says whether that was still within it."""

    limit: int
    remaining: int
    resets_at_s: int
    taken: bool

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The fields by which SendGrid says so."""
        return (
            ("x-ratelimit-limit", str(self.limit)),
            ("x-ratelimit-remaining", str(self.remaining)),
            ("x-ratelimit-reset", str(self.resets_at_s)),
        )


class Limits:
    """Counts requests of each operation within windows of a minute, by the provider's clock."""

    def __init__(self, now: Callable[[], float], per_minute: int = ORDINARY) -> None:
        self._now = now
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}

    def reset(self) -> None:
        """Count from nought."""
        with self._lock:
            self._counts.clear()

    def take(self, operation: str) -> Standing:
        """Count a request, as long as it is within the limit."""
        window = int(self._now()) // WINDOW_S
        with self._lock:
            known, count = self._counts.get(operation, (window, 0))
            count = count if known == window else 0
            taken = count < self._per_minute
            count += taken
            self._counts[operation] = (window, count)
        left = self._per_minute - count
        return Standing(self._per_minute, left, (window + 1) * WINDOW_S, taken)
