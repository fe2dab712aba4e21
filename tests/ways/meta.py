"""Meta: WhatsApp and the others that sign alike."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("meta"),)

VECTORS = (
    vector(
        "meta",
        "accepted by pywa 4.5.0, webhook_updates_validator",
        ("made-up-app-secret",),
        (
            (
                b"X-Hub-Signature-256",
                b"sha256=7e3d50159fe93f1af356e96f38c5e94c0287223ab6008d1e6eb1ebecf6c785e9",
            ),
        ),
        (
            b'{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"'
            b'value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":'
            b'"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":'
            b'"Zo\\u00eb"},"wa_id":"16505551234"}],"messages":[{"from":"16505551234","id":'
            b'"wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQ","timestamp":"1800000000","text":{"body":"hello"},'
            b'"type":"text"}]},"field":"messages"}]}]}'
        ),
        NOW,
    ),
)
