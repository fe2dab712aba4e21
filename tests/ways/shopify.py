"""Shopify."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("shopify"),)

_SIGNATURE = b"DVFgHZeS/tAby8gFULfSmB3EaKhqDMljwB8p+I55g9w="
_BODY = (
    '{"id":820982911946154508,"email":"jon@example.com","total_price":"403.00",'
    '"note":"Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}\N{LATIN SMALL LETTER SHARP S}e",'
    '"line_items":[]}'
).encode()
_SOURCE = "@shopify/shopify-api 13.1.0, createSHA256HMAC, accepted by its webhooks.validate"

VECTORS = (
    vector(
        "shopify",
        f"{_SOURCE}: webhooks",
        ("shpss_made_up",),
        (
            (b"X-Shopify-Topic", b"orders/create"),
            (b"X-Shopify-Webhook-Id", b"w1"),
            (b"X-Shopify-Hmac-Sha256", _SIGNATURE),
        ),
        _BODY,
        NOW,
    ),
    vector(
        "shopify",
        f"{_SOURCE}: Events",
        ("shpss_made_up",),
        (
            (b"Shopify-Topic", b"Order"),
            (b"Shopify-Webhook-Id", b"w1"),
            (b"Shopify-Hmac-Sha256", _SIGNATURE),
        ),
        _BODY,
        NOW,
    ),
)
