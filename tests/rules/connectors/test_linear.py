"""Linear's time, inside what it signs, and its events."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import (
    Coverage,
    Headers,
    Notice,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import as_text, later
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.digest import MacKey
from tests.signed import Fields, delivery, secret_text

LINEAR = connectors.webhook("linear")
KEY = Secret(secret_text(0))
DELIVERY = (b"Linear-Delivery", b"234d1a4e-b617-4388-90fe-adc3633d6b72")
ISSUE = {
    "action": "create",
    "type": "Issue",
    "createdAt": "2027-01-15T07:59:59.123Z",
    "data": {"id": "539068e2-ae88-4d09-bd75-22eb4a59612f", "title": "A title"},
    "url": "https://linear.app/issue/LIN-1",
    "webhookTimestamp": 1_800_000_000_000,
    "webhookId": "000042e3-d123-4980-b49f-8e140eef9329",
}


def _signed(body: bytes) -> Fields:
    digest = MacKey.of(KEY.reveal().encode()).digest(body)
    return ((b"Linear-Signature", digest.hex().encode()), DELIVERY)


def _verify(value: object) -> object:
    body = json.dumps(value).encode()
    return LINEAR.scheme([KEY]).verify(delivery(body, _signed(body)), NOW)


def _notice(body: bytes, *fields: tuple[bytes, bytes]) -> Notice:
    envelope = LINEAR.read(delivery(body, fields))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


@given(age_ms=st.integers(-60_000, 60_000))
def test_within_a_minute_of_the_time_in_the_body_a_delivery_is_fresh(age_ms: int) -> None:
    found = _verify(ISSUE | {"webhookTimestamp": 1_800_000_000_000 - age_ms})
    assert found == Verified(0, Coverage.BODY | Coverage.TIME, age_ms / 1_000)


@given(beyond_ms=st.integers(1, 10**11), ahead=st.booleans())
def test_beyond_a_minute_it_is_stale_or_from_the_future(beyond_ms: int, *, ahead: bool) -> None:
    off_ms = 60_000 + beyond_ms
    found = _verify(
        ISSUE | {"webhookTimestamp": 1_800_000_000_000 + (off_ms if ahead else -off_ms)}
    )
    assert isinstance(found, Rejected)
    assert found.reason is (Reason.FUTURE if ahead else Reason.STALE)


@pytest.mark.parametrize(
    "value", [None, True, "1800000000000", 1.8e12, -1, 10**15, 10**400, [], float("nan")]
)
def test_an_authentic_body_without_a_usable_time_is_refused(value: object) -> None:
    found = _verify(ISSUE | {"webhookTimestamp": value})
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MALFORMED


@pytest.mark.parametrize("value", [{}, [], "text", 7])
def test_an_authentic_body_that_holds_no_time_at_all_is_refused(value: object) -> None:
    assert isinstance(_verify(value), Rejected)


def test_the_field_beside_the_signature_is_not_believed() -> None:
    body = json.dumps(ISSUE | {"webhookTimestamp": 1}).encode()
    fields = (*_signed(body), (b"Linear-Timestamp", b"1800000000000"))
    found = LINEAR.scheme([KEY]).verify(delivery(body, fields), NOW)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.STALE


def test_signing_writes_the_time_into_the_body_and_needs_an_object_for_it() -> None:
    signed = LINEAR.sign([KEY], json.dumps(ISSUE).encode(), message_id="", at=later(NOW, 7))
    assert json.loads(signed.body)["webhookTimestamp"] == 1_800_000_007_000
    sent = replace(delivery(signed.body, ()), headers=Headers(signed.headers))
    assert isinstance(LINEAR.scheme([KEY]).verify(sent, NOW), Verified)
    with pytest.raises(ValueError, match="not an object"):
        LINEAR.sign([KEY], b"[]", message_id="", at=NOW)


def test_an_event_is_named_by_type_and_action_and_known_by_its_delivery() -> None:
    notice = _notice(json.dumps(ISSUE).encode(), DELIVERY, (b"Linear-Event", b"Issue"))
    assert notice.event_type == "Issue.create"
    assert notice.key == notice.event_id == DELIVERY[1].decode()
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2027-01-15T07:59:59.123Z"
    assert dict(notice.headers)["linear-event"] == "Issue"


def test_without_one_usable_delivery_id_the_digest_of_the_body_is_the_key() -> None:
    body = json.dumps(ISSUE).encode()
    for fields in ((), (DELIVERY, DELIVERY)):
        assert _notice(body, *fields).key == "sha256:" + hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type": "a\\u0000"}'])
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    assert isinstance(LINEAR.read(delivery(body, (DELIVERY,))), Unreadable)
