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

DIGEST_BYTES = {"sha1": 20, "sha256": 32, "sha512": 64}
"""The hash functions that webhooks are signed with. HMAC-SHA1 is not broken as a MAC, whatever SHA-1
is as a hash; providers that sign so leave no choice."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class MacKey:
    """A key prepared for HMAC (RFC 2104): a message costs a copy, not a key schedule."""

    keyed: hmac.HMAC

    @classmethod
    def of(cls, key: bytes, algorithm: str = "sha256") -> MacKey:
        """Prepare `key` for one of `DIGEST_BYTES`."""
        return cls(hmac.new(key, digestmod=algorithm))

    def digest(self, *parts: bytes) -> bytes:
        """The bytes that authenticate `parts`, one after the other, under this key."""
        running = self.keyed.copy()
        for part in parts:
            running.update(part)
        return running.digest()

    @property
    def algorithm(self) -> str:
        """The hash function this key is used with."""
        return self.keyed.name.removeprefix("hmac-")

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
