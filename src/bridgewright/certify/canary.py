"""Texts that can be nothing else: where one of them turns up, it has leaked."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Canaries:
    """The secret and the personal data of one run."""

    secret: str = field(repr=False)
    person: str = field(repr=False)

    def seen_in(self, text: str) -> frozenset[str]:
        """The kinds of canary that a text holds, as they are or in the Base64 of HTTP Basic."""
        found = {"personal data"} if self.person in text else set()
        if self.secret in text or any(form in text for form in _inside_base64(self.secret)):
            found.add("secret")
        return frozenset(found)


def drawn(dice: Random) -> Canaries:
    """Canaries that no other run has."""
    word = "".join(dice.choice(_LETTERS) for _ in range(24))
    return Canaries(secret=f"c4n4ryKEY{word}", person=f"c4n4ry.{word[:12]}@example.org")


def _inside_base64(secret: str) -> Iterable[str]:
    """What of a secret stands in the Base64 of anything that holds it, whatever is before it."""
    for before in range(3):
        whole = b64encode(b"\0" * before + secret.encode()).decode()
        yield whole[4 if before else 0 :][: len(secret)].rstrip("=")[:-2]
