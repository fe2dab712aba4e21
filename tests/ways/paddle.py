"""Paddle."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("paddle"),)

VECTORS = (
    vector(
        "paddle",
        "paddle-python-sdk 1.16.1, PaddleSignature.calculate_hmac",
        ("made-up-client-secret-0123456789",),
        (
            (
                b"Paddle-Signature",
                b"ts=1800000000;h1=d0d92bee9baf64030024c43f209258e9d4ad8e494d67eb81f9239e567d539364",
            ),
        ),
        (
            b'{"event_id": "evt_01h", "event_type": "transaction.completed", '
            b'"occurred_at": "2027-01-15T08:00:00.000000Z", "notification_id": "ntf_01h"}'
        ),
        NOW,
    ),
    vector(
        "paddle",
        "accepted by paddle-python-sdk 1.16.1, PaddleSignature.verify, under either key of a rotation",
        ("pdl_ntfset_made_up_new",),
        (
            (
                b"Paddle-Signature",
                (
                    b"ts=1800000000;h1=849ec4ca380092119e49a8e389da414f188ab9411a687a88b539a45aa82f054b"
                    b";h1=09c400a279c4dd8da2eaeaa5b300d9c465a0b973476258457a77908bc62d2b99"
                ),
            ),
        ),
        (
            b'{"event_id":"evt_01hv8x29kz0t586xy6zn1a62ny","event_type":"subscription.updated",'
            b'"occurred_at":"2027-01-15T08:00:00.123456Z",'
            b'"notification_id":"ntf_01hv8x2a0sv5b5cxz0qsfh2x1e",'
            b'"data":{"id":"sub_01hv8x29kz0t586xy6zn1a62ny","status":"active"}}'
        ),
        NOW,
    ),
)
