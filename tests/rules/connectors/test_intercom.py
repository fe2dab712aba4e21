"""Intercom's look at our URL, and its notifications."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bridgewright import connectors
from bridgewright.core.model.inbound import Answer, Readable, Unreadable
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import delivery

INTERCOM = connectors.webhook("intercom")
CREATED = {
    "type": "notification_event",
    "app_id": "a86dr8yl",
    "topic": "contact.user.created",
    "id": "notif_4be1a3b0-c6b8-11ed-8ef9-7d7a1b1c4d0a",
    "data": {"type": "notification_event_data", "item": {"type": "contact", "id": "63d2"}},
    "created_at": 1_800_000_000,
    "delivery_attempts": 1,
}


def test_only_head_is_answered_without_a_signature() -> None:
    assert INTERCOM.greet is not None
    greeting = INTERCOM.greet([Secret("a-client-secret")])
    sent = delivery(b"", ())
    assert greeting.before(replace(sent, method="HEAD")) == Answer(200)
    for method in ("POST", "GET", "PUT", "head", ""):
        assert greeting.before(replace(sent, method=method)) is None
    assert greeting.after(sent) is None


def test_a_notification_is_known_by_its_id_and_named_by_its_topic() -> None:
    envelope = INTERCOM.read(delivery(json.dumps(CREATED).encode(), ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.key == notice.event_id == CREATED["id"]
    assert notice.event_type == "contact.user.created"
    assert notice.occurred_at == from_seconds(1_800_000_000)


def test_a_ping_without_an_id_is_an_event_that_its_body_is_known_by() -> None:
    body = b'{"type": "notification_event", "topic": "ping", "id": null}'
    envelope = INTERCOM.read(delivery(body, ()))
    assert isinstance(envelope, Readable)
    assert (envelope.notices[0].event_type, envelope.notices[0].key) == ("ping", fingerprint(body))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"id": "notif_1"}', b'{"topic": ["ping"], "id": "a"}']
)
def test_what_names_no_topic_is_unreadable(body: bytes) -> None:
    assert isinstance(INTERCOM.read(delivery(body, ())), Unreadable)
