"""Zoom."""

from __future__ import annotations

from tests.made import NOW
from tests.signed import Vector, Way

WAYS = (Way("zoom"),)

VECTORS = (
    Vector(
        "zoom",
        "openssl dgst -sha256 -hmac, OpenSSL 3.0.19, by Zoom's webhook sample",
        ("made-up-client-secret-0123456789",),
        (
            (b"x-zm-request-timestamp", b"1800000000"),
            (
                b"x-zm-signature",
                b"v0=b03be48a680ef4c96240926f3de20c753df0416994641141d89cb93fc5836e1b",
            ),
        ),
        (
            b'{"event": "meeting.started", "event_ts": 1800000000000, "payload": {"object": {"'
            b'uuid": "4444AAAiAAAAAiAiAiiAii=="}}}'
        ),
        NOW,
    ),
)
