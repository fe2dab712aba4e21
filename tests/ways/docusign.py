"""DocuSign."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("docusign"),)

VECTORS = (
    vector(
        "docusign",
        "openssl dgst -sha256 -hmac, OpenSSL 3.0.19, by DocuSign's page of HMAC signatures",
        ("made-up-client-secret-0123456789",),
        (
            (b"X-Authorization-Digest", b"HMACSHA256"),
            (b"X-DocuSign-Signature-1", b"5fPI+6eyqHVd1mPJOSBIAmSqocV7XvKjtMAJxTqx5Zk="),
            (b"X-DocuSign-Signature-2", b"1rtvXmH1HIjaq2QwxucTmzJTV4uRcCVToulbeIxagEY="),
        ),
        (
            b'{"event": "envelope-completed", "generatedDateTime": "2027-01-15T08:00:00.0000000Z", '
            b'"data": {"envelopeId": "e-1"}}'
        ),
        NOW,
    ),
)
