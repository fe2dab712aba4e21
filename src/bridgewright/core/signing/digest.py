"""Message authentication codes: made from keys that were prepared once, compared without hurry.

Everything here is bytes. `hmac.compare_digest` raises on text that is not ASCII, and web servers do
pass such header bytes on: most verifiers that crash on hostile input crash exactly there.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class MacKey:
    """A key prepared for HMAC-SHA256 (RFC 2104): a message costs a copy, not a key schedule."""

    keyed: hmac.HMAC

    @classmethod
    def of(cls, key: bytes) -> MacKey:
        """Prepare `key`."""
        return cls(hmac.new(key, digestmod="sha256"))

    def digest(self, *parts: bytes) -> bytes:
        """The 32 bytes that authenticate `parts`, one after the other, under this key."""
        running = self.keyed.copy()
        for part in parts:
            running.update(part)
        return running.digest()

    def __repr__(self) -> str:
        return "MacKey(****)"


def match(expected: Sequence[bytes], given: Iterable[bytes]) -> int | None:
    """The first position in `expected` whose value is among `given`, or None.

    Every pair is compared, each in constant time, so that how long it takes tells neither where
    two values differ nor which key it was.
    """
    found: int | None = None
    candidates = tuple(given)
    for position, value in enumerate(expected):
        for candidate in candidates:
            equal = hmac.compare_digest(value, candidate)
            if equal and found is None:
                found = position
    return found
