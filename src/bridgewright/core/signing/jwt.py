"""Signed tokens (RFC 7515, 7517, 7519), by PyJWT's signatures, imported when first needed.

PyJWT checks the signature; what a token may look like and what it claims is decided here. Its own
checks of claims read the clock, and it takes base64 that is written in more than one way.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.inbound import Reason, Rejected
from bridgewright.core.model.moment import Moment, from_seconds
from bridgewright.core.signing.envelope import parsed
from bridgewright.core.signing.field import MAX_FIELD_BYTES
from bridgewright.core.signing.keyring import UnfitKeyError
from bridgewright.core.signing.rsa import LEAST_BITS, private_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jwt

_TOKEN = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TYPES = {"ES256": ("EC", "P-256"), "RS256": ("RSA", None)}
_LATEST_S = 253_402_300_799  # the end of the year 9999
MOST_KEYS = 64
"""The most keys of one set that are looked at. Google publishes two or three, Microsoft a dozen."""


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token whose signature was not looked at yet: the key it names, and what it consists of."""

    kid: str
    text: bytes
    payload: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class TokenKey:
    """A public key for one algorithm; parsed once."""

    algorithm: str
    kid: str
    key: jwt.PyJWK


def opened(text: bytes, algorithm: str, label: str) -> Token | Rejected:
    """What the header of a token says, believed only as far as which key to look for.

    `algorithm` is the only one that counts, `none` least of all: it is the provider's, never the
    token's choice. Extensions that must be understood (`crit`) are not.
    """
    found = _TOKEN.fullmatch(text) if len(text) <= MAX_FIELD_BYTES else None
    if found is None:
        return Rejected(Reason.MALFORMED, f"{label} holds no signed token")
    header = parsed(_decoded(found[1]))
    if isinstance(header, str) or not _canonical(found[3]):
        return Rejected(Reason.MALFORMED, f"{label} holds a token that is written wrongly")
    if header.get("alg") != algorithm or "crit" in header or "b64" in header:
        return Rejected(Reason.UNKNOWN_ALGORITHM, f"the token is not signed by {algorithm}")
    kid = header.get("kid")
    if not isinstance(kid, str) or not _KEY_ID.fullmatch(kid):
        return Rejected(Reason.MALFORMED, "the token does not name its key")
    return Token(kid, text, _decoded(found[2]))


def claims(token: Token, key: TokenKey) -> dict[str, Any] | Rejected:
    """What a token claims, once its signature is of this key; times are the caller's to judge."""
    from jwt import InvalidTokenError, PyJWS  # noqa: PLC0415 - most sources never need it

    wrong = Rejected(Reason.MISMATCH, "the token is not signed by the key it names")
    if key.kid != token.kid:
        return wrong
    try:
        PyJWS().decode(token.text, key.key, algorithms=[key.algorithm])
    except (InvalidTokenError, ValueError):
        return wrong
    found = parsed(token.payload)
    if isinstance(found, str):
        return Rejected(Reason.MALFORMED, "the token holds no claims")
    return found


def claimed_at(found: Mapping[str, object], name: str) -> Moment | None:
    """The instant of a claim in seconds (RFC 7519, section 2), None where it is none."""
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return from_seconds(value) if 0 <= value <= _LATEST_S else None  # refuses NaN as well


def token_key(found: object, algorithm: str) -> TokenKey:
    """A key from its JWK. `UnfitKeyError` when it is not for `algorithm`, or for signatures."""
    from jwt import PyJWK  # noqa: PLC0415 - see claims
    from jwt.exceptions import PyJWTError  # noqa: PLC0415

    kind, curve = _TYPES[algorithm]
    msg = f"is no public key for {algorithm}"
    if not isinstance(found, dict) or found.get("kty") != kind or found.get("crv") != curve:
        raise UnfitKeyError(msg)
    kid = found.get("kid")
    private = "d" in found or found.get("use", "sig") != "sig"
    if private or found.get("alg", algorithm) != algorithm or not isinstance(kid, str):
        raise UnfitKeyError(msg)
    try:
        key = PyJWK.from_dict(found, algorithm=algorithm)
    except (PyJWTError, ValueError, TypeError):
        raise UnfitKeyError(msg) from None
    if kind == "RSA" and key.key.key_size < LEAST_BITS:
        raise UnfitKeyError(msg)
    return TokenKey(algorithm, kid, key)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one algorithm that a provider publishes, each by its name."""

    keys: Mapping[str, TokenKey]


def key_set(content: bytes, algorithm: str) -> KeySet:
    """A set of keys (RFC 7517, section 5). Those of other kinds are left; `UnfitKeyError` when none
    is left to use, or two have one name."""
    found = parsed(content)
    listed = [] if isinstance(found, str) else found.get("keys")
    keys: dict[str, TokenKey] = {}
    for each in listed[:MOST_KEYS] if isinstance(listed, list) else []:
        key = _usable(each, algorithm)
        if key is not None and key.kid in keys:
            msg = "holds two keys of one name"
            raise UnfitKeyError(msg)
        if key is not None:
            keys[key.kid] = key
    if not keys:
        msg = f"holds no key for {algorithm}"
        raise UnfitKeyError(msg)
    return KeySet(keys)


def _usable(found: object, algorithm: str) -> TokenKey | None:
    try:
        return token_key(found, algorithm)
    except UnfitKeyError:
        return None


def signed(found: Mapping[str, object], key: str, algorithm: str, kid: str) -> bytes:
    """A token with these claims, signed by a private key in PEM: for whoever plays a provider."""
    from jwt import PyJWS  # noqa: PLC0415 - see claims

    payload = json.dumps(found, separators=(",", ":")).encode()
    headers = {"kid": kid, "typ": "JWT"}
    return PyJWS().encode(payload, private_key(key), algorithm=algorithm, headers=headers).encode()


def _decoded(text: bytes) -> bytes:
    """The bytes of base64url without padding; empty where it has an impossible length."""
    return b"" if len(text) % 4 == 1 else base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def _canonical(text: bytes) -> bool:
    """Whether there is no other way to write the same bytes (RFC 4648, section 3.5)."""
    return base64.urlsafe_b64encode(_decoded(text)).rstrip(b"=") == text
