"""The family of Standard Webhooks: `id.time.body`, signed by HMAC-SHA256 (`v1`) or ed25519 (`v1a`).

Source: specification of Standard Webhooks, version 1, as published 2026-08-17; the `svix-` names
are those under which its first author sends the same fields.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from bridgewright.core.model.inbound import Coverage, Reason, Rejected, Verified
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.signing import ed25519, freshness, keyring
from bridgewright.core.signing.digest import MacKey, match
from bridgewright.core.signing.field import MAX_CANDIDATES, sole
from bridgewright.core.signing.keyring import UnfitKeyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.core.model.inbound import Delivery, Headers, Verification
    from bridgewright.core.signing.keyring import Keyring

COVERAGE = Coverage.BODY | Coverage.TIME | Coverage.ID

MIN_SECRET_BYTES = 24
MAX_SECRET_BYTES = 64
"""What the specification allows a `whsec_` secret to hold."""

MAX_ASYMMETRIC = 8
"""The most `v1a` signatures in one field: each costs some fifty times an HMAC to check, for every
key, and a stranger can send as many as we are willing to look at."""

_FORMS = {
    b"v1": re.compile(rb"[A-Za-z0-9+/]{43}="),
    # The last digit carries four unused bits: only the form with zeros there is one that is sent.
    b"v1a": re.compile(rb"[A-Za-z0-9+/]{85}[AQgw]=="),
}
_MESSAGE_ID = re.compile(rb"[!-\-/-~]+")
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Names:
    """The names, in lower case, of the three fields of this family."""

    id: bytes
    time: bytes
    signature: bytes


STANDARD_NAMES = Names(b"webhook-id", b"webhook-timestamp", b"webhook-signature")
SVIX_NAMES = Names(b"svix-id", b"svix-timestamp", b"svix-signature")


def names(headers: Headers) -> Names:
    """Which set of names this delivery is signed under: `webhook-`, unless only `svix-` is there.

    Verifier and reader both ask here. If they could choose differently, a stranger could add
    `webhook-id` to a captured `svix-` delivery, and it would be stored again as a new event.
    """
    if headers.first(STANDARD_NAMES.signature) is None and headers.first(SVIX_NAMES.signature):
        return SVIX_NAMES
    return STANDARD_NAMES


class VerifyingKey(Protocol):
    """One key that signatures are checked with; `version` is the mark of those it can check."""

    version: ClassVar[bytes]

    def verifies(self, signed: bytes, body: bytes, given: Sequence[bytes]) -> bool:
        """Whether one of the signatures `given` (base64) is of `signed` followed by `body`."""


class SigningKey(Protocol):
    """One key to sign with."""

    def sign(self, signed: bytes, body: bytes) -> bytes:
        """The signature of `signed` followed by `body`, with its version, as the field holds it."""


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A `whsec_` secret: both sides hold it, and it signs as `v1`."""

    mac: MacKey
    version: ClassVar[bytes] = b"v1"

    def verifies(self, signed: bytes, body: bytes, given: Sequence[bytes]) -> bool:
        """Compares text with text: the same digest has one canonical base64 form."""
        expected = base64.b64encode(self.mac.digest(signed, body))
        return match((expected,), given) is not None

    def sign(self, signed: bytes, body: bytes) -> bytes:
        """One `v1` signature."""
        return self.version + b"," + base64.b64encode(self.mac.digest(signed, body))


@dataclass(frozen=True, slots=True)
class SenderKey:
    """A `whpk_` key: what the holder of its private half signs as `v1a`."""

    public: ed25519.PublicKey
    version: ClassVar[bytes] = b"v1a"

    def verifies(self, signed: bytes, body: bytes, given: Sequence[bytes]) -> bool:
        """Stops at the first that verifies: a public key has nothing that timing could tell."""
        message = signed + body
        return any(self.public.verifies(base64.b64decode(text), message) for text in given)


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A `whsk_` key: ours alone, signs as `v1a`."""

    private: ed25519.PrivateKey

    def sign(self, signed: bytes, body: bytes) -> bytes:
        """One `v1a` signature."""
        return b"v1a," + base64.b64encode(self.private.sign(signed + body))


def verifying_key(text: str) -> VerifyingKey:
    """A key to verify with: `whsec_` or `whpk_`. `UnfitKeyError` says what is wrong with any other."""
    if text.startswith("whsk_"):
        msg = "is a private key (whsk_), which belongs to the sender alone; use its whpk_ half"
        raise UnfitKeyError(msg)
    if text.startswith("whpk_"):
        return SenderKey(ed25519.public_key(_raw(text, "whpk_")))
    return _shared_key(text)


def signing_key(text: str) -> SigningKey:
    """A key to sign with: `whsec_` or `whsk_`. `UnfitKeyError` says what is wrong with any other."""
    if text.startswith("whsk_"):
        return OwnKey(ed25519.private_key(_raw(text, "whsk_")))
    return _shared_key(text)


def _shared_key(text: str) -> SharedKey:
    raw = _raw(text, "whsec_")
    if not MIN_SECRET_BYTES <= len(raw) <= MAX_SECRET_BYTES:
        bounds = f"{MIN_SECRET_BYTES} to {MAX_SECRET_BYTES}"
        msg = f"holds {len(raw)} bytes; a whsec_ secret has {bounds}"
        raise UnfitKeyError(msg)
    return SharedKey(MacKey.of(raw))


def _raw(text: str, prefix: str) -> bytes:
    return keyring.from_base64(keyring.after_prefix(text, prefix))


@dataclass(frozen=True, slots=True)
class StandardScheme:
    """Verifies Standard Webhooks with a keyring that may hold both kinds of keys."""

    keyring: Keyring[VerifyingKey]
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with body, time, id covered, or why not. Never raises, whatever bytes come."""
        metadata = _metadata(delivery.headers)
        if isinstance(metadata, Rejected):
            return metadata
        keys = self.keyring.keys
        candidates = _candidates(metadata, {key.version for key in keys})
        if isinstance(candidates, Rejected):
            return candidates
        found: int | None = None
        for position, key in enumerate(keys):
            given = candidates.get(key.version, ())
            if key.verifies(metadata.signed, delivery.body, given) and found is None:
                found = position
        if found is None:
            detail = "no signature is of this id, time and body under one of our keys"
            return Rejected(Reason.MISMATCH, detail)
        # Only now: to say "stale" of a forgery would be to believe its timestamp.
        age_s = seconds_between(metadata.at, now)
        return freshness.judge(age_s, self.tolerance_s) or Verified(found, COVERAGE, age_s)


@dataclass(frozen=True, slots=True)
class _Metadata:
    names: Names
    at: Moment
    signed: bytes
    signatures: bytes


def _metadata(headers: Headers) -> _Metadata | Rejected:
    ours = names(headers)
    signatures = sole(headers, ours.signature)
    if isinstance(signatures, Rejected):
        return signatures
    message_id = sole(headers, ours.id)
    if isinstance(message_id, Rejected):
        return message_id
    seconds = sole(headers, ours.time)
    if isinstance(seconds, Rejected):
        return seconds
    # An id with a dot could lend its tail to the time, or the time its tail to the body.
    if not _MESSAGE_ID.fullmatch(message_id):
        return _malformed(ours.id, "holds a dot, a space or a byte that is not printable ASCII")
    at = freshness.signed_at(seconds)
    if at is None:
        return _malformed(ours.time, "is not whole seconds")
    return _Metadata(ours, at, b"%b.%b." % (message_id, seconds), signatures)


def _candidates(
    metadata: _Metadata, versions: set[bytes]
) -> Mapping[bytes, Sequence[bytes]] | Rejected:
    """The well-formed signatures by version, of the versions that we have keys for."""
    label = metadata.names.signature
    parts = [part.partition(b",") for part in metadata.signatures.split(b" ")]
    if len(parts) > MAX_CANDIDATES:
        return _malformed(label, f"holds more than {MAX_CANDIDATES} signatures")
    given = [(version, text) for version, mark, text in parts if mark]
    if not given:
        return _malformed(label, "holds no signature of the form version,base64")
    ours = [(version, text) for version, text in given if version in versions]
    if not ours:
        known = " or ".join(sorted(version.decode() for version in versions))
        return Rejected(Reason.UNKNOWN_ALGORITHM, f"no signature is {known}, as our keys are")
    found: dict[bytes, list[bytes]] = {}
    for version, text in ours:
        if _FORMS[version].fullmatch(text):
            found.setdefault(version, []).append(text)
    if not found:
        return _malformed(label, "holds no signature of the right length in base64")
    if len(found.get(b"v1a", ())) > MAX_ASYMMETRIC:
        return _malformed(label, f"holds more than {MAX_ASYMMETRIC} v1a signatures")
    return found


def _malformed(name: bytes, what: str) -> Rejected:
    return Rejected(Reason.MALFORMED, f"{name.decode()} {what}")


def sign_standard(
    keys: Sequence[SigningKey],
    message_id: str,
    body: bytes,
    at: Moment,
    *,
    under: Names = STANDARD_NAMES,
) -> tuple[tuple[bytes, bytes], ...]:
    """The three fields that sign `body`, with one signature for each key.

    `message_id` is printable ASCII without spaces and dots; another one is a `ValueError`, for no
    receiver could verify it.
    """
    encoded = message_id.encode("ascii", "replace") if message_id.isascii() else b""
    if not _MESSAGE_ID.fullmatch(encoded):
        msg = "message_id must be printable ASCII without spaces and dots"
        raise ValueError(msg)
    seconds = b"%d" % (at // _SECOND)
    signed = b"%b.%b." % (encoded, seconds)
    signatures = b" ".join(key.sign(signed, body) for key in keys)
    return ((under.id, encoded), (under.time, seconds), (under.signature, signatures))
