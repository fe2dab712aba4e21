"""Calendly."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("calendly"),)

VECTORS = (
    vector(
        "calendly",
        "openssl dgst -sha256 -hmac, OpenSSL 3.0.19, by Calendly's page of webhook signatures",
        ("made-up-calendly-signing-key",),
        (
            (
                b"Calendly-Webhook-Signature",
                b"t=1800000000,v1=98ad2a7fdc0840d5dd48a1bd6e82ad207ca40fe58abb835d923774a7123f57e6",
            ),
        ),
        (
            b'{"event":"invitee.created","created_at":"2027-01-15T08:00:00.000000Z",'
            b'"created_by":"https://api.calendly.com/users/AAAAAAAAAAAAAAAA","payload":{"uri":'
            b'"https://api.calendly.com/scheduled_events/BBBB/invitees/CCCC",'
            b'"email":"test@example.com","name":"Zo\xc3\xab Example","rescheduled":false,'
            b'"status":"active"}}'
        ),
        NOW,
    ),
)
