"""Sentry."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("sentry"),)

VECTORS = (
    vector(
        "sentry",
        "openssl dgst -sha256 -hmac, OpenSSL 3.0.19, by Sentry's page of webhooks",
        ("made-up-client-secret-0123456789",),
        (
            (b"Request-ID", b"6c1b1d4a-8a2f-4c0a-9d2b-6a1f8c9f0e11"),
            (b"Sentry-Hook-Resource", b"issue"),
            (b"Sentry-Hook-Timestamp", b"1800000000"),
            (
                b"Sentry-Hook-Signature",
                b"c5e6486e141d4441b8ba084ee30892e6911ef913a26867c3afef9673a323034f",
            ),
        ),
        (
            b'{"action": "created", "installation": {"uuid": "a8e5d37a'
            b'-696c-4c54-adb5-b3f28d64c7de"}, "data": {"issue": {"id": "1"}}}'
        ),
        NOW,
    ),
)
