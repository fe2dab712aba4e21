"""Square."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("square"),)

VECTORS = (
    vector(
        "square",
        "accepted by squareup 46.0.0, webhooks_helper.verify_signature",
        ("made-up-client-secret-0123456789",),
        ((b"x-square-hmacsha256-signature", b"BN581tKX0B6GB3jNswXsU/73G8IWLLWnf02fB17x1y4="),),
        (
            b'{"merchant_id": "M1", "type": "payment.updated", "event_id": "6a8f5f28-54a1-4eb0'
            b'-a98a-3111513fd4fc", "created_at": "2027-01-15T08:00:00.5Z"}'
        ),
        NOW,
        url="https://hooks.example.com/webhooks/square",
    ),
)
