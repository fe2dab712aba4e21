"""SendGrid's Event Webhook, against its own library in both directions."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from sendgrid import EventWebhook

from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.sendgrid.webhook import FIELDS, WEBHOOK, read
from bridgewright.core.model.inbound import Delivery, Headers, Readable, Unreadable, Verified
from bridgewright.core.model.moment import from_seconds, later
from tests.signed import delivery, way_of
from tests.ways.ecdsa_keys import pair

WAY = way_of("sendgrid")
PUBLIC = pair(0)[1].reveal()
bodies = st.text(st.characters(codec="utf-8"), max_size=99)


@given(body=bodies)
def test_what_we_sign_sendgrid_verifies(body: str) -> None:
    fields = {name: value.decode() for name, value in WAY.fields(body.encode(), 0)}
    signature, time = fields[FIELDS.signature], fields[FIELDS.time]
    assert EventWebhook(PUBLIC).verify_signature(body, signature, time)
    assert not EventWebhook(PUBLIC).verify_signature(body + " ", signature, time)


@given(body=bodies)
def test_what_is_signed_as_sendgrid_says_both_verify(body: str) -> None:
    time = str(NOW // 1_000_000)
    key = ec.derive_private_key(1, ec.SECP256R1())
    raw = key.sign((time + body).encode(), ec.ECDSA(hashes.SHA256()))
    signature = base64.b64encode(raw).decode()
    assert EventWebhook(PUBLIC).verify_signature(body, signature, time)
    fields = ((FIELDS.signature, signature.encode()), (FIELDS.time, time.encode()))
    sent = Delivery("source", Headers(fields), body.encode(), NOW)
    assert isinstance(WAY.scheme(0).verify(sent, NOW), Verified)


@pytest.mark.parametrize("hours", [-23, 0, 23])
def test_a_delivery_that_is_repeated_for_a_day_is_taken(hours: int) -> None:
    assert isinstance(WAY.verify(WAY.sent(b"[]"), now=later(NOW, hours * 3_600)), Verified)


def test_every_event_of_a_batch_is_one_of_its_own() -> None:
    body = (
        b'[{"email":"a@example.com","event":"delivered","sg_event_id":"e1","timestamp":1600112492}'
        b',\n {"event":"open","sg_event_id":"e2"},{"event":"click","timestamp":1}]\r\n'
    )
    envelope = read(delivery(body, ((b"Content-Type", b"application/json"),)))
    assert isinstance(envelope, Readable)
    first, second, third = envelope.notices
    assert (first.key, first.event_id, first.event_type) == ("e1", "e1", "delivered")
    assert first.occurred_at == from_seconds(1_600_112_492)
    assert second.body == b'{"event":"open","sg_event_id":"e2"}'
    assert third.event_id is None
    assert third.key.startswith("sha256:")
    assert dict(first.headers) == {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"[1]", b'[{"event": "a"}, {}]', b'[{"event": "a\\u0000"}]', b"[{}"],
)
def test_what_is_no_batch_of_events_is_unreadable_and_kept_whole(body: bytes) -> None:
    envelope = read(delivery(body, ()))
    assert isinstance(envelope, Unreadable)
    assert envelope.notice.body == body


def test_a_batch_may_be_larger_than_others_deliveries() -> None:
    assert WEBHOOK.profile.max_body_bytes == 8 * 1_048_576
