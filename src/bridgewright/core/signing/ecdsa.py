"""ECDSA over P-256 and SHA-256 (FIPS 186-5), by the `cryptography` package, which is imported when a
key is bound; and the family that signs a time and the body with it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage, Reason, Rejected, Verified
from bridgewright.core.model.moment import seconds_between
from bridgewright.core.signing import freshness
from bridgewright.core.signing.field import sole
from bridgewright.core.signing.keyring import UnfitKeyError, from_base64

if TYPE_CHECKING:
    from types import ModuleType

    from cryptography.hazmat.primitives.asymmetric.ec import (
        ECDSA,
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.signing.keyring import Keyring

CURVE = "secp256r1"
MAX_SIGNATURE_BYTES = 72
"""The longest DER encoding of two numbers of 256 bits."""

_FORM = re.compile(rb"[A-Za-z0-9+/]{8,96}={0,2}")
_PEM = "-----BEGIN "


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PublicKey:
    """Says whether a signature is of a digest; parsed once."""

    key: EllipticCurvePublicKey
    algorithm: ECDSA
    invalid: type[Exception]

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Whether the holder of the private key signed what has this SHA-256 digest."""
        try:
            self.key.verify(signature, digest, self.algorithm)
        except self.invalid:
            return False
        return True

    def __repr__(self) -> str:
        return "PublicKey(ecdsa)"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PrivateKey:
    """Signs; parsed once."""

    key: EllipticCurvePrivateKey
    algorithm: ECDSA

    def sign(self, digest: bytes) -> bytes:
        """A signature in DER of what has this SHA-256 digest."""
        return self.key.sign(digest, self.algorithm)

    def __repr__(self) -> str:
        return "PrivateKey(****)"


def public_key(text: str) -> PublicKey:
    """A public key from PEM, or from the base64 that stands between the lines of one (SPKI)."""
    der = _der(text)
    ec, serialization, digested, refused = _library()
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as in _library

    try:
        key = serialization.load_der_public_key(der)
    except refused:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != CURVE:
        msg = "is no public key of ECDSA over P-256, neither PEM nor base64 of its DER"
        raise UnfitKeyError(msg)
    return PublicKey(key, digested, InvalidSignature)


def private_key(text: str) -> PrivateKey:
    """A private key without password, from PEM or from base64 of its DER (PKCS #8)."""
    der = _der(text)
    ec, serialization, digested, refused = _library()
    try:
        key = serialization.load_der_private_key(der, None)
    except refused:
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != CURVE:
        msg = "is no private key of ECDSA over P-256, neither PEM nor base64 of its DER"
        raise UnfitKeyError(msg)
    return PrivateKey(key, digested)


def _der(text: str) -> bytes:
    """The bytes of PEM or of base64 alone."""
    whole = text.strip()
    if not whole:
        msg = "is empty"
        raise UnfitKeyError(msg)
    if whole.startswith(_PEM):
        lines = whole.splitlines()
        whole = "".join(line.strip() for line in lines[1:-1])
    return from_base64(whole)


def _library() -> tuple[ModuleType, ModuleType, ECDSA, tuple[type[Exception], ...]]:
    try:  # imported here, not above: it is large, and most sources never need it
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415
    except ImportError as error:
        problem = "an ECDSA key needs the package cryptography, which is not installed"
        raise ConfigurationError(problem, remedy="install cryptography") from error
    digested = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
    return ec, serialization, digested, (ValueError, TypeError, UnsupportedAlgorithm)


@dataclass(frozen=True, slots=True)
class Fields:
    """The header fields of a provider of this family: signature in base64, time in seconds."""

    signature: bytes
    time: bytes


@dataclass(frozen=True, slots=True)
class EcdsaScheme:
    """Verifies a signature of the time, as it is written, and the body after it."""

    fields: Fields
    keyring: Keyring[PublicKey]
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with body and time covered, or why not. Never raises, whatever bytes come."""
        signature = self._signature(delivery)
        if isinstance(signature, Rejected):
            return signature
        time = sole(delivery.headers, self.fields.time)
        if isinstance(time, Rejected):
            return time
        at = freshness.signed_at(time)
        if at is None:
            detail = f"{self.fields.time.decode()} is not whole seconds"
            return Rejected(Reason.MALFORMED, detail)
        digest = _digest(time, delivery.body)
        found = (i for i, key in enumerate(self.keyring) if key.verifies(signature, digest))
        position = next(found, None)
        if position is None:
            return Rejected(Reason.MISMATCH, "the signature is not of this delivery by our keys")
        # Only now: to say "stale" of a forgery would be to believe its timestamp.
        age_s = seconds_between(at, now)
        covered = Coverage.BODY | Coverage.TIME
        judged = freshness.judge(age_s, self.tolerance_s)
        return judged or Verified(position, covered, age_s)

    def _signature(self, delivery: Delivery) -> bytes | Rejected:
        name = self.fields.signature
        value = sole(delivery.headers, name)
        if isinstance(value, Rejected):
            return value
        if _FORM.fullmatch(value) and len(value) % 4 == 0:
            raw = base64.b64decode(value)
            # One spelling only: base64 with other unused bits would be a second one.
            if len(raw) <= MAX_SIGNATURE_BYTES and base64.b64encode(raw) == value:
                return raw
        return Rejected(Reason.MALFORMED, f"{name.decode()} is no signature in base64")


def sign_ecdsa(
    fields: Fields, key: PrivateKey, body: bytes, at: Moment
) -> tuple[tuple[bytes, bytes], ...]:
    """The fields under which a provider of this family sends `body`."""
    time = b"%d" % (at // 1_000_000)
    signature = base64.b64encode(key.sign(_digest(time, body)))
    return (fields.signature, signature), (fields.time, time)


def _digest(time: bytes, body: bytes) -> bytes:
    running = hashlib.sha256(time)
    running.update(body)
    return running.digest()
