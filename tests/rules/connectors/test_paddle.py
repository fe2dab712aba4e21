"""Paddle's field of several parts, its tolerance and its events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Notice, Readable, Reason, Rejected, Unreadable, Verified
from bridgewright.core.model.moment import as_text, later
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from tests.signed import delivery

PADDLE = connectors.webhook("paddle")
KEYS = [Secret(f"pdl_ntfset_made_up_{number}") for number in range(4)]
UPDATED: dict[str, Any] = {
    "event_id": "evt_01hv8x29kz0t586xy6zn1a62ny",
    "event_type": "subscription.updated",
    "occurred_at": "2027-01-15T08:00:00.123456Z",
    "notification_id": "ntf_01hv8x2a0sv5b5cxz0qsfh2x1e",
    "data": {"id": "sub_01hv8x29kz0t586xy6zn1a62ny", "status": "active"},
}
BODY = json.dumps(UPDATED).encode()


def field(*keys: Secret) -> bytes:
    [(_, value)] = PADDLE.sign(keys, BODY, message_id="", at=NOW).headers
    return value


def verify(
    value: bytes, *keys: Secret, after_s: float = 0, tolerance_s: float | None = None
) -> Any:
    scheme = PADDLE.scheme(keys, Terms(tolerance_s=tolerance_s))
    return scheme.verify(delivery(BODY, ((b"Paddle-Signature", value),)), later(NOW, after_s))


@given(data=st.data())
def test_during_a_rotation_any_h1_counts(data: st.DataObject) -> None:
    signing = data.draw(st.lists(st.sampled_from(KEYS), min_size=1, unique=True))
    ours = data.draw(st.sampled_from(signing))
    assert isinstance(verify(field(*signing), ours), Verified)


def test_parts_that_are_not_known_yet_are_left_alone() -> None:
    value = field(KEYS[0])
    assert isinstance(verify(value + b";h2=" + b"0" * 64, KEYS[0]), Verified)
    assert isinstance(verify(b"h2=x;" + value, KEYS[0]), Verified)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value.replace(b";", b","),
        lambda value: value.replace(b"h1=", b"h2="),
        lambda value: value + b";ts=1800000000",
        lambda value: value.replace(b"ts=", b"ts=+"),
        lambda value: value.upper(),
        lambda value: value.partition(b";")[2],
        lambda value: value.partition(b";")[0] + b";h1=0" * 33,
    ],
)
def test_a_field_in_another_form_is_rejected(spoil: Any) -> None:
    assert isinstance(verify(spoil(field(KEYS[0])), KEYS[0]), Rejected)


@pytest.mark.parametrize("after_s", [-299, -6, 6, 299])
def test_what_stood_in_a_queue_is_fresh_unless_the_vendors_five_seconds_are_asked_for(
    after_s: int,
) -> None:
    value = field(KEYS[0])
    assert isinstance(verify(value, KEYS[0], after_s=after_s), Verified)
    strict = verify(value, KEYS[0], after_s=after_s, tolerance_s=5)
    assert isinstance(strict, Rejected)
    assert strict.reason is (Reason.STALE if after_s > 0 else Reason.FUTURE)


def test_one_event_that_is_notified_twice_is_one() -> None:
    notices: list[Notice] = []
    for notification_id in ("ntf_1", "ntf_2"):
        body = json.dumps(UPDATED | {"notification_id": notification_id}).encode()
        envelope = PADDLE.read(delivery(body, ()))
        assert isinstance(envelope, Readable)
        notices += envelope.notices
    assert {notice.key for notice in notices} == {"evt_01hv8x29kz0t586xy6zn1a62ny"}
    assert notices[0].event_type == "subscription.updated"
    assert notices[0].occurred_at is not None
    assert as_text(notices[0].occurred_at) == "2027-01-15T08:00:00.123Z"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"event_id": "evt_1"}'])
def test_what_names_no_type_is_unreadable(body: bytes) -> None:
    assert isinstance(PADDLE.read(delivery(body, ())), Unreadable)
