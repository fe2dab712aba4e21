"""Slack."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.moment import from_seconds
from tests.signed import vector, way

WAYS = (way("slack"),)

VECTORS = (
    vector(
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
    vector(
        "slack",
        "Slack's page of verifying requests, as public repositories quote it 2026-11-28",
        ("8f742231b10e8888abcd99yyyzzz85a5",),
        (
            (b"X-Slack-Request-Timestamp", b"1531420618"),
            (
                b"X-Slack-Signature",
                b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            ),
        ),
        (
            b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
            b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
            b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
            b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
            b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
        ),
        from_seconds(1_531_420_618),
    ),
)
