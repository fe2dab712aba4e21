"""Stand-ins for secrets that the provider makes: a client secret, a new token, a session."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bridgewright.core.redact.redaction import spelt_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.simulate.wire import Heard, Reply

LEAST_CHARS = 6
"""A shorter value is left: it would be found in ordinary words."""
_DIGEST_BYTES = 6


def masks(
    passed: Iterable[tuple[Heard, Reply]], masked: Iterable[str], salt: str
) -> dict[str, str]:
    """A stand-in for each value that stands in a field of these names, in JSON, forms and headers.

    The same value has the same stand-in wherever it stands, so that a client which sends back what
    it was given is understood when the cassette plays.
    """
    names = {spelt_alike(name) for name in masked}
    if not names:
        return {}
    key = blake2b(salt.encode(), digest_size=16).digest()
    return {
        value: _stand_in(value, key)
        for heard, reply in passed
        for name, value in (*_named(heard.headers, heard.body), *_named(reply.headers, reply.body))
        if spelt_alike(name) in names and len(value) >= LEAST_CHARS
    }


def _stand_in(value: str, key: bytes) -> str:
    raw = value.encode("utf-8", "replace")
    return f"masked-{blake2b(raw, digest_size=_DIGEST_BYTES, key=key).hexdigest()}"


def _named(headers: tuple[tuple[str, str], ...], body: bytes) -> Iterator[tuple[str, str]]:
    yield from headers
    text = body.decode("utf-8", "surrogateescape")
    try:
        yield from _leaves(json.loads(text), "")
    except (ValueError, RecursionError):
        yield from parse_qsl(text, errors="surrogateescape") if len(text) < 1_000_000 else ()  # noqa: PLR2004


def _leaves(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)
    elif isinstance(value, str):
        yield name, value
