"""Plaid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from tests.keys import ec_key, jwk, pem
from tests.signed import vector, way

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import NeedsKey

TERMS = Terms(options={"client_id": "made-up-client-id"})
OPENS = "opens-key-"


def _keys(number: int) -> tuple[Secret, Secret]:
    """A secret of ours opens the public half of a key of Plaid's."""
    return Secret(pem(ec_key(number))), Secret(OPENS + str(number))


def answer(key: dict[str, object]) -> bytes:
    """What Plaid answers when it is asked for a key."""
    return json.dumps({"key": key, "request_id": "HNTDNrA8F1shFEW"}).encode()


def _publish(need: NeedsKey) -> bytes:
    number = int(dict(need.headers)["plaid-secret"].removeprefix(OPENS))
    key = jwk(ec_key(number), json.loads(need.body)["key_id"])
    return answer(key | {"created_at": 1_560_466_150, "expired_at": None})


WAYS = (way("plaid", _keys, terms=TERMS, publish=_publish, tells=False),)

GOOGLE_AUTH = {
    "kty": "EC",
    "crv": "P-256",
    "alg": "ES256",
    "use": "sig",
    "kid": "bfbd5111-8e33-4643-8ced-b2e642a72f3c",
    "x": "CjvqrrcAdMuMn4CgXJn9lnJA-uhLryKiEgHOYFVUol8",
    "y": "5l7BXTYUfDsQzzSlaXTAIYOco0RdAXzgGPooNxPQt2s",
    "created_at": 1_560_466_150,
    "expired_at": None,
}

VECTORS = (
    vector(
        "plaid",
        "google-auth 2.63.0, jwt.encode by ES256, with the header and claims of Plaid's page",
        ("made-up-secret",),
        (
            (
                b"Plaid-Verification",
                (
                    b"eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJFUzI1NiIsICJraWQiOiAiYmZiZDUxMTEtOGUzMy00NjQzLThjZWQtYjJl"
                    b"NjQyYTcyZjNjIn0.eyJpYXQiOiAxNTYwMjExNzU1LCAicmVxdWVzdF9ib2R5X3NoYTI1NiI6ICJmOTM3OTRiMTgz"
                    b"YmIyYmIyMDM5NGMyMjhlODU2MDAwYjk2NzE1MzhlNThkOWMwNThhNGU5Mjg3OTI3MGU2MmI2In0.kPcGb4lLlBYt"
                    b"92Dwic2NJ-KoJW-XbFIPsx9q2k3afxNj8C41OzK-E92_JWK86utDfhPvFvQc9rFmKyiWULYcaw"
                ),
            ),
        ),
        b'{\n  "item_id": "eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6",\n'
        b'  "webhook_code": "DEFAULT_UPDATE",\n  "webhook_type": "TRANSACTIONS"\n}',
        from_seconds(1_560_211_755),
        TERMS,
        publish=lambda need: answer(GOOGLE_AUTH),
    ),
)
