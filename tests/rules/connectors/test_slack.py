"""Slack: events, interactions, commands, and what it asks beside them."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import (
    Answer,
    Delivery,
    Handshake,
    Headers,
    Notice,
    Readable,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import Fields, delivery, secret_text, way_of

SLACK = connectors.webhook("slack")
FORM = ((b"content-type", b"application/x-www-form-urlencoded"),)
SECONDS = NOW // 1_000_000


class Then(Clock):
    def now(self) -> float:
        return float(SECONDS)


VENDOR = SignatureVerifier(secret_text(0), Then())


def read(body: bytes, fields: Fields = ()) -> Notice:
    envelope = SLACK.read(delivery(body, fields))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


@given(body=st.text(max_size=200))
def test_what_slacks_library_signs_we_verify(body: str) -> None:
    signature = VENDOR.generate_signature(timestamp=str(SECONDS), body=body)
    assert signature is not None
    fields = (
        (b"X-Slack-Request-Timestamp", str(SECONDS).encode()),
        (b"X-Slack-Signature", signature.encode()),
    )
    way = way_of("slack")
    assert isinstance(way.verify(delivery(body.encode(), fields)), Verified)


@given(body=st.text(max_size=200))
def test_what_we_sign_slacks_library_verifies(body: str) -> None:
    fields = way_of("slack").fields(body.encode())
    headers = {name.decode(): value.decode() for name, value in fields}
    assert VENDOR.is_valid_request(body, headers)
    assert not VENDOR.is_valid_request(body + " ", headers)


def test_an_event_is_known_by_its_id() -> None:
    body = {
        "type": "event_callback",
        "event_id": "Ev08MFMKH6",
        "event_time": 1_800_000_000,
        "event": {"type": "app_mention", "text": "hello"},
    }
    notice = read(json.dumps(body).encode(), ((b"x-slack-retry-num", b"1"),))
    assert (notice.key, notice.event_type) == ("Ev08MFMKH6", "app_mention")
    assert notice.occurred_at == from_seconds(1_800_000_000)
    assert notice.headers == (("x-slack-retry-num", "1"),)


def test_the_url_is_verified_by_its_challenge() -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB10FEMAGAZd4"}).encode()
    envelope = SLACK.read(delivery(body, ()))
    assert envelope == Handshake(Answer(200, b"3eZbrw1aB10FEMAGAZd4", "text/plain; charset=utf-8"))


@pytest.mark.parametrize("challenge", [None, 7, "", "a\n", "a" * 300])
def test_a_challenge_that_is_no_text_is_unreadable(challenge: object) -> None:
    body = json.dumps({"type": "url_verification", "challenge": challenge}).encode()
    assert isinstance(SLACK.read(delivery(body, ())), Unreadable)


def test_an_interaction_is_stored_as_its_json() -> None:
    payload = json.dumps({"type": "block_actions", "trigger_id": "1.2", "user": {"id": "U1"}})
    body = urlencode({"payload": payload}).encode()
    notice = read(body, FORM)
    assert (notice.event_type, notice.body) == ("block_actions", payload.encode())
    assert notice.key == fingerprint(body)
    assert dict(notice.headers)["content-type"] == "application/json"


def test_a_command_is_stored_as_its_form() -> None:
    body = urlencode({"command": "/weather", "text": "94070", "trigger_id": "1.2"}).encode()
    notice = read(body, FORM)
    assert (notice.event_type, notice.body) == ("slash_command", body)


@pytest.mark.parametrize("body", [b"", b"a=b", b"payload=", b"payload=[]", b"payload=%7B%7D"])
def test_a_form_that_is_neither_is_unreadable(body: bytes) -> None:
    assert isinstance(SLACK.read(delivery(body, FORM)), Unreadable)


@given(kind=st.sampled_from((b"application/json", b"application/x-www-form-urlencoded", b"\xff")))
def test_the_body_says_what_it_is_for_its_content_type_is_not_signed(kind: bytes) -> None:
    fields = ((b"content-type", kind),)
    event = b'{"type": "event_callback", "event_id": "Ev1", "event": {"type": "message"}}'
    command = b"command=%2Fweather&text=94070&trigger_id=1.2"
    assert (read(event, fields).key, read(event, fields).event_type) == ("Ev1", "message")
    assert read(command, fields).event_type == "slash_command"


def test_what_slack_tells_of_the_app_itself_has_no_id() -> None:
    body = b'{"token": "x", "type": "app_rate_limited", "minute_rate_limited": 1518467820}'
    notice = read(body)
    assert (notice.event_type, notice.key, notice.event_id) == (
        "app_rate_limited",
        fingerprint(body),
        None,
    )


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("block_suggestion", {"options": []}),
        ("dialog_suggestion", {"options": []}),
        ("view_submission", None),
        ("block_actions", None),
        ("shortcut", None),
    ],
)
def test_a_menu_gets_no_choices_and_every_other_interaction_an_empty_answer(
    kind: str, answer: object
) -> None:
    body = urlencode({"payload": json.dumps({"type": kind})}).encode()
    envelope = SLACK.read(delivery(body, FORM))
    assert isinstance(envelope, Readable)
    found = envelope.answer
    assert (None if found is None else json.loads(found.body)) == answer
    assert SLACK.profile.accepted == Answer(200)


def test_a_long_form_is_not_looked_into_before_it_is_verified() -> None:
    assert SLACK.greet is not None
    greeting = SLACK.greet([way_of("slack").keys(0)[1]])
    body = b"ssl_check=1&token=" + b"x" * 1_024
    assert greeting.before(delivery(body, FORM)) is None


def test_the_look_at_our_certificate_is_answered_without_a_signature() -> None:
    assert SLACK.greet is not None
    greeting = SLACK.greet([way_of("slack").keys(0)[1]])
    body = b"ssl_check=1&token=x"
    assert greeting.before(delivery(body, FORM)) == Answer(200)
    signed = (*FORM, *way_of("slack").fields(body))
    for fields, other in (((), body), (FORM, b"ssl_check=0"), (FORM, b"a=1"), (signed, body)):
        assert greeting.before(Delivery("s", Headers(fields), other, NOW)) is None
    assert greeting.after(delivery(body, FORM)) is None
