"""The family `t=…,v1=…`: one field that holds a time and signatures over `time.body` (Stripe, Paddle,
Calendly, WorkOS)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import Coverage, Reason, Rejected, Verified
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.signing import freshness
from bridgewright.core.signing.digest import MacKey, match
from bridgewright.core.signing.field import MAX_CANDIDATES, sole
from bridgewright.core.signing.recipe import TIMES, Clock, instant, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.signing.keyring import Keyring

COVERAGE = Coverage.BODY | Coverage.TIME

_SHA256_HEX = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a provider of this family writes its field.

    `header` is the field's name in lower case, `time` and `signature` are the names before each
    `=`. Parts with other names (older schemes, newer ones) are left alone. `between` divides the
    parts; `joined` stands between time and body in what is signed; `clock` says how the time is
    written.
    """

    header: bytes
    time: bytes = b"t"
    signature: bytes = b"v1"
    between: bytes = b","
    joined: bytes = b"."
    clock: Clock = Clock.SECONDS


@dataclass(frozen=True, slots=True)
class TimestampedScheme:
    """Verifies one layout of this family with a keyring."""

    layout: Layout
    keyring: Keyring[MacKey]
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with body and time covered, or why not. Never raises, whatever bytes come."""
        value = sole(delivery.headers, self.layout.header)
        if isinstance(value, Rejected):
            return value
        parsed = _parse(self.layout, value)
        if isinstance(parsed, Rejected):
            return parsed
        signed = parsed.time + self.layout.joined
        expected = [_hex(key.digest(signed, delivery.body)) for key in self.keyring]
        key = match(expected, parsed.signatures)
        if key is None:
            return Rejected(Reason.MISMATCH, "no signature is of this body under one of our keys")
        # Only now: to say "stale" of a forgery would be to believe its timestamp.
        age_s = seconds_between(parsed.at, now)
        return freshness.judge(age_s, self.tolerance_s) or Verified(key, COVERAGE, age_s)


@dataclass(frozen=True, slots=True)
class _Parsed:
    time: bytes
    at: Moment
    signatures: list[bytes]


def _parse(layout: Layout, value: bytes) -> _Parsed | Rejected:
    parts = [part.partition(b"=") for part in value.split(layout.between)]
    times = [text for name, _, text in parts if name == layout.time]
    at = instant(times[0], layout.clock) if len(times) == 1 else None
    if at is None:
        return _malformed(
            layout, f"does not have one {layout.time.decode()}= of {TIMES[layout.clock]}"
        )
    given = [text for name, _, text in parts if name == layout.signature]
    if not given:
        others = len(parts) > len(times)
        reason = Reason.UNKNOWN_ALGORITHM if others else Reason.MALFORMED
        return Rejected(reason, f"no {layout.signature.decode()}= signature")
    if len(given) > MAX_CANDIDATES:
        return _malformed(layout, f"holds more than {MAX_CANDIDATES} signatures")
    signatures = [text for text in given if _SHA256_HEX.fullmatch(text)]
    if not signatures:
        return _malformed(layout, "holds no signature of 64 lower-case hex digits")
    return _Parsed(times[0], at, signatures)


def _malformed(layout: Layout, what: str) -> Rejected:
    return Rejected(Reason.MALFORMED, f"{layout.header.decode()} {what}")


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


def sign_timestamped(
    layout: Layout, keys: Sequence[MacKey], body: bytes, at: Moment
) -> tuple[tuple[bytes, bytes], ...]:
    """The field under which a provider of this family sends `body`: one signature for each key."""
    time = written(at, layout.clock)
    parts = [layout.time + b"=" + time]
    signed = time + layout.joined
    parts += [layout.signature + b"=" + _hex(key.digest(signed, body)) for key in keys]
    return ((layout.header, layout.between.join(parts)),)
