"""Bitbucket."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("bitbucket"),)

VECTORS = (
    vector(
        "bitbucket",
        "Atlassian, page of managing webhooks: the example of a secret",
        ("It's a Secret to Everybody",),
        (
            (b"X-Event-Key", b"repo:push"),
            (b"X-Request-UUID", b"5b3a4a55-0cb1-4bd4-9d6a-2fb2b5b4a9a1"),
            (
                b"X-Hub-Signature",
                b"sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
            ),
        ),
        b"Hello World!",
        NOW,
    ),
)
