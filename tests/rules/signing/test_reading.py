"""Where an event's identity stands, and what is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.model.inbound import Notice, Readable, Unreadable
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.signing.envelope import fingerprint
from bridgewright.core.signing.reading import Places
from tests.fuzz import hostile
from tests.signed import delivery

PLACES = Places(
    id=("data.id", "header:x-attempt"), type=("kind", "action"), at="data.at", kept=(b"x-attempt",)
)


def read(body: Any, places: Places = PLACES, **fields: str) -> Notice:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
    envelope = places(delivery(json.dumps(body).encode(), sent))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


def test_an_id_is_joined_of_its_parts_and_a_type_too() -> None:
    body = {"kind": "order", "action": "paid", "data": {"id": 17, "at": 1_800_000_000}}
    notice = read(body, x_attempt="a1")
    assert (notice.key, notice.event_id, notice.event_type) == ("17:a1", "17:a1", "order.paid")
    assert notice.occurred_at == from_seconds(1_800_000_000)
    assert notice.headers == (("x-attempt", "a1"),)


def test_an_id_that_is_not_whole_is_none_and_the_body_is_the_key() -> None:
    body = {"kind": "order", "data": {"id": 17}}
    notice = read(body)
    assert notice.event_id is None
    assert notice.key == fingerprint(json.dumps(body).encode())
    assert notice.event_type == "order"


def test_two_events_that_differ_anywhere_have_two_keys_where_no_id_is_known() -> None:
    assert read({"kind": "a", "n": 1}).key != read({"kind": "a", "n": 2}).key


@pytest.mark.parametrize(
    ("value", "in_ms"), [(1_800_000_000_000, True), ("1800000000000", True), (1_800_000_000, False)]
)
def test_a_time_is_read_in_seconds_or_milliseconds(value: object, *, in_ms: bool) -> None:
    places = Places(type=("kind",), at="at", at_ms=in_ms)
    assert read({"kind": "a", "at": value}, places).occurred_at == from_seconds(1_800_000_000)


def test_a_list_is_counted_into() -> None:
    places = Places(id=("events.1.id",), type=("events.0.type",))
    notice = read({"events": [{"type": "a"}, {"id": "x"}]}, places)
    assert (notice.key, notice.event_type) == ("x", "a")


@pytest.mark.parametrize("body", [{}, {"kind": ""}, {"kind": ["a"]}, {"kind": "a\n"}, {"kind": {}}])
def test_without_a_type_it_is_unreadable_unless_something_stands_for_it(body: Any) -> None:
    sent = delivery(json.dumps(body).encode(), ())
    assert isinstance(PLACES(sent), Unreadable)
    assert read(body, Places(type=("kind",), untyped="ping")).event_type == "ping"


@given(fields=hostile.headers, value=hostile.objects, place=st.text(max_size=20))
def test_any_place_in_anything_is_read(fields: Any, value: dict[str, Any], place: str) -> None:
    places = Places(id=(place,), type=("type", place), at=place, at_ms=True)
    assert isinstance(places(delivery(json.dumps(value).encode(), fields)), Readable | Unreadable)
