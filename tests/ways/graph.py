"""Microsoft Graph."""

from __future__ import annotations

import json

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way


def _shape(body: bytes) -> bytes:
    """A delivery of one item that carries any bytes."""
    item = {"subscriptionId": "s-1", "changeType": "updated", "resource": f"me/{body.hex()}"}
    return json.dumps({"value": [item]}).encode()


WAYS = (way("graph", shape=_shape),)

VECTORS = (
    vector(
        "graph",
        "Microsoft's page of receiving change notifications: the example of a notification",
        ("secretClientValue",),
        (),
        (
            b'{"value": [{"id": "lsgTZMr9KwAAA", "subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",'
            b' "subscriptionExpirationDateTime": "2027-01-16T18:23:45.9356913Z",'
            b' "clientState": "secretClientValue", "changeType": "created",'
            b' "resource": "users/{user_guid}@{tenant_guid}/messages/{long_id_string}",'
            b' "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",'
            b' "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "@odata.etag": "W/1"}}]}'
        ),
        NOW,
    ),
)
