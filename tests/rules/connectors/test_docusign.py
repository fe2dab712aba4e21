"""DocuSign's numbered fields, and the events of envelopes and recipients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import (
    Coverage,
    Notice,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import Fields, delivery

DOCUSIGN = connectors.webhook("docusign")
COMPLETED: dict[str, Any] = {
    "event": "envelope-completed",
    "apiVersion": "v2.1",
    "retryCount": 0,
    "configurationId": 10410674,
    "generatedDateTime": "2027-01-15T08:00:00.0900000Z",
    "data": {
        "accountId": "1a2b3c4d-0000-4000-8000-0123456789ab",
        "envelopeId": "a1b2c3d4-0000-4000-8000-0123456789ab",
    },
}
BODY = json.dumps(COMPLETED).encode()


def key(number: int) -> Secret:
    return Secret(f"a-connect-key-{number:03}")


def signatures(*numbers: int) -> list[bytes]:
    fields = [DOCUSIGN.sign([key(n)], BODY, message_id="", at=NOW).headers[0] for n in numbers]
    return [value for _, value in fields]


def numbered(values: list[bytes]) -> Fields:
    return [(b"X-DocuSign-Signature-%d" % at, value) for at, value in enumerate(values, start=1)]


def verify(fields: Fields, *keys: int) -> Verified | Rejected:
    scheme = DOCUSIGN.scheme([key(number) for number in keys])
    found = scheme.verify(delivery(BODY, fields), NOW)
    assert isinstance(found, Verified | Rejected)
    return found


def read(body: Any) -> Notice:
    envelope = DOCUSIGN.read(delivery(json.dumps(body).encode(), ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


@given(theirs=st.lists(st.integers(0, 99), min_size=1, max_size=9, unique=True), data=st.data())
def test_any_of_their_keys_may_match_any_of_ours(theirs: list[int], data: st.DataObject) -> None:
    both = data.draw(st.sampled_from(theirs))
    assert verify(numbered(signatures(*theirs)), 200, both) == Verified(1, Coverage.BODY)


def test_the_last_of_a_hundred_keys_counts_and_one_beyond_does_not() -> None:
    others = signatures(*range(100))
    assert isinstance(verify(numbered(others), 99), Verified)
    beyond = verify(numbered([*others, *signatures(100)]), 100)
    assert isinstance(beyond, Rejected)
    assert beyond.reason is Reason.MISMATCH


def test_numbers_are_read_as_far_as_none_is_missing() -> None:
    first, second = signatures(1, 2)
    gap = [(b"X-DocuSign-Signature-1", first), (b"X-DocuSign-Signature-3", second)]
    assert isinstance(verify(gap, 2), Rejected)
    assert isinstance(verify(gap[1:], 2), Rejected)


def test_a_field_that_is_no_signature_does_not_hide_the_others() -> None:
    [good] = signatures(1)
    assert isinstance(verify(numbered([b"\xff", good]), 1), Verified)
    malformed = verify(numbered([b"\xff", good[:-1]]), 1)
    assert isinstance(malformed, Rejected)
    assert malformed.reason is Reason.MALFORMED


def test_any_number_that_came_twice_is_refused() -> None:
    fields = numbered(signatures(1, 2))
    for doubled in fields:
        found = verify([*fields, doubled], 1)
        assert isinstance(found, Rejected)
        assert found.reason is Reason.DUPLICATE_HEADER


def test_an_event_is_known_by_its_envelope_its_name_and_its_time() -> None:
    notice = read(COMPLETED)
    assert notice.event_type == "envelope-completed"
    assert notice.event_id is None
    assert notice.key == (
        "a1b2c3d4-0000-4000-8000-0123456789ab:envelope-completed:2027-01-15T08:00:00.0900000Z"
    )
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2027-01-15T08:00:00.090Z"


def test_a_repeated_attempt_that_counts_itself_is_the_same_event() -> None:
    assert read(COMPLETED | {"retryCount": 3}).key == read(COMPLETED).key


def test_two_recipients_who_sign_at_one_time_are_two_events() -> None:
    keys = {
        read(COMPLETED | {"event": "recipient-completed", "data": COMPLETED["data"] | who}).key
        for who in ({"recipientId": "1"}, {"recipientId": "2"}, {})
    }
    assert len(keys) == 3


def test_without_an_envelope_the_body_is_the_key() -> None:
    body = {"event": "click-agreed", "generatedDateTime": "2027-01-15T08:00:00Z"}
    assert read(body).key == fingerprint(json.dumps(body).encode())


@pytest.mark.parametrize("body", [b"", b"<DocuSignEnvelopeInformation/>", b"{}", b'{"event": []}'])
def test_xml_and_what_names_no_event_are_unreadable(body: bytes) -> None:
    assert isinstance(DOCUSIGN.read(delivery(body, ())), Unreadable)
