"""Intercom."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("intercom"),)

VECTORS = (
    vector(
        "intercom",
        "openssl dgst -sha1 -hmac, OpenSSL 3.0.19, by Intercom's page of signed notifications",
        ("made-up-client-secret-0123456789",),
        ((b"X-Hub-Signature", b"sha1=c034e319f7d434e3f55a034b6250f982f1488c05"),),
        (
            b'{"type": "notification_event", "id": "notif_78c122d0-23ba-11e4-9464-79b01267cc2e", '
            b'"topic": "user.created", "created_at": 1800000000}'
        ),
        NOW,
    ),
)
