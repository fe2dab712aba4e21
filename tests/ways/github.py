"""GitHub."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("github"),)

VECTORS = (
    vector(
        "github",
        "GitHub, page of validating webhook deliveries, as read 2026-11-23",
        ("It's a Secret to Everybody",),
        (
            (
                b"X-Hub-Signature-256",
                b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ),
        ),
        b"Hello, World!",
        NOW,
    ),
)
