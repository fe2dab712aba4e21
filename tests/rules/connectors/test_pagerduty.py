"""PagerDuty's list of signatures, its events, and what is sent in place of a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import (
    Answer,
    Coverage,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.secret import Secret
from tests.signed import delivery

PAGERDUTY = connectors.webhook("pagerduty")
KEYS = [Secret(f"made-up-secret-{number}") for number in range(5)]
RESOLVED = {
    "event": {
        "id": "01BWDWL3NYY7LUFPZCC28QUCMK",
        "event_type": "incident.resolved",
        "resource_type": "incident",
        "occurred_at": "2027-01-15T08:00:00.458Z",
        "agent": {"id": "PLH1HKV", "type": "user_reference"},
        "client": None,
        "data": {"id": "PGR0VU2", "type": "incident", "status": "resolved"},
    }
}
BODY = json.dumps(RESOLVED).encode()


def signature(key: Secret) -> bytes:
    [(_, value)] = PAGERDUTY.sign([key], BODY, message_id="", at=NOW).headers
    return value


def verify(value: bytes, *keys: Secret) -> Any:
    return PAGERDUTY.scheme(keys).verify(delivery(BODY, ((b"X-PagerDuty-Signature", value),)), NOW)


@given(theirs=st.lists(st.sampled_from(KEYS), min_size=1, unique=True), data=st.data())
def test_during_a_rotation_any_of_their_secrets_counts(
    theirs: list[Secret], data: st.DataObject
) -> None:
    ours = data.draw(st.sampled_from(theirs))
    parts = [b"v2=" + b"0" * 64, *map(signature, theirs)]
    assert verify(b",".join(parts), Secret("another"), ours) == Verified(1, Coverage.BODY)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"v2=" + b"0" * 64, Reason.UNKNOWN_ALGORITHM),
        (b"v1=0", Reason.MALFORMED),
        (b",", Reason.MALFORMED),
        (b",".join([b"v1=" + b"0" * 64] * 33), Reason.MALFORMED),
        (b"v1=" + b"0" * 64, Reason.MISMATCH),
    ],
)
def test_what_is_no_signature_of_ours_is_rejected(value: bytes, reason: Reason) -> None:
    found = verify(value, KEYS[0])
    assert isinstance(found, Rejected)
    assert found.reason is reason


def test_an_event_is_known_by_the_id_that_is_signed() -> None:
    envelope = PAGERDUTY.read(delivery(BODY, ((b"X-Webhook-Id", b"w-1"),)))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.key == notice.event_id == "01BWDWL3NYY7LUFPZCC28QUCMK"
    assert notice.event_type == "incident.resolved"
    assert notice.headers == (("x-webhook-id", "w-1"),)
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2027-01-15T08:00:00.458Z"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"event": []}', b'{"event": {"id": "a"}}'])
def test_what_names_no_type_is_unreadable(body: bytes) -> None:
    assert isinstance(PAGERDUTY.read(delivery(body, ())), Unreadable)


def test_a_refusal_is_told_as_our_own_failure_for_4xx_drops_the_event() -> None:
    assert PAGERDUTY.profile.refusal(PAGERDUTY.profile.rejected).status == 503
    assert PAGERDUTY.profile.refusal(Answer(413)).status == 503
