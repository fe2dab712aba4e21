"""Google Pub/Sub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from tests.keys import jwk, jwks, pem, rsa_key
from tests.signed import vector, way

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import NeedsKey

URL = "https://hooks.example.com/in"


def _keys(number: int) -> tuple[Secret, Secret]:
    """Google signs for all accounts: what tells ours from others is the address."""
    email = f"push-{number}@made-up.iam.gserviceaccount.com"
    return Secret(f"{email}\n{pem(rsa_key())}"), Secret(email)


def publish(need: NeedsKey) -> bytes:
    """Google's keys: one that our tests sign with, beside another."""
    assert need.url == "https://www.googleapis.com/oauth2/v3/certs"
    return jwks(jwk(rsa_key(1), "another"), jwk(rsa_key(), "made-for-tests"))


def shape(body: bytes) -> bytes:
    """A message as it is pushed."""
    message = {"data": body.hex(), "messageId": "1"}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


WAYS = (way("pubsub", _keys, terms=Terms(public_url=URL), shape=shape, url=URL, publish=publish),)

GOOGLE_AUTH = {
    "kty": "RSA",
    "alg": "RS256",
    "use": "sig",
    "kid": "7d680d8c70d44e947133cbd499ebc1a61c3d5abc",
    "e": "AQAB",
    "n": (
        "0H_aBUDie14ZQUO9b5O6nvy_12TfiKB5Cbgx550WQ0XPYi6i7AWQPvxuxAzsRu4VrmF7eCIP8HqAf5TU"
        "5UkfP6nxZBHYL8xk_9SIZIdomNmvx6ekazbzUwPegLz4qiv1gr6k2OHlTzqMnsb2XRtfoxch09oAl3AL"
        "iEDSXWdVvXNW_9CYWmtbPb6rpPUoa-FBVlTrTj0irzO-P57uOHzlEqOy3RdGKJoWHoRVgAWwBcJl2CNb"
        "8W98U9CDfJawhIEIKJDq3xdfURt9xbhI4fgstVuD6ABU4f8d7-JPRLoCq1igNO9zk6fsIMutHdAg5UfM"
        "1AaK-7Pw9txqu_XthOTV3Q"
    ),
}

VECTORS = (
    vector(
        "pubsub",
        "google-auth 2.63.0, jwt.encode by RS256, with the header and claims of Google's page",
        ("gae-gcp@appspot.gserviceaccount.com",),
        (
            (
                b"Authorization",
                (
                    b"Bearer "
                    b"eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJSUzI1NiIsICJraWQiOiAiN2Q2ODBkOGM3MGQ0NGU5NDcxMzNjYmQ0OTll"
                    b"YmMxYTYxYzNkNWFiYyJ9.eyJhdWQiOiAiaHR0cHM6Ly9leGFtcGxlLmNvbSIsICJhenAiOiAiMTEzNzc0MjY0NDY"
                    b"zMDM4MzIxOTY0IiwgImVtYWlsIjogImdhZS1nY3BAYXBwc3BvdC5nc2VydmljZWFjY291bnQuY29tIiwgInN1YiI"
                    b"6ICIxMTM3NzQyNjQ0NjMwMzgzMjE5NjQiLCAiZW1haWxfdmVyaWZpZWQiOiB0cnVlLCAiZXhwIjogMTU1MDE4NTk"
                    b"zNSwgImlhdCI6IDE1NTAxODIzMzUsICJpc3MiOiAiaHR0cHM6Ly9hY2NvdW50cy5nb29nbGUuY29tIn0.N2_H7VP"
                    b"BSj5xoXt3lZMagGpPl3CB-P6zm-wCCakLi59wl8VfmXyUHTGI9BuZu8zajPs9FD28dSzpkOZneTe745IqrGU9TXm"
                    b"1B9H32UijpJ88IAYRD9zRZhti1pUDm9OMSxLYEs3KcVkCoTeXqxgx7uvnqjVZhaKOKG5m8RlIfbtPZCHbluUJ-Tm"
                    b"gg9oiI6_O8SQAqGOBLzu29Xc9_GyB81em-M3BFDviTwIKTIzZaY3nGamaH_I3nTEF8a31JcF9w64EkRxvO_gDDFN"
                    b"9QR4pg4xGDrTHTo_b95vpwU1wGChQ5LPRx5tuHmwF1t4CA_c9S4N4fVLZ1cdbeq95LefJMg"
                ),
            ),
        ),
        b'{"message": {"data": "SGk=", "messageId": "1"}, "subscription": "projects/p/subscriptions/s"}',
        from_seconds(1_550_182_400),
        Terms(options={"audience": "https://example.com"}),
        publish=lambda need: jwks(GOOGLE_AUTH),
    ),
)
