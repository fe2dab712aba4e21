"""HubSpot."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("hubspot"),)

_SOURCE = "hubspot-api-client 12.0.0, Signature.get_signature, v3"
_KEYS = ("made-up-client-secret-0123456789",)
_TIME = (b"X-HubSpot-Request-Timestamp", b"1800000000000")
_BODY = (
    b'[{"eventId":100,"subscriptionId":12345,"portalId":62515,"occurredAt":1799999999000,"subscription'
    b'Type":"contact.creation","attemptNumber":0,"objectId":123},{"eventId":100,"subscriptionId":12346,'
    b'"portalId":62515,"occurredAt":1799999999000,"subscriptionType":"contact.propertyChange","attempt'
    b'Number":0,"objectId":123}]'
)

VECTORS = (
    vector(
        "hubspot",
        _SOURCE,
        _KEYS,
        ((b"X-HubSpot-Signature-v3", b"DgUTEJ0eDTea16FoG4lemwtK//YkeS6U0U/7a8V28F4="), _TIME),
        _BODY,
        NOW,
        url="https://hooks.example.com/webhooks/hubspot",
    ),
    vector(
        "hubspot",
        _SOURCE + ", of a URL that came with %40 where HubSpot signs @",
        _KEYS,
        ((b"X-HubSpot-Signature-v3", b"xgVrrT1adi9eBVmKjwF2ghyy4ABrDVwiCiYbkeMsncI="), _TIME),
        _BODY,
        NOW,
        query=b"to=a%40b.example",
        url="https://hooks.example.com/webhooks/hubspot?to=a%40b.example",
    ),
)
