"""WorkOS's time in milliseconds, its field, and its events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Coverage, Readable, Rejected, Unreadable, Verified
from bridgewright.core.model.moment import Moment, as_text, later
from bridgewright.core.model.secret import Secret
from tests.signed import delivery

WORKOS = connectors.webhook("workos")
KEY = Secret("made-up-workos-secret")
CREATED = {
    "id": "event_01EHWNCE74X7JSDV0X3SZ3KJNY",
    "event": "dsync.user.created",
    "data": {"id": "directory_user_01E1JG7J09H96KYP8HM9B0G5SJ", "object": "directory_user"},
    "created_at": "2027-01-15T08:00:00.123Z",
}
BODY = json.dumps(CREATED).encode()


def field(at: Moment = NOW) -> bytes:
    [(_, value)] = WORKOS.sign([KEY], BODY, message_id="", at=at).headers
    return value


def verify(value: bytes) -> Any:
    return WORKOS.scheme([KEY]).verify(delivery(BODY, ((b"WorkOS-Signature", value),)), NOW)


@given(age_ms=st.integers(-300_000, 300_000))
def test_its_age_is_known_to_the_thousandth(age_ms: int) -> None:
    found = verify(field(later(NOW, -age_ms / 1_000)))
    assert found == Verified(0, Coverage.BODY | Coverage.TIME, age_ms / 1_000)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value.replace(b", ", b","),
        lambda value: value.replace(b"t=1800000000000", b"t=1800000000"),
        lambda value: value.replace(b"t=", b"t=-"),
        lambda value: value.replace(b"v1=", b"v2="),
        lambda value: value + b", t=1800000000000",
    ],
)
def test_a_field_in_another_form_is_rejected(spoil: Any) -> None:
    assert isinstance(verify(spoil(field())), Rejected)


def test_an_event_is_known_by_its_id_and_named_by_its_event() -> None:
    envelope = WORKOS.read(delivery(BODY, ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.key == notice.event_id == "event_01EHWNCE74X7JSDV0X3SZ3KJNY"
    assert notice.event_type == "dsync.user.created"
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2027-01-15T08:00:00.123Z"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "event_1"}'])
def test_what_names_no_event_is_unreadable(body: bytes) -> None:
    assert isinstance(WORKOS.read(delivery(body, ())), Unreadable)
