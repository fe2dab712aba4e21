"""GoCardless."""

from __future__ import annotations

from tests.made import NOW
from tests.signed import Vector, Way

WAYS = (Way("gocardless"),)

VECTORS = (
    Vector(
        "gocardless",
        "accepted by gocardless_pro 3.22.0, webhooks.parse",
        ("made-up-client-secret-0123456789",),
        (
            (
                b"Webhook-Signature",
                b"2739f654528d55f7da95e4e2a5f369e7db2bf8c86382bab363252ed755f64d45",
            ),
        ),
        (
            b'{"events": [{"id": "EV1", "created_at": "2027-01-15T08:'
            b'00:00Z", "resource_type": "payments", "action": "confirmed"}]}'
        ),
        NOW,
    ),
)
