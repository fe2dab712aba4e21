"""Events of Standard Webhooks."""

from __future__ import annotations

import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.standard.webhook import read
from bridgewright.core.model.inbound import Readable, Unreadable, Verified
from bridgewright.core.model.moment import as_text
from tests.signed import Fields, delivery, way

BODY = b'{"type": "contact.created", "timestamp": "2022-11-03T20:26:10.344522Z", "data": {}}'
WAY = way("standard")


@pytest.mark.parametrize("prefix", [b"webhook-", b"svix-"])
def test_an_event_is_read_by_its_signed_id_and_its_type(prefix: bytes) -> None:
    envelope = read(delivery(BODY, _under(prefix)))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.key == notice.event_id == "msg_1"
    assert notice.event_type == "contact.created"
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2022-11-03T20:26:10.344Z"
    assert {name for name, _ in notice.headers} == {
        (prefix + b"id").decode(),
        (prefix + b"timestamp").decode(),
    }


def test_an_id_that_was_not_signed_cannot_make_a_captured_delivery_new() -> None:
    forged = ((b"webhook-id", b"msg_2"), (b"webhook-timestamp", b"1"))
    captured = delivery(BODY, (*forged, *_under(b"svix-")))
    envelope = read(captured)
    assert isinstance(WAY.scheme().verify(captured, NOW), Verified)
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].key == "msg_1"


def test_where_both_sets_of_names_came_the_standard_one_is_verified_and_read() -> None:
    others = ((b"svix-id", b"msg_2"), (b"svix-timestamp", b"1"), (b"svix-signature", b"v1,x"))
    sent = delivery(BODY, (*others, *_under(b"webhook-")))
    envelope = read(sent)
    assert isinstance(WAY.scheme().verify(sent, NOW), Verified)
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].key == "msg_1"


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        (b"", b"msg_1"),
        (b"{}", b"msg_1"),
        (b'{"type": "a\\u0000"}', b"msg_1"),
        (b'{"type": "a"}', b"a" * 256),
    ],
)
def test_what_is_no_event_is_unreadable(body: bytes, message_id: bytes) -> None:
    envelope = read(delivery(body, ((b"webhook-id", message_id),)))
    assert isinstance(envelope, Unreadable)
    assert envelope.notice.event_type == "unreadable"


def _under(prefix: bytes) -> Fields:
    return [(name.replace(b"webhook-", prefix), value) for name, value in WAY.fields(BODY)]
