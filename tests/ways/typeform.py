"""Typeform."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("typeform"),)

VECTORS = (
    vector(
        "typeform",
        "openssl dgst -sha256 -hmac, OpenSSL 3.0.19, by Typeform's page of securing webhooks",
        ("made-up-client-secret-0123456789",),
        ((b"Typeform-Signature", b"sha256=ceDhucw4IGXP12xscY2Wch/wHQZvr1TkYLbkS4L6npE="),),
        (
            b'{"event_id": "01DTXE27VQSA3JP8ZMP0GF9HCP", "event_ty'
            b'pe": "form_response", "form_response": {"submitted_at": "2027-01-15T08:00:00Z"}}'
        ),
        NOW,
    ),
)
