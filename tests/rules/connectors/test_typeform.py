"""Typeform's answers to forms."""

from __future__ import annotations

import json

import pytest

from bridgewright import connectors
from bridgewright.core.model.inbound import Answer, Readable, Unreadable
from bridgewright.core.model.moment import as_text
from tests.signed import delivery

TYPEFORM = connectors.webhook("typeform")
RESPONSE = {
    "event_id": "LtWXD3crgy",
    "event_type": "form_response",
    "form_response": {
        "form_id": "lT4Z3j",
        "token": "a3a12ec67a1365927098a606107fac15",
        "submitted_at": "2027-01-15T08:00:00Z",
        "answers": [
            {"type": "text", "text": "It's cold right now!", "field": {"id": "DlXFaesGBpoF"}}
        ],
    },
}


def test_an_answer_is_known_by_its_event_and_dated_by_its_submission() -> None:
    envelope = TYPEFORM.read(delivery(json.dumps(RESPONSE).encode(), ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.key == notice.event_id == "LtWXD3crgy"
    assert notice.event_type == "form_response"
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2027-01-15T08:00:00.000Z"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"event_id": "a"}', b'{"event_type": ""}'])
def test_what_names_no_type_is_unreadable(body: bytes) -> None:
    assert isinstance(TYPEFORM.read(delivery(body, ())), Unreadable)


def test_no_refusal_of_a_delivery_is_one_that_ends_the_hook() -> None:
    assert TYPEFORM.profile.refusal(TYPEFORM.profile.rejected) == Answer(401)
