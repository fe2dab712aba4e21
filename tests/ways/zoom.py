"""Zoom."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("zoom"),)

VECTORS = (
    vector(
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
    vector(
        "zoom",
        "accepted by @zoom/rivet 0.4.0, and made by Node's crypto",
        ("zoom-made-up-token",),
        (
            (b"x-zm-request-timestamp", b"1800000000"),
            (
                b"x-zm-signature",
                b"v0=9df46ea23851f7bee4a4eb2bb02976bba0ace3154e7c0c977f8da11438b079a5",
            ),
        ),
        (
            b'{"event":"meeting.started","payload":{"account_id":"AAAAAABBBB","object":{'
            b'"duration":0,"start_time":"2027-01-15T08:00:00Z","timezone":"","topic":"Planning",'
            b'"id":"1234567890","type":2,"uuid":"4444AAAiAAAAAiAiAiiAii==",'
            b'"host_id":"x1yCzABCDEfg23HiJKl4mN"}},"event_ts":1800000000123}'
        ),
        NOW,
    ),
)
