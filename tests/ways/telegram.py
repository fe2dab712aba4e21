"""Telegram."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("telegram"),)

VECTORS = (
    vector(
        "telegram",
        "Telegram's Bot API: the token itself, in its field",
        ("a-token_that-was-made-up",),
        ((b"X-Telegram-Bot-Api-Secret-Token", b"a-token_that-was-made-up"),),
        b'{"update_id": 10000, "message": {"date": 1800000000, "text": "hello"}}',
        NOW,
    ),
)
