"""Slack."""

from __future__ import annotations

from tests.made import NOW
from tests.signed import Vector, Way

WAYS = (Way("slack"),)

VECTORS = (
    Vector(
        "slack",
        "slack_sdk 3.48.0, SignatureVerifier.generate_signature",
        ("made-up-client-secret-0123456789",),
        (
            (b"X-Slack-Request-Timestamp", b"1800000000"),
            (
                b"X-Slack-Signature",
                b"v0=520bd43d7f1d6c1c1ac3d879ce7babf733881afd80424604012e92840986cb68",
            ),
        ),
        (
            b'{"token": "x", "type": "event_callback", "event_id": "Ev08MFMKH6", "event_time":'
            b' 1800000000, "event": {"type": "app_mention"}}'
        ),
        NOW,
    ),
)
