"""URLs without their secrets, and still URLs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_plus

from bridgewright.core.redact.fields import is_secret
from bridgewright.core.redact.printable import printable
from bridgewright.core.redact.redaction import spelt_alike
from bridgewright.core.redact.values import redacted, unsuspicious

if TYPE_CHECKING:
    from bridgewright.core.redact.redaction import Redaction

REDACTED = "REDACTED"
"""What OpenTelemetry writes in the place of a part of a URL that is withheld."""

PARAMETERS = frozenset(
    "key code state xamzsignature xamzcredential xamzsecuritytoken awsaccesskeyid signature sig"
    " xgoogsignature xgoogcredential".split()
)
"""Query parameters that are withheld beside the fields that are secret everywhere. The list of
OpenTelemetry's semantic conventions (`url.full`, version 1.44, read 2026-07), and what OAuth sends."""

MAX_URL_CHARS = 2_048
_SAFE = "*:@!$',()-._~"
_HOOK = re.compile(r"(//hooks\.slack\.com/(?:services|workflows|triggers)/)[^?#]*+", re.IGNORECASE)


def shown_url(url: str, redaction: Redaction) -> str:
    """The URL as it may be told: without user and password, secret parameters, secrets in its path,
    and its fragment. Anything that is too long, or no URL at all, comes out as text, redacted."""
    if (
        "?" not in url
        and "#" not in url
        and len(url) <= MAX_URL_CHARS
        and "//hooks." not in url
        and url.isascii()
        and url.isprintable()
        and unsuspicious(url, redaction)
    ):
        return url
    shown = printable(_without_secrets(url, redaction))
    return shown if len(shown) <= MAX_URL_CHARS else f"{shown[:MAX_URL_CHARS]}…"


def _without_secrets(url: str, redaction: Redaction) -> str:
    url, hash_mark, fragment = url.partition("#")
    before, question, query = url.partition("?")
    scheme, slashes, rest = before.partition("://")
    if not slashes:
        scheme, rest = "", before
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    shown_path = "/".join(_part(segment, redaction) for segment in path.split("/"))
    parts = (
        redacted(scheme, redaction) + slashes,
        REDACTED * bool(user) + at,
        redacted(host, redaction),
        slash + shown_path,
        question + "&".join(_parameter(pair, redaction) for pair in query.split("&")),
        hash_mark + REDACTED * bool(fragment),
    )
    return _HOOK.sub(rf"\g<1>{REDACTED}", "".join(parts))


def _parameter(pair: str, redaction: Redaction) -> str:
    name, equals, value = pair.partition("=")
    plain = unquote_plus(name)
    if value and (spelt_alike(plain) in PARAMETERS or is_secret(plain, redaction)):
        return f"{_part(name, redaction)}{equals}{REDACTED}"
    return f"{_part(name, redaction)}{equals}{_part(value, redaction, plus=True)}"


def _part(raw: str, redaction: Redaction, *, plus: bool = False) -> str:
    """One segment, name or value: as it was, unless its meaning holds what must not be told."""
    plain = unquote_plus(raw) if plus else unquote(raw)
    shown = redacted(plain, redaction, named=True)
    return raw if shown == plain else quote(shown, safe=_SAFE, errors="replace")
