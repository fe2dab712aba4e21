"""The ways in which people take one secret for a key: as text or as base64, with or without its prefix."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.digest import MacKey
from bridgewright.core.signing.keyring import Keyring
from bridgewright.core.signing.standard import SharedKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.core.ports import Scheme

_PREFIX = re.compile(r"[A-Za-z0-9]{1,12}[_-]")
WHSEC = "whsec_"


def forms(text: str) -> Iterator[tuple[str, bytes]]:
    """The keys that `text` may have been taken for, each with words for it."""
    for words, part in _texts(text):
        yield f"{words}, used as text", part.encode("utf-8", "surrogatepass")
        decoded = _from_base64(part)
        if decoded:
            yield f"{words}, decoded from base64", decoded
        unhexed = _from_hex(part)
        if unhexed:
            yield f"{words}, decoded from hex", unhexed
        encoded = base64.b64encode(part.encode("utf-8", "surrogatepass"))
        yield f"{words}, encoded as base64", encoded


def _texts(text: str) -> Iterator[tuple[str, str]]:
    yield "the secret as it stands", text
    prefix = _PREFIX.match(text)
    if prefix is not None and prefix.end() < len(text):
        yield "the secret without its prefix", text[prefix.end() :]
    if not text.startswith(WHSEC):
        yield f"the secret with {WHSEC} before it", WHSEC + text


def _from_base64(text: str) -> bytes | None:
    plain = text.translate({ord("-"): "+", ord("_"): "/"})
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _from_hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def with_key(
    scheme: Scheme, bind: Callable[[tuple[Secret, ...]], Scheme | None], raw: bytes
) -> Scheme | None:
    """The scheme with `raw` for its only key; None where it cannot have it.

    Keys of our own families are put in as they are; any other scheme is bound anew, to what text
    there is for such a key.
    """
    made: Any = scheme
    ring = getattr(made, "keyring", None)
    key = _like(ring.keys[0], raw) if isinstance(ring, Keyring) and ring.keys else None
    if key is not None and is_dataclass(made):
        return cast("Scheme", replace(cast("Any", made), keyring=Keyring((key,))))
    try:
        return bind((Secret(raw.decode()),))
    except UnicodeDecodeError:
        return None


def _like(key: object, raw: bytes) -> object | None:
    match key:
        case MacKey():
            return MacKey.of(raw, key.algorithm)
        case SharedKey():
            return SharedKey(MacKey.of(raw))
        case bytes():
            return raw
        case _:
            return None
