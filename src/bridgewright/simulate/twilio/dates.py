"""Dates as Twilio writes and reads them: RFC 2822 in the API of 2010, RFC 3339 in later ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from bridgewright.simulate.twilio.trouble import INVALID, invalid

if TYPE_CHECKING:
    from bridgewright.simulate.twilio.asked import Asked

_DAY = len("2026-11-23")
BOUNDS = ("", "<", ">")
"""On, not after, not before: `DateSent`, `DateSent<`, `DateSent>`. Both bounds include their day."""


def written(at_s: float | None) -> str | None:
    """An instant as the API of 2010 writes it, to the second."""
    return None if at_s is None else _written(int(at_s))


@lru_cache(maxsize=1_024)  # a page of fifty has a hundred and fifty dates, and few of them differ
def _written(at_s: int) -> str:
    return format_datetime(datetime.fromtimestamp(at_s, UTC))


def stamped(at_s: float) -> str:
    """An instant as later APIs write it."""
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(name: str, text: str) -> datetime:
    """A day or an instant that a request names; TroubleError when it is none."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise invalid(INVALID, f"Invalid {name} value: {text} is no date") from None


def named(asked: Asked, *names: str) -> tuple[Wanted, ...]:
    """The bounds that a request names for fields like `DateSent`; TroubleError when one is no date."""
    return tuple(
        Wanted(name, bound, read(name, text), whole_day=len(text) == _DAY)
        for name in names
        for bound in BOUNDS
        if (text := asked.text(f"{name}{bound}"))
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """One bound: an instant is on (``""``), not after (`<`) or not before (`>`) a day or a second."""

    name: str
    bound: str
    at: datetime
    whole_day: bool

    def takes(self, at_s: float | None) -> bool:
        """Whether an instant is within it; none is not."""
        if at_s is None:
            return False
        at, wanted = datetime.fromtimestamp(int(at_s), UTC), self.at
        if self.whole_day:
            at, wanted = (each.replace(hour=0, minute=0, second=0) for each in (at, wanted))
        if self.bound == "<":
            return at <= wanted
        return at >= wanted if self.bound == ">" else at == wanted
