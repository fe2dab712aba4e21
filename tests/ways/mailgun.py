"""Mailgun: its stamp stands inside the body."""

from __future__ import annotations

import base64
import json

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way


def _event(body: bytes) -> bytes:
    held = base64.b64encode(body).decode()
    return json.dumps({"event-data": {"event": "delivered", "id": "e-1", "held": held}}).encode()


WAYS = (way("mailgun", shape=_event, optional=frozenset({b"content-type"})),)

_KEYS = ("made-up-signing-key-0123456789",)
_TOKEN = b"e0b5477167110d68991efc6b9f89f0a11066af27834600e123"
_SIGNATURE = b"4c45ccb3720d1bf96d388e677c10259f266c1a3c3ce8613329585bcd148e0d42"

VECTORS = (
    vector(
        "mailgun",
        "accepted by django-anymail 15.2, MailgunTrackingWebhookView.validate_request",
        _KEYS,
        ((b"Content-Type", b"application/json"),),
        (
            b'{"signature": {"token": "'
            + _TOKEN
            + b'", "timestamp": "1800000000", "signature": "'
            + _SIGNATURE
            + b'"}, "event-data": {"id": "G9Bn5sl1TC6nu79C8C0bwg", "event": "delivered",'
            b' "message": {"headers": {"message-id": "m1@mail.example.com"}}}}'
        ),
        NOW,
    ),
    vector(
        "mailgun",
        "accepted by django-anymail 15.2, MailgunTrackingWebhookView.validate_request, a form",
        _KEYS,
        ((b"Content-Type", b"application/x-www-form-urlencoded"),),
        b"token=" + _TOKEN + b"&timestamp=1800000000&signature=" + _SIGNATURE + b"&event=opened",
        NOW,
    ),
)
