"""Vendors' own libraries and published vectors, against ours in both directions."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import standardwebhooks
import stripe
import svix.webhooks
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Verified
from bridgewright.core.model.moment import as_datetime, from_datetime, from_seconds
from bridgewright.core.model.secret import Secret
from tests.signed import Fields, delivery, secret_text, way

SECRET = secret_text(1)
SECONDS = NOW // 1_000_000
payloads = st.text(max_size=200)  # the vendors' libraries sign text
ids = st.from_regex(r"msg_[A-Za-z0-9]{1,30}", fullmatch=True)


def _verified(provider: str, body: bytes, fields: Fields, secret: str = SECRET) -> bool:
    scheme = connectors.webhook(provider).scheme([Secret(secret)])
    return isinstance(scheme.verify(delivery(body, fields), NOW), Verified)


@given(payload=payloads)
def test_what_stripe_signs_we_verify(payload: str) -> None:
    header = stripe.WebhookSignature.generate_signature_header(payload, SECRET, SECONDS)
    fields = [(b"Stripe-Signature", header.encode())]
    assert _verified("stripe", payload.encode(), fields)
    assert not _verified("stripe", payload.encode() + b" ", fields)


@given(payload=payloads, others=st.integers(0, 3))
def test_what_we_sign_stripe_verifies(payload: str, others: int) -> None:
    numbers = (*range(2, 2 + others), 1)
    [(_, value)] = way("stripe").fields(payload.encode(), *numbers)
    assert stripe.WebhookSignature.verify_header(payload, value.decode(), SECRET, tolerance=None)


@given(payload=payloads, message_id=ids)
def test_what_standardwebhooks_and_svix_sign_we_verify(payload: str, message_id: str) -> None:
    at = as_datetime(NOW)
    for names, library in (
        ("webhook", standardwebhooks.Webhook(SECRET)),
        ("svix", svix.webhooks.Webhook(SECRET)),
    ):
        values = {
            "id": message_id,
            "timestamp": str(SECONDS),
            "signature": library.sign(message_id, at, payload),
        }
        fields = [(f"{names}-{key}".encode(), value.encode()) for key, value in values.items()]
        assert _verified("standard", payload.encode(), fields)
        assert not _verified("standard", payload.encode() + b" ", fields)


@given(payload=payloads, message_id=ids)
def test_what_we_sign_standardwebhooks_and_svix_verify(payload: str, message_id: str) -> None:
    at = from_datetime(datetime.now(UTC))  # their libraries have no other clock
    fields = way("standard").fields(payload.encode(), 2, 1, at=at, message_id=message_id)
    headers = {name.decode(): value.decode() for name, value in fields}
    as_svix = {name.replace("webhook-", "svix-"): value for name, value in headers.items()}
    standardwebhooks.Webhook(SECRET).verify(payload, headers, json_parse=False)
    svix.webhooks.Webhook(SECRET).verify(payload, headers)
    svix.webhooks.Webhook(SECRET).verify(payload, as_svix)


def test_vendors_refuse_what_we_sign_with_another_key() -> None:
    at = from_seconds(time.time())
    fields = way("standard").fields(b"{}", 2, at=at)
    headers = {name.decode(): value.decode() for name, value in fields}
    [(_, value)] = way("stripe").fields(b"{}", 2)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify("{}", headers)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header("{}", value.decode(), SECRET, tolerance=None)


def test_the_vector_that_github_publishes_verifies() -> None:
    signature = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    fields = [(b"X-Hub-Signature-256", signature)]
    secret = "It's a Secret to Everybody"  # published
    assert _verified("github", b"Hello, World!", fields, secret)
    assert not _verified("github", b"Hello, World?", fields, secret)
    sign = connectors.webhook("github").sign
    signed = sign([Secret(secret)], b"Hello, World!", message_id="", at=NOW)
    assert signed.headers == ((b"x-hub-signature-256", signature),)


def test_the_ed25519_vector_in_svixs_server_verifies_and_is_what_we_sign() -> None:
    # svix-server, worker.rs, test_asymmetric_key_signing
    private = (
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9l"
        "MicMFs6Kvg=="
    )
    public = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
    signature = (
        b"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+"
        b"m7TBAg=="
    )
    body, message_id = b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek"
    webhook, at = connectors.webhook("standard"), from_seconds(1_614_265_330)
    fields = webhook.sign([Secret(private)], body, message_id=message_id, at=at).headers
    assert dict(fields)[b"webhook-signature"] == signature
    scheme = webhook.scheme([Secret(public)])
    assert isinstance(scheme.verify(delivery(body, fields), at), Verified)
