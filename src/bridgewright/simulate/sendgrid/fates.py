"""What becomes of mail, by whom it is for.

SendGrid has no addresses that fail on demand. Here the domain of a recipient says what is to happen,
below `.example`, which RFC 2606 keeps free of real mail: `anybody@bounce.example` bounces.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fate(StrEnum):
    """How a message to somebody ends."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    """For good: the address goes to the list of bounces."""
    BLOCKED = "blocked"
    """This once: the address goes to the list of blocks, which stops nothing."""
    DEFERRED = "deferred"
    """Twice, and then it is delivered."""
    INVALID = "invalid"
    """Dropped, for there can be no such address; it goes to the list of invalid ones."""
    REPORTED = "reported"
    """Delivered, and reported as spam; the address goes to the list of reports."""


OF_DOMAINS: Mapping[str, Fate] = {
    "bounce.example": Fate.BOUNCED,
    "block.example": Fate.BLOCKED,
    "defer.example": Fate.DEFERRED,
    "invalid.example": Fate.INVALID,
    "spam.example": Fate.REPORTED,
}


def fate_of(email: str, fates: Mapping[str, Fate]) -> Fate:
    """What was decided for an address or its domain; delivered, where nothing was."""
    domain = email.rpartition("@")[2].lower()
    for known in (fates, OF_DOMAINS):
        for name in (email.lower(), domain):
            if name in known:
                return known[name]
    return Fate.DELIVERED
