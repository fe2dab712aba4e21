"""The family of MACs over a recipe: which field holds the signature, and of what it is one.

Most providers are one recipe: GitHub signs the body, Slack `v0:time:body`, Square its URL and the
body. What a recipe leaves out of the signed text nobody vouches for, and `Coverage` says so.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import Coverage, Reason, Rejected, Verified
from bridgewright.core.model.moment import (
    Moment,
    as_datetime,
    from_datetime,
    seconds_between,
)
from bridgewright.core.signing import freshness, keyring
from bridgewright.core.signing.digest import DIGEST_BYTES, MacKey, match
from bridgewright.core.signing.field import MAX_CANDIDATES, sole
from bridgewright.core.signing.urls import as_bytes
from bridgewright.core.signing.webhook import PLAIN, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bridgewright.core.model.inbound import Delivery, Headers, Verification
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.keyring import Keyring

_ID = re.compile(rb"[!-~]{1,255}")
_RFC3339 = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MILLISECOND = 1_000
_SECOND = 1_000_000


class Part(IntEnum):
    """What of a delivery a recipe can sign, besides texts that stand for themselves."""

    BODY = 0
    TIME = 1
    ID = 2
    URL = 3
    METHOD = 4


_COVERS = {
    Part.BODY: Coverage.BODY,
    Part.TIME: Coverage.TIME,
    Part.ID: Coverage.ID,
    Part.URL: Coverage.URL,
}


class Encoding(StrEnum):
    """How a signature is written: lower-case hex, or standard base64 with its padding."""

    HEX = "hex"
    BASE64 = "base64"


class Clock(StrEnum):
    """How a signed time is written."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    RFC3339 = "rfc3339"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a provider of this family signs.

    `header` holds the signature (names in lower case), after `prefix` (`sha256=`); `separator` says
    that it may hold several. `signed` is what is authenticated, in order. `time` and `id` are the
    fields that hold a signed time, written as `clock` says, and a signed id.
    """

    header: bytes
    signed: tuple[bytes | Part, ...] = (Part.BODY,)
    prefix: bytes = b""
    algorithm: str = "sha256"
    encoding: Encoding = Encoding.HEX
    time: bytes | None = None
    clock: Clock = Clock.SECONDS
    id: bytes | None = None
    separator: bytes = b""

    @property
    def coverage(self) -> Coverage:
        """What a signature by this recipe binds."""
        found = Coverage.NOTHING
        for part in self.signed:
            if isinstance(part, Part):
                found |= _COVERS.get(part, Coverage.NOTHING)
        return found


def seen_url(delivery: Delivery) -> tuple[bytes, ...]:
    """The URL as our face saw it: what is signed where nobody configured a public one."""
    return (as_bytes(delivery.url),) if delivery.url else ()


def no_url(delivery: Delivery) -> tuple[bytes, ...]:
    """One, of which nothing is signed: for recipes without a URL."""
    del delivery
    return (b"",)


@dataclass(frozen=True, slots=True)
class MacScheme:
    """Verifies one recipe with a keyring; `urls` gives the URLs that may have been signed."""

    recipe: Recipe
    keyring: Keyring[MacKey]
    tolerance_s: float | None
    coverage: Coverage
    form: re.Pattern[bytes]
    urls: Callable[[Delivery], Iterable[bytes]]

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with what the recipe covers, or why not. Never raises, whatever bytes come."""
        given = self._given(delivery.headers)
        if isinstance(given, Rejected):
            return given
        told = _told(self.recipe, delivery.headers)
        if isinstance(told, Rejected):
            return told
        position = self._matching(delivery, told, given)
        if position is None:
            return Rejected(Reason.MISMATCH, "no signature is of this delivery under our keys")
        if told.at is None or self.tolerance_s is None:
            return Verified(position, self.coverage)
        # Only now: to say "stale" of a forgery would be to believe its timestamp.
        age_s = seconds_between(told.at, now)
        return freshness.judge(age_s, self.tolerance_s) or Verified(position, self.coverage, age_s)

    def _given(self, headers: Headers) -> list[bytes] | Rejected:
        recipe, label = self.recipe, self.recipe.header.decode()
        value = sole(headers, recipe.header)
        if isinstance(value, Rejected):
            return value
        texts = value.split(recipe.separator) if recipe.separator else [value]
        if len(texts) > MAX_CANDIDATES:
            return Rejected(
                Reason.MALFORMED, f"{label} holds more than {MAX_CANDIDATES} signatures"
            )
        start = len(recipe.prefix)
        ours = [text[start:] for text in texts if text.startswith(recipe.prefix)]
        if not ours:
            other = b"=" in value.rstrip(b"=")
            reason = Reason.UNKNOWN_ALGORITHM if other else Reason.MALFORMED
            return Rejected(
                reason, f"{label} has no signature that begins {recipe.prefix.decode()}"
            )
        found = [text for text in ours if self.form.fullmatch(text)]
        if not found:
            length = DIGEST_BYTES[recipe.algorithm]
            detail = f"{label} holds no {length} bytes in {recipe.encoding}"
            return Rejected(Reason.MALFORMED, detail)
        return found

    def _matching(self, delivery: Delivery, told: _Told, given: Sequence[bytes]) -> int | None:
        """The key that signed, over the first URL for which one did. Which URL it was is no secret."""
        write = _WRITE[self.recipe.encoding]
        for url in self.urls(delivery):
            text = _signed(self.recipe, delivery.body, told, url, delivery.method)
            position = match([write(key.digest(*text)) for key in self.keyring.keys], given)
            if position is not None:
                return position
        return None


@dataclass(frozen=True, slots=True)
class _Told:
    """The signed time and id, as they stand in their fields."""

    time: bytes = b""
    at: Moment | None = None
    id: bytes = b""


_NOTHING_TOLD = _Told()


def _told(recipe: Recipe, headers: Headers) -> _Told | Rejected:
    if recipe.time is None and recipe.id is None:
        return _NOTHING_TOLD
    message_id, text, at = b"", b"", None
    if recipe.id is not None:
        found = sole(headers, recipe.id)
        if isinstance(found, Rejected):
            return found
        if not _ID.fullmatch(found):
            detail = f"{recipe.id.decode()} is not 1 to 255 printable ASCII characters"
            return Rejected(Reason.MALFORMED, detail)
        message_id = found
    if recipe.time is not None:
        found = sole(headers, recipe.time)
        if isinstance(found, Rejected):
            return found
        text, at = found, instant(found, recipe.clock)
        if at is None:
            return Rejected(
                Reason.MALFORMED, f"{recipe.time.decode()} is not {TIMES[recipe.clock]}"
            )
    return _Told(text, at, message_id)


TIMES = {
    Clock.SECONDS: "whole seconds",
    Clock.MILLISECONDS: "whole milliseconds",
    Clock.RFC3339: "a time of RFC 3339",
}


def instant(text: bytes, clock: Clock) -> Moment | None:
    """The instant that a field gives, or None: ASCII only, and one reading of each text."""
    if clock is Clock.SECONDS:
        return freshness.signed_at(text)
    if clock is Clock.MILLISECONDS:
        whole = freshness.signed_at(text)
        return None if whole is None else Moment(whole // _MILLISECOND)
    if len(text) > freshness.MAX_DATE_BYTES or not _RFC3339.fullmatch(text):
        return None
    try:
        return from_datetime(datetime.fromisoformat(text.decode()))
    except ValueError:  # the 31st of February
        return None


def written(at: Moment, clock: Clock) -> bytes:
    """An instant as a provider of this clock writes it."""
    if clock is Clock.SECONDS:
        return b"%d" % (at // _SECOND)
    if clock is Clock.MILLISECONDS:
        return b"%d" % (at // _MILLISECOND)
    return as_datetime(at).isoformat().replace("+00:00", "Z").encode()


def _signed(recipe: Recipe, body: bytes, told: _Told, url: bytes, method: str) -> list[bytes]:
    held = (body, told.time, told.id, url, method.encode("utf-8", "replace"))  # as `Part` counts
    return [part if isinstance(part, bytes) else held[part] for part in recipe.signed]


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


_WRITE: dict[Encoding, Callable[[bytes], bytes]] = {
    Encoding.HEX: _hex,
    Encoding.BASE64: base64.b64encode,
}


def form_of(recipe: Recipe) -> re.Pattern[bytes]:
    """How a signature of this recipe looks without its prefix."""
    length = DIGEST_BYTES[recipe.algorithm]
    if recipe.encoding is Encoding.HEX:
        return re.compile(rb"[0-9a-f]{%d}" % (2 * length))
    padding = -length % 3
    digits = (8 * length + 5) // 6
    return re.compile(rb"[A-Za-z0-9+/]{%d}={%d}" % (digits, padding))


def text_key(algorithm: str) -> Callable[[str], MacKey]:
    """Prepares keys that are their own text."""
    return lambda text: MacKey.of(keyring.verbatim(text), algorithm)


def mac_scheme(  # noqa: PLR0913 - what a recipe is bound to, each by name
    provider: str,
    recipe: Recipe,
    keys: Sequence[Secret],
    terms: Terms = PLAIN,
    *,
    prepare: Callable[[str], MacKey] | None = None,
    urls: Callable[[Delivery], Iterable[bytes]] = seen_url,
    tolerance_s: float | None = None,
) -> MacScheme:
    """Bind keys and terms to a recipe. `tolerance_s` is the provider's own default, 300 s for None;
    `prepare` makes a key of a secret's text, which is the key itself when left out."""
    within_s: float | None = None
    if recipe.time is None:
        freshness.no_tolerance(provider, terms.tolerance_s)
    else:
        asked = terms.tolerance_s if terms.tolerance_s is not None else tolerance_s
        within_s = freshness.tolerance(provider, asked)
    bound = keyring.bind(provider, keys, prepare or text_key(recipe.algorithm))
    rule = urls if Part.URL in recipe.signed else no_url
    return MacScheme(recipe, bound, within_s, recipe.coverage, form_of(recipe), rule)


def sign_mac(  # noqa: PLR0913 - what a delivery is signed with, each by name
    recipe: Recipe,
    key: MacKey,
    body: bytes,
    *,
    message_id: str = "",
    at: Moment = Moment(0),  # noqa: B008 - a number
    url: str = "",
    method: str = "POST",
) -> tuple[tuple[bytes, bytes], ...]:
    """The fields under which a provider of this family sends `body`."""
    time = written(at, recipe.clock) if recipe.time is not None else b""
    told = _Told(time, None, message_id.encode("ascii", "replace"))
    signed = _signed(recipe, body, told, url.encode(), method)
    text = recipe.prefix + _WRITE[recipe.encoding](key.digest(*signed))
    fields = [(recipe.header, text)]
    if recipe.time is not None:
        fields.append((recipe.time, time))
    if recipe.id is not None:
        fields.append((recipe.id, told.id))
    return tuple(fields)
