"""Keys of ECDSA over P-256, as SendGrid writes them."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bridgewright.core.model.secret import Secret


def pair(number: int) -> tuple[Secret, Secret]:
    """A private and a public key, in base64 of their DER."""
    private = ec.derive_private_key(number + 1, ec.SECP256R1())
    inside = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key()
    outside = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Secret(base64.b64encode(inside).decode()), Secret(base64.b64encode(outside).decode())
