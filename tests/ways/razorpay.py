"""Razorpay."""

from __future__ import annotations

from tests.made import NOW
from tests.signed import Vector, Way

WAYS = (Way("razorpay"),)

VECTORS = (
    Vector(
        "razorpay",
        "accepted by razorpay 2.0.1, Utility.verify_webhook_signature",
        ("made-up-client-secret-0123456789",),
        (
            (b"X-Razorpay-Event-Id", b"NqTzZ7rWb1xk2Y"),
            (
                b"X-Razorpay-Signature",
                b"94ff0d4cf8e751551e923d82c4a0461f92f3c582c809c6b0db9940f5a0b19edc",
            ),
        ),
        b'{"entity": "event", "event": "payment.captured", "created_at": 1800000000}',
        NOW,
    ),
)
