"""Razorpay's events, and an old secret that still signs."""

from __future__ import annotations

import json

import pytest

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Readable, Unreadable, Verified
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import delivery

RAZORPAY = connectors.webhook("razorpay")
CAPTURED = {
    "entity": "event",
    "account_id": "acc_BFQ7uQEaa7j2z7",
    "event": "payment.captured",
    "contains": ["payment"],
    "payload": {"payment": {"entity": {"id": "pay_DESlfW9H8K9uqM", "amount": 100}}},
    "created_at": 1_800_000_000,
}
BODY = json.dumps(CAPTURED).encode()
EVENT_ID = (b"X-Razorpay-Event-Id", b"NqTzZ7rWb1xk2Y")


def test_an_event_is_known_by_its_field_and_named_by_its_body() -> None:
    envelope = RAZORPAY.read(delivery(BODY, (EVENT_ID,)))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.key == notice.event_id == "NqTzZ7rWb1xk2Y"
    assert notice.event_type == "payment.captured"
    assert notice.occurred_at == from_seconds(1_800_000_000)


def test_without_one_such_field_the_body_is_the_key() -> None:
    for fields in ((), (EVENT_ID, EVENT_ID)):
        envelope = RAZORPAY.read(delivery(BODY, fields))
        assert isinstance(envelope, Readable)
        assert envelope.notices[0].key == fingerprint(BODY)


def test_an_old_event_that_is_tried_again_is_signed_with_the_old_secret() -> None:
    old, new = Secret("made-up-old"), Secret("made-up-new")
    signed = RAZORPAY.sign([old], BODY, message_id="", at=NOW)
    found = RAZORPAY.scheme([new, old]).verify(delivery(BODY, signed.headers), NOW)
    assert isinstance(found, Verified)
    assert found.key == 1


@pytest.mark.parametrize("body", [b"", b"[]", b'{"entity": "event"}'])
def test_what_names_no_event_is_unreadable(body: bytes) -> None:
    assert isinstance(RAZORPAY.read(delivery(body, (EVENT_ID,))), Unreadable)
