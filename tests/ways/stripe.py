"""Stripe."""

from __future__ import annotations

from bridgewright.core.model.moment import from_seconds
from tests.signed import vector, way

WAYS = (way("stripe"),)

VECTORS = (
    vector(
        "stripe",
        "stripe 16.1.0, WebhookSignature.generate_signature_header",
        ("whsec_test_secret",),
        (
            (
                b"Stripe-Signature",
                b"t=1800000000,v1=00febab4bc9194ab313a84739a59e8669e5e2ed1fac2ae4d98af0ea74fccbb31",
            ),
        ),
        b'{"id": "evt_1", "type": "invoice.paid"}',
        from_seconds(1_800_000_000),
    ),
)
