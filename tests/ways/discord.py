"""Discord: interactions and webhook events."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.secret import Secret
from tests.signed import vector, way


def _pair(number: int) -> tuple[Secret, Secret]:
    private = Ed25519PrivateKey.from_private_bytes((number + 1).to_bytes(32, "big"))
    public = private.public_key().public_bytes_raw()
    return Secret(private.private_bytes_raw().hex()), Secret(public.hex())


WAYS = (way("discord", _pair),)

VECTORS = (
    vector(
        "discord",
        "PyNaCl 1.6.2, SigningKey.sign, accepted by discord-interactions 4.4.0, verifyKey",
        ("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",),
        (
            (
                b"X-Signature-Ed25519",
                (
                    b"a005b4380d20ede21630be1a4cd550d49790aa483c0b47dedfbdb4ff801bd7232dea18ad5687e25413"
                    b"fb1a069398d37d451406269eba4983b6479af4ce40e30d"
                ),
            ),
            (b"X-Signature-Timestamp", b"1800000000"),
        ),
        (
            b'{"version":1,"application_id":"1234560123453231555","type":1,"event":{"type":'
            b'"APPLICATION_AUTHORIZED","timestamp":"2027-01-15T08:00:00.064834+00:00","data":{"'
            b'integration_type":1,"scopes":["applications.commands"],"user":{"id":'
            b'"80351110224678912"}}}}'
        ),
        NOW,
    ),
)
