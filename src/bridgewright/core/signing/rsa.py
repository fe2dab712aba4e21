"""RSA signatures (RFC 8017, PKCS #1 v1.5), by the `cryptography` package, imported when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.signing.keyring import UnfitKeyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

LEAST_BITS = 2_048
"""What NIST SP 800-131A asks of a key that is still to be believed."""

HASHES = ("sha1", "sha256")
"""SHA-1 only because SNS signs with it unless a topic is told otherwise."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RsaKey:
    """Says whether a signature is of a message; parsed once."""

    key: RSAPublicKey
    invalid: type[Exception]

    @classmethod
    def of(cls, key: object) -> RsaKey:
        """A public key of `cryptography`. `UnfitKeyError` when it is no RSA key, or a short one."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - large, rarely needed
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415

        if not isinstance(key, RSAPublicKey):
            msg = "is no RSA key"
            raise UnfitKeyError(msg)
        if key.key_size < LEAST_BITS:
            msg = f"has fewer than {LEAST_BITS} bits"
            raise UnfitKeyError(msg)
        return cls(key, InvalidSignature)

    def verifies(self, signature: bytes, message: bytes, algorithm: str = "sha256") -> bool:
        """Whether the holder of the private key signed `message`, hashed by one of `HASHES`."""
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415 - see `of`

        try:
            self.key.verify(signature, message, padding.PKCS1v15(), _hash(algorithm))
        except self.invalid:
            return False
        return True

    def __repr__(self) -> str:
        return "RsaKey(public)"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RsaSigner:
    """Signs; parsed once."""

    key: RSAPrivateKey

    @classmethod
    def from_pem(cls, text: str) -> RsaSigner:
        """A private key from PEM without a password. `UnfitKeyError` for anything else."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415

        key = private_key(text)
        if not isinstance(key, RSAPrivateKey):
            msg = "holds no RSA private key"
            raise UnfitKeyError(msg)
        return cls(key)

    def sign(self, message: bytes, algorithm: str = "sha256") -> bytes:
        """The bytes that prove who sent `message`."""
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415 - see RsaKey.of

        return self.key.sign(message, padding.PKCS1v15(), _hash(algorithm))

    def __repr__(self) -> str:
        return "RsaSigner(****)"


def private_key(text: str) -> RSAPrivateKey | EllipticCurvePrivateKey:
    """A private key of RSA or on a curve, from PEM without a password. `UnfitKeyError` for anything
    else."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see RsaKey.of
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

    msg = "holds no private key in PEM"
    try:
        # Whether its numbers fit together takes 50 ms to check; whoever signs made the key.
        key = serialization.load_pem_private_key(
            text.encode(), None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError):  # no PEM, or one with a password
        raise UnfitKeyError(msg) from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise UnfitKeyError(msg)
    return key


def _hash(algorithm: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - see RsaKey.of

    made: HashAlgorithm = hashes.SHA1() if algorithm == "sha1" else hashes.SHA256()  # noqa: S303
    return made
