"""HubSpot's events, and the URL as it signs it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.hubspot.webhook import WEBHOOK, read
from bridgewright.core.model.inbound import Readable, Rejected, Unreadable, Verified
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from tests.signed import VECTORS, delivery

EVENT = {
    "eventId": 100,
    "subscriptionId": 12345,
    "occurredAt": 1_799_999_999_000,
    "subscriptionType": "contact.creation",
    "attemptNumber": 0,
}
FIRST, DECODED = [vector for vector in VECTORS if vector.provider == "hubspot"]


def test_every_event_of_a_batch_has_a_key_of_three_ids() -> None:
    others = [{**EVENT, "subscriptionId": 7}, {**EVENT, "occurredAt": 1}, {"subscriptionType": "a"}]
    envelope = read(delivery(json.dumps([EVENT, *others]).encode(), ()))
    assert isinstance(envelope, Readable)
    keys = [notice.key for notice in envelope.notices]
    assert keys[:3] == ["100:12345:1799999999000", "100:7:1799999999000", "100:12345:1"]
    assert keys[3].startswith("sha256:")
    first = envelope.notices[0]
    assert first.event_type == "contact.creation"
    assert first.occurred_at == from_seconds(1_799_999_999)
    assert json.loads(first.body) == EVENT


def test_a_repetition_has_the_key_of_the_first_attempt() -> None:
    one = read(delivery(json.dumps([EVENT]).encode(), ()))
    again = read(delivery(json.dumps([{**EVENT, "attemptNumber": 1}]).encode(), ()))
    assert isinstance(one, Readable)
    assert isinstance(again, Readable)
    assert one.notices[0].key == again.notices[0].key


def test_what_a_workflow_sends_is_one_event() -> None:
    envelope = read(delivery(b'{"callbackId": "ap-1", "fields": {}}', ()))
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].event_type == "request"


@pytest.mark.parametrize("body", [b"", b"[]", b"[1]", b"[{}]", b"1", b"[" + b"[" * 9])
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    assert isinstance(read(delivery(body, ())), Unreadable)


def test_a_url_counts_as_it_came_and_with_hubspots_characters_decoded() -> None:
    assert isinstance(DECODED.verify(DECODED.sent()), Verified)
    for url in ("a%40b.example", "a@b.example", "a%40b.example%23", "a%2540b.example"):
        whole = f"https://hooks.example.com/webhooks/hubspot?to={url}"
        found = DECODED.verify(replace(DECODED.sent(), url=whole))
        good = url in {"a%40b.example", "a@b.example"}
        assert isinstance(found, Verified if good else Rejected)


def test_the_configured_url_counts() -> None:
    terms = Terms(public_url="https://hooks.example.com/webhooks/hubspot/")
    scheme = WEBHOOK.scheme([Secret(FIRST.keys[0])], terms)
    inner = replace(FIRST.sent(), url="http://10.0.0.7:8000/in")
    assert isinstance(scheme.verify(inner, NOW), Verified)
    assert isinstance(FIRST.verify(inner), Rejected)


def test_another_method_was_not_signed() -> None:
    assert isinstance(FIRST.verify(replace(FIRST.sent(), method="PUT")), Rejected)
