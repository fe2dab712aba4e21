"""GoCardless."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("gocardless"),)

VECTORS = (
    vector(
        "gocardless",
        "accepted by gocardless_pro 3.22.0, webhooks.parse",
        ("made-up-client-secret-0123456789",),
        (
            (
                b"Webhook-Signature",
                b"2739f654528d55f7da95e4e2a5f369e7db2bf8c86382bab363252ed755f64d45",
            ),
        ),
        (
            b'{"events": [{"id": "EV1", "created_at": "2027-01-15T08:'
            b'00:00Z", "resource_type": "payments", "action": "confirmed"}]}'
        ),
        NOW,
    ),
    vector(
        "gocardless",
        "accepted by gocardless_pro 3.22.0, webhooks.parse: two events and meta",
        ("made-up-gocardless-secret",),
        (
            (
                b"Webhook-Signature",
                b"514b0dc48440367050b8d84a25be30c34e2c3188c50bf9f827064727bea57ed2",
            ),
        ),
        (
            b'{"events":[{"id":"EV01J7QRF0KJWR","created_at":"2027-01-15T08:00:00.054Z",'
            b'"resource_type":"mandates","action":"active","metadata":{},"details":{"origin":'
            b'"gocardless","cause":"mandate_activated","description":"This mandate is now active."},'
            b'"links":{"mandate":"MD000ZQT5CPCVV"}},{"id":"EV01J7QRF0KJWS",'
            b'"created_at":"2027-01-15T08:00:00.054Z","resource_type":"payments","action":"failed",'
            b'"metadata":{},"details":{"origin":"bank","cause":"insufficient_funds","scheme":"bacs",'
            b'"reason_code":"ARUDD-0"},"links":{"payment":"PM000ZQT5CPCVV"}}],'
            b'"meta":{"webhook_id":"WB002KK5HPCPWD"}}'
        ),
        NOW,
    ),
)
