"""Ed25519 keys (RFC 8032), by the `cryptography` package, which is imported when one is bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.signing.keyring import UnfitKeyError

if TYPE_CHECKING:
    from types import ModuleType

    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

KEY_BYTES = 32
PAIR_BYTES = 64
"""A private key followed by its public key, as libsodium and Svix keep them."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PublicKey:
    """Says whether a signature is of a message; parsed once."""

    key: Ed25519PublicKey
    invalid: type[Exception]

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the holder of the private key signed `message`."""
        try:
            self.key.verify(signature, message)
        except self.invalid:
            return False
        return True

    def __repr__(self) -> str:
        return "PublicKey(ed25519)"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PrivateKey:
    """Signs; parsed once."""

    key: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes that prove who sent `message`."""
        return self.key.sign(message)

    def __repr__(self) -> str:
        return "PrivateKey(****)"


def public_key(raw: bytes) -> PublicKey:
    """A public key from its 32 bytes. `UnfitKeyError` when there are more or fewer."""
    if len(raw) != KEY_BYTES:
        msg = f"holds {len(raw)} bytes; an ed25519 public key has {KEY_BYTES}"
        raise UnfitKeyError(msg)
    key = _library().Ed25519PublicKey.from_public_bytes(raw)
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as in _library

    return PublicKey(key, InvalidSignature)


def private_key(raw: bytes) -> PrivateKey:
    """A private key from its 32 bytes, or from 64 with its public key after it."""
    if len(raw) not in {KEY_BYTES, PAIR_BYTES}:
        msg = f"holds {len(raw)} bytes; an ed25519 private key has {KEY_BYTES} or {PAIR_BYTES}"
        raise UnfitKeyError(msg)
    key: Ed25519PrivateKey = _library().Ed25519PrivateKey.from_private_bytes(raw[:KEY_BYTES])
    if raw[KEY_BYTES:] not in {b"", key.public_key().public_bytes_raw()}:
        msg = "holds a private key and the public key of another"
        raise UnfitKeyError(msg)
    return PrivateKey(key)


def _library() -> ModuleType:
    try:  # imported here, not above: it is large, and most sources never need it
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415
    except ImportError as error:
        problem = "an ed25519 key needs the package cryptography, which is not installed"
        raise ConfigurationError(problem, remedy="install cryptography") from error
    return ed25519
