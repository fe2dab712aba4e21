"""How to redact: what one process or one connection knows of its own secrets, and its pseudonyms."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import blake2b
from json import dumps
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.core.model.secret import Secret

MASK = "****"
"""Stands where a value was."""

PSEUDONYM_DIGITS = 6
"""Of 16 million: two different addresses look alike once in a log of some 5,000 of them."""

LEAST_KNOWN_CHARS = 6
"""A registered secret shorter than this is not looked for: it would mask ordinary words."""

_MAX_KEY_BYTES = 64


@dataclass(frozen=True, slots=True)
class Redaction:
    """What redaction is told from outside; the rules themselves are fixed.

    `key` keys the pseudonyms: one key, one pseudonym for an address, in every record; another key,
    another. Up to 64 bytes, random by preference, and a secret itself: who has it can find out which
    of a list of addresses was meant. `fields` are names of secret fields beside the usual ones
    (`spelt_alike` makes them comparable). `known` finds the values of secrets in use.
    """

    key: bytes = field(default=b"", repr=False)
    fields: frozenset[str] = frozenset()
    known: re.Pattern[str] | None = field(default=None, repr=False)

    def pseudonym(self, kind: str, value: str) -> str:
        """A stable name for a value that is not to be shown: `email:7f3a0c`."""
        size = PSEUDONYM_DIGITS // 2
        digest = blake2b(
            value.casefold().encode("utf-8", "surrogatepass"),
            digest_size=size,
            key=self.key[:_MAX_KEY_BYTES],
        )
        return f"{kind}:{digest.hexdigest()}"


def redaction(key: bytes, fields: Iterable[str] = (), secrets: Iterable[Secret] = ()) -> Redaction:
    """The redaction of a connection: its own secret fields, and the secrets it holds."""
    return Redaction(key, frozenset(spelt_alike(name) for name in fields), known(secrets))


def spelt_alike(name: str) -> str:
    """A field's name without case and separators: `Api-Key`, `api_key` and `apiKey` are one name."""
    return _SEPARATORS.sub("", name).lower()


def known(secrets: Iterable[Secret]) -> re.Pattern[str] | None:
    """A pattern that finds the values of secrets, as they are and as URLs, JSON, `repr` and Basic
    credentials write them. None when there is nothing to look for."""
    spellings: set[str] = set()
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= LEAST_KNOWN_CHARS:
            spellings.update(_spellings(value))
    if not spellings:
        return None
    longest_first = sorted(spellings, key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, longest_first)))


def _spellings(value: str) -> Iterable[str]:
    safe = value.encode("utf-8", "replace")
    yield value
    yield quote(safe, safe="")
    yield quote(safe)
    yield quote_plus(safe)
    yield dumps(value)[1:-1]
    yield repr(value)[1:-1]
    for before in range(3):  # how base64 writes it depends on where in three bytes it begins
        encoded = b64encode(b"\0" * before + safe).decode()
        whole = encoded[-(-8 * before // 6) : 8 * (before + len(safe)) // 6]
        if len(whole) >= LEAST_KNOWN_CHARS:
            yield whole


_SEPARATORS = re.compile(r"[\W_]+")
