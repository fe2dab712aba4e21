"""Twitch."""

from __future__ import annotations

from tests.made import NOW
from tests.signed import Vector, Way

WAYS = (Way("twitch"),)

VECTORS = (
    Vector(
        "twitch",
        "the expression of twitchAPI 4.5.0, EventSubWebhook._verify_signature, evaluated by itself",
        ("made-up-client-secret-0123456789",),
        (
            (b"Twitch-Eventsub-Message-Id", b"e76c6bd4-55c9-4987-8304-da1588d8988b"),
            (b"Twitch-Eventsub-Message-Type", b"notification"),
            (b"Twitch-Eventsub-Message-Timestamp", b"2027-01-15T08:00:00.123456789Z"),
            (
                b"Twitch-Eventsub-Message-Signature",
                b"sha256=5a30f381bf65f4d9338e6ec47ff418346f2c84485e266f32276591010c32dd24",
            ),
        ),
        (
            b'{"subscription": {"id": "f1c2a387", "type": "channel.follow", "version": "2"}, "'
            b'event": {"user_id": "1234", "followed_at": "2027-01-15T08:00:00Z"}}'
        ),
        NOW,
    ),
)
