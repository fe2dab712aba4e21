"""Twitch."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("twitch"),)

VECTORS = (
    vector(
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
    vector(
        "twitch",
        "accepted by twitchAPI 4.5.0, EventSubWebhook._verify_signature",
        ("s3cRe7-made-up",),
        (
            (b"Twitch-Eventsub-Message-Id", b"befa7b53-d79d-478f-86b9-120f112b044e"),
            (b"Twitch-Eventsub-Message-Timestamp", b"2027-01-15T08:00:00.123456789Z"),
            (
                b"Twitch-Eventsub-Message-Signature",
                b"sha256=77303237cbc3b0d7356b1ad5b7c708c94ecbd8f668ccf936f6d4e495b0380e80",
            ),
        ),
        (
            b'{"subscription":{"id":"f1c2a387-161a-49f9-a165-0f21d7a4e1c4","type":'
            b'"channel.follow","version":"2","status":"enabled","cost":0,"condition":{'
            b'"broadcaster_user_id":"1337"},"transport":{"method":"webhook","callback":'
            b'"https://hooks.example.com/in"},"created_at":"2027-01-15T08:00:00.123456789Z"},'
            b'"event":{"user_id":"1234","user_login":"cool_user","broadcaster_user_id":"1337",'
            b'"followed_at":"2027-01-15T08:00:00.123456789Z"}}'
        ),
        NOW,
    ),
)
