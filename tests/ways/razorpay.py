"""Razorpay."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("razorpay"),)

VECTORS = (
    vector(
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
    vector(
        "razorpay",
        "accepted by razorpay 2.0.1, Utility.verify_webhook_signature: a body that is not ASCII",
        ("made-up-razorpay-secret",),
        (
            (
                b"X-Razorpay-Signature",
                b"3de5b69798ebbd858298f35804aff9693ce022fa535f5b4e4ac66773ada2d7d8",
            ),
        ),
        (
            b'{"entity":"event","account_id":"acc_BFQ7uQEaa7j2z7","event":"payment.captured",'
            b'"contains":["payment"],"payload":{"payment":{"entity":{"id":"pay_DESlfW9H8K9uqM",'
            b'"amount":100,"currency":"INR","status":"captured","notes":{"name":"Zo\xc3\xab"}}}},'
            b'"created_at":1800000000}'
        ),
        NOW,
    ),
)
