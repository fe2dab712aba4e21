"""Linear: the time it signs stands inside the body, and any body of its is a JSON object."""

from __future__ import annotations

import json

from bridgewright.core.model.moment import Moment
from tests.signed import vector, way


def _shape(body: bytes) -> bytes:
    return json.dumps({"action": "create", "type": "Issue", "data": body.hex()}).encode()


WAYS = (way("linear", shape=_shape),)

VECTORS = (
    vector(
        "linear",
        "accepted by @linear/sdk 98.0.0, LinearWebhookClient.verify, and made by Node's crypto",
        ("lin_wh_made_up",),
        (
            (
                b"Linear-Signature",
                b"ea42545e01e60eb153dde7e378d88ca0938266d804ddb01a89c0a3a72137d5f4",
            ),
            (b"Linear-Delivery", b"234d1a4e-b617-4388-90fe-adc3633d6b72"),
            (b"Linear-Event", b"Issue"),
        ),
        (
            '{"action":"create","type":"Issue","createdAt":"2026-11-28T23:43:09.122Z","actor":'
            '{"id":"b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba","type":"user","name":"A person"},"data":'
            '{"id":"539068e2-ae88-4d09-bd75-22eb4a59612f","title":"Caf'
            '\N{LATIN SMALL LETTER E WITH ACUTE} sign"},"url":"https://linear.app/issue/LIN-1",'
            '"organizationId":"5b1d0f3a-0d6c-4b0e-8b1b-0a5f1f0a0a11",'
            '"webhookTimestamp":1795909389122,"webhookId":"000042e3-d123-4980-b49f-8e140eef9329"}'
        ).encode(),
        Moment(1_795_909_389_122_000),
    ),
)
