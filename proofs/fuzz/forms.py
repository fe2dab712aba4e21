"""What a forger knows of forms: signed tokens made over, and signatures written in other ways."""

from __future__ import annotations

import base64
import hmac
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

HALF = 0.5
TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NUMBER = re.compile(rb"\d{1,20}")
_PIECE = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_FULL_WIDTH = "\N{FULLWIDTH DIGIT ZERO}".encode()

NUMBERS = (
    b"0",
    b"-0",
    b"-1",
    b"2147483648",
    b"4294967296",
    b"9223372036854775808",
    b"253402300799",
    b"253402300800",
    b"1e999",
    b"0x7fffffff",
    b"1_800_000_000",
    b"NaN",
    b"9" * 310,
    b"9" * 4_400,
    _FULL_WIDTH * 10,
)
HEADERS: tuple[dict[str, Any], ...] = (
    {"alg": "none"},
    {"alg": "None", "typ": "JWT"},
    {"alg": "HS256"},
    {"alg": "RS256"},
    {"alg": "ES256"},
    {"alg": "PS256"},
    {"alg": ["ES256"]},
    {"alg": None},
    {"kid": "../../../../dev/null"},
    {"kid": "' or 1=1 --"},
    {"kid": "https://evil.example/keys"},
    {"kid": ""},
    {"kid": 1},
    {"kid": "\ud800"},
    {"jku": "https://evil.example/keys", "x5u": "https://evil.example/cert"},
    {"jwk": {"kty": "oct", "k": "AAAA"}},
    {"x5c": ["AAAA"]},
    {"crit": ["exp"]},
    {"b64": False, "crit": ["b64"]},
    {"zip": "DEF"},
    {"typ": "JOSE+JSON"},
)
CLAIMS: tuple[dict[str, Any], ...] = (
    {"exp": 1e999},
    {"exp": 10**30, "iat": -1},
    {"iat": "1800000000"},
    {"iat": True},
    {"nbf": [0]},
    {"iss": "https://evil.example"},
    {"aud": ["https://hooks.example.com/in", "x"]},
    {"aud": None},
    {"email": "evil@evil.example"},
    {"email_verified": "true"},
    {"request_body_sha256": "0" * 64},
    {"request_body_sha256": None},
    {},
)


def forged(dice: Random, text: bytes, published: bytes) -> bytes:
    """A token with another header, other claims, or a signature by what everybody can know."""
    header, claims, signature = text.split(b".")
    if dice.random() < HALF:
        header = _with(header, HEADERS[int(dice.random() * len(HEADERS))])
    if dice.random() < HALF:
        claims = _with(claims, CLAIMS[int(dice.random() * len(CLAIMS))])
    signed = header + b"." + claims
    kind = int(dice.random() * 5)
    if kind == 0:
        signature = b""
    elif kind == 1:  # what is published taken for a shared secret
        signature = _b64url(hmac.digest(published, signed, "sha256"))
    elif kind == 2:  # noqa: PLR2004 - one of five
        signature = b"AA"
    made = signed + b"." + signature
    return made + b"." + signature if kind == 3 else made  # noqa: PLR2004


def renumbered(dice: Random, value: bytes) -> bytes:
    """One of its numbers exchanged for one at an edge, or one more or less."""
    found = list(_NUMBER.finditer(value))
    if not found:
        return value + NUMBERS[int(dice.random() * len(NUMBERS))]
    one = found[int(dice.random() * len(found))]
    number = NUMBERS[int(dice.random() * len(NUMBERS))]
    if dice.random() < HALF:
        number = b"%d" % (int(one[0]) + (301, -301, 1, -1)[int(dice.random() * 4)])
    return value[: one.start()] + number + value[one.end() :]


def rewritten(dice: Random, value: bytes) -> bytes:
    """A signature that stands for the same bytes to whoever is not strict."""
    found = list(_PIECE.finditer(value))
    way = WAYS[int(dice.random() * len(WAYS))]
    if not found:
        return way(value)
    one = found[int(dice.random() * len(found))]
    return value[: one.start()] + way(one[0]) + value[one.end() :]


def _other_bits(text: bytes) -> bytes:
    """Its last character of base64 exchanged for the next, whose last bit may stand for nothing."""
    bare = text.rstrip(b"=")
    place = ALPHABET.find(bare[-1:]) if bare else -1
    if place < 0:
        return text
    return bare[:-1] + ALPHABET[place ^ 1 : (place ^ 1) + 1] + text[len(bare) :]


WAYS: tuple[Callable[[bytes], bytes], ...] = (
    bytes.upper,
    bytes.lower,
    bytes.swapcase,
    _other_bits,
    lambda text: text + b"=",
    lambda text: text.rstrip(b"="),
    lambda text: text.translate(_URLSAFE),
    lambda text: text + b"\n",
    lambda text: b" " + text,
    lambda text: text + b"\x00",
    lambda text: text[:8] + b"\r\n" + text[8:],
    lambda text: b'"' + text + b'"',
    lambda text: text + b"," + text,
    lambda text: text + b" " + text,
    lambda text: b"0x" + text,
    base64.b64encode,
    lambda text: text.hex().encode(),
    lambda text: b"%%%02x" % text[0] + text[1:] if text else b"%",
    lambda text: "".join(chr(0xFF00 + byte - 0x20) for byte in text if byte > 0x20).encode(),  # noqa: PLR2004
    lambda text: text.decode("latin-1").encode("utf-16"),
)


def _with(part: bytes, changes: dict[str, Any]) -> bytes:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except ValueError:
        found = {}
    made = found | changes if isinstance(found, dict) else changes
    return _b64url(json.dumps(made).encode())


def _b64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
