"""Calendly's events, which have no id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridgewright import connectors
from bridgewright.core.model.inbound import Answer, Notice, Readable, Unreadable
from bridgewright.core.model.moment import as_text
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import delivery

CALENDLY = connectors.webhook("calendly")
INVITEE = "https://api.calendly.com/scheduled_events/BBBB/invitees/CCCC"
CREATED: dict[str, Any] = {
    "event": "invitee.created",
    "created_at": "2027-01-15T08:00:00.000000Z",
    "created_by": "https://api.calendly.com/users/AAAAAAAAAAAAAAAA",
    "payload": {"uri": INVITEE, "email": "test@example.com", "rescheduled": False},
}


def read(body: Any) -> Notice:
    envelope = CALENDLY.read(delivery(json.dumps(body).encode(), ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


def test_an_event_is_named_by_its_body_and_known_by_it() -> None:
    notice = read(CREATED)
    assert notice.event_type == "invitee.created"
    assert (notice.key, notice.event_id) == (fingerprint(json.dumps(CREATED).encode()), None)
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2027-01-15T08:00:00.000Z"


def test_moving_an_appointment_is_two_events_and_so_are_two_of_one_invitee() -> None:
    canceled = CREATED | {"event": "invitee.canceled"}
    later = CREATED | {"created_at": "2027-01-15T08:00:01.000000Z"}
    assert len({read(body).key for body in (CREATED, canceled, later)}) == 3


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"event": {"id": 1}}'])
def test_what_names_no_event_is_unreadable(body: bytes) -> None:
    assert isinstance(CALENDLY.read(delivery(body, ())), Unreadable)


def test_no_refusal_is_the_one_that_deletes_the_subscription() -> None:
    assert CALENDLY.profile.refusal(CALENDLY.profile.rejected) == Answer(401)
