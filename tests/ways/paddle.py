"""Paddle."""

from __future__ import annotations

from tests.made import NOW
from tests.signed import Vector, Way

WAYS = (Way("paddle"),)

VECTORS = (
    Vector(
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
)
