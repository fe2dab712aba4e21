"""GitHub's events."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.connectors.github.webhook import read
from bridgewright.core.model.inbound import Notice, Readable, Unreadable
from tests.signed import Fields, delivery

EVENT = (b"X-GitHub-Event", b"issues")
ID = (b"X-GitHub-Delivery", b"72d3162e-cc78-11e3-81ab-4c9367dc0958")
FORM = (b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8")


def _notice(body: bytes, *fields: tuple[bytes, bytes]) -> Notice:
    envelope = read(delivery(body, fields))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


def test_an_event_is_named_by_its_header_and_its_action() -> None:
    notice = _notice(b'{"action": "opened"}', EVENT, ID)
    assert notice.event_type == "issues.opened"
    assert notice.key == notice.event_id == ID[1].decode()
    assert notice.body == b'{"action": "opened"}'
    assert dict(notice.headers) == {
        "x-github-event": "issues",
        "x-github-delivery": ID[1].decode(),
    }


@pytest.mark.parametrize("action", [None, 1, [], "", "a\nb", "\ud800"])
def test_an_action_that_is_no_name_is_left_out(action: object) -> None:
    assert _notice(json.dumps({"action": action}).encode(), EVENT, ID).event_type == "issues"


def test_a_ping_is_an_event_like_any_other() -> None:
    assert _notice(b'{"zen": "x"}', (b"x-github-event", b"ping"), ID).event_type == "ping"


@pytest.mark.parametrize(
    "ids", [(), (ID, ID), ((ID[0], b""),), ((ID[0], b"\xff"),), ((ID[0], b"a" * 256),)]
)
def test_without_one_usable_delivery_id_the_digest_of_the_body_is_the_key(ids: Fields) -> None:
    notice = _notice(b"{}", EVENT, *ids)
    assert notice.key == "sha256:" + hashlib.sha256(b"{}").hexdigest()
    assert notice.event_id is None


texts = st.text(max_size=20)


@given(st.dictionaries(texts, texts, max_size=3))
def test_the_payload_of_a_form_is_read_as_the_json_it_is(value: dict[str, str]) -> None:
    payload = json.dumps(value, ensure_ascii=False).encode()
    for body in (urlencode({"payload": payload}), "payload=" + quote(payload)):
        notice = _notice(body.encode(), FORM, EVENT, ID)
        assert notice.body == payload
        assert dict(notice.headers)["content-type"] == "application/json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"payload",
        b"payload=",
        b"other=%7B%7D",
        b"payload=%7B%7D&payload=%7B%7D",
        b'payload={"a":"b&c=d"}',
    ],
)
def test_a_form_without_one_payload_is_unreadable_and_kept_whole(body: bytes) -> None:
    envelope = read(delivery(body, (FORM, EVENT, ID)))
    assert isinstance(envelope, Unreadable)
    assert envelope.notice.body == body


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"{}", (ID,)),
        (b"{}", (ID, EVENT, EVENT)),
        (b"{}", (ID, (EVENT[0], b"a\0"))),
        (json.dumps({"action": "a" * 255}).encode(), (ID, EVENT)),
        (b"[]", (ID, EVENT)),
        (b"payload=%7B%7D", (ID, EVENT)),
    ],
)
def test_what_is_no_event_is_unreadable(body: bytes, fields: Fields) -> None:
    assert isinstance(read(delivery(body, fields)), Unreadable)
