"""Twitch: challenges, revocations, single events and batches."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import (
    Answer,
    Envelope,
    Handshake,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import later
from tests.signed import delivery, way_of

TWITCH = connectors.webhook("twitch")
FOLLOW = {"subscription": {"type": "channel.follow"}}


def read(body: dict[str, Any], kind: str = "notification", message_id: str = "m-1") -> Envelope:
    fields = (
        (b"twitch-eventsub-message-id", message_id.encode()),
        (b"twitch-eventsub-message-type", kind.encode()),
    )
    return TWITCH.read(delivery(json.dumps(body).encode(), fields))


def test_an_event_is_known_by_its_message() -> None:
    envelope = read(FOLLOW | {"event": {"user_id": "1"}})
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert (notice.key, notice.event_type) == ("m-1", "channel.follow")


def test_a_callback_is_verified_by_its_challenge() -> None:
    envelope = read(FOLLOW | {"challenge": "pogchamp-kappa-360"}, "webhook_callback_verification")
    assert envelope == Handshake(Answer(200, b"pogchamp-kappa-360", "text/plain"))
    assert isinstance(read(FOLLOW, "webhook_callback_verification"), Unreadable)


def test_a_revocation_is_an_event_of_its_own_type() -> None:
    subscription = {"type": "channel.follow", "status": "authorization_revoked"}
    envelope = read({"subscription": subscription}, "revocation")
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].event_type == "revocation"


@given(kind=st.sampled_from(("notification", "revocation", "webhook_callback_verification", "x")))
def test_the_body_says_what_it_is_for_the_field_that_names_it_is_not_signed(kind: str) -> None:
    batch = read(FOLLOW | {"events": [{"id": "e-1", "data": {}}]}, kind)
    single = read(FOLLOW | {"event": {"challenge": "x"}}, kind)
    assert isinstance(batch, Readable)
    assert isinstance(single, Readable)
    found = [(each.key, each.event_type) for each in (*batch.notices, *single.notices)]
    assert found == [("e-1", "channel.follow"), ("m-1", "channel.follow")]
    assert isinstance(read(FOLLOW | {"challenge": "x"}, kind), Handshake)


def test_a_subscription_that_is_enabled_and_brings_no_event_is_unreadable() -> None:
    body = {"subscription": {"type": "channel.follow", "status": "enabled"}}
    assert isinstance(read(body, "revocation"), Unreadable)


def test_each_of_several_events_is_an_item_in_its_own_envelope() -> None:
    events = [{"id": f"e-{number}", "data": {"n": number}} for number in range(3)]
    envelope = read(FOLLOW | {"events": events})
    assert isinstance(envelope, Readable)
    assert [notice.key for notice in envelope.notices] == ["e-0", "e-1", "e-2"]
    for event, notice in zip(events, envelope.notices, strict=True):
        assert json.loads(notice.body) == FOLLOW | {"events": [event]}


def test_a_batch_that_is_not_whole_is_unreadable_and_kept() -> None:
    envelope = read(FOLLOW | {"events": [{"id": "e-1"}, {"data": {}}]})
    assert isinstance(envelope, Unreadable)


def test_what_names_no_subscription_or_message_is_unreadable() -> None:
    assert isinstance(read({"event": {}}), Unreadable)
    assert isinstance(read(FOLLOW, message_id=""), Unreadable)


def test_ten_minutes_are_allowed_as_twitch_says() -> None:
    way = way_of("twitch")
    assert isinstance(way.verify(way.sent(b"{}"), now=later(NOW, 600)), Verified)
    found = way.verify(way.sent(b"{}"), now=later(NOW, 601))
    assert isinstance(found, Rejected)
    assert found.reason is Reason.STALE
