"""Telegram's updates: one kind beside a number."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Answer, Coverage, Notice, Readable, Unreadable, Verified
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from tests.signed import delivery

TELEGRAM = connectors.webhook("telegram")
CHAT = {"id": 1111111, "type": "private"}
KINDS = ("message", "edited_message", "channel_post", "inline_query", "poll", "chat_member")


def read(body: Any) -> Notice:
    envelope = TELEGRAM.read(delivery(json.dumps(body).encode(), ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


@given(number=st.integers(0, 2**31 - 1), kind=st.sampled_from(KINDS))
def test_an_update_is_known_by_its_number_and_named_by_its_kind(number: int, kind: str) -> None:
    notice = read({"update_id": number, kind: {"chat": CHAT, "date": 1_800_000_000}})
    assert notice.key == notice.event_id == str(number)
    assert notice.event_type == kind
    assert notice.occurred_at == from_seconds(1_800_000_000)


def test_a_button_pressed_has_no_date_and_a_kind_that_is_new_is_read_as_well() -> None:
    pressed = read({"update_id": 1, "callback_query": {"id": "4382bfdw", "data": "yes"}})
    assert (pressed.event_type, pressed.occurred_at) == ("callback_query", None)
    assert read({"update_id": 2, "of_next_year": []}).event_type == "of_next_year"


@pytest.mark.parametrize(
    "body",
    [
        {"update_id": 1},
        {"message": {}},
        {"update_id": "1", "message": {}},
        {"update_id": True, "message": {}},
        {"update_id": 2**63, "message": {}},
        {"update_id": 1.5, "message": {}},
        {"update_id": 1, "message": {}, "poll": {}},
        {"update_id": 1, "a\0b": {}},
        [{"update_id": 1, "message": {}}],
    ],
)
def test_what_is_no_update_is_unreadable(body: Any) -> None:
    assert isinstance(TELEGRAM.read(delivery(json.dumps(body).encode(), ())), Unreadable)


def test_the_token_proves_who_sends_and_nothing_of_what() -> None:
    token = Secret("a-token_that-was-made-up")
    fields = TELEGRAM.sign([token], b"{}", message_id="", at=NOW).headers
    assert fields == ((b"x-telegram-bot-api-secret-token", b"a-token_that-was-made-up"),)
    for body in (b"{}", b'{"update_id": 2}'):
        found = TELEGRAM.scheme([token]).verify(delivery(body, fields), NOW)
        assert found == Verified(0, Coverage.NOTHING)


def test_the_answer_calls_no_method() -> None:
    assert TELEGRAM.profile.accepted == Answer(200)
