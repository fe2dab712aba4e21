"""Places: where an event says what it is ordered by."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify.contracts.made import notice
from bridgewright.core.lifecycle.placing import Document, Placing, wrong_place
from bridgewright.core.model.ranking import ORDER_CHARACTERS

BODY = json.dumps(
    {"data": {"object": {"customer": "cus_1", "n": 7, "live": True, "none": None, "list": ["x"]}}}
).encode()


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("data.object.customer", "cus_1"),
        ("data.object.n", "7"),
        ("data.object.live", "true"),
        ("data.object.list.0", "x"),
        ("data.object.list.1", None),
        ("data.object.none", None),
        ("data.object", None),
        ("data.object.customer.more", None),
        ("absent", None),
        ("header:X-Shop", "one"),
        ("header:x-absent", None),
        ("form:absent", None),
    ],
)
def test_a_place_holds_a_key_or_nothing(place: str, expected: str | None) -> None:
    assert Document(BODY, (("x-shop", "one"),)).at(place) == expected


def test_a_field_of_a_form_is_a_place() -> None:
    assert Document(b"MessageSid=SM1&Body=a%20b").at("form:Body") == "a b"


@given(st.binary(max_size=200), st.sampled_from(["a", "a.0.b", "form:a", "header:a"]))
def test_any_bytes_have_a_key_or_none(body: bytes, place: str) -> None:
    key = Document(body).at(place)
    assert key is None or (key.isprintable() and 0 < len(key) <= ORDER_CHARACTERS)


@given(st.text(max_size=300))
def test_a_key_that_could_not_be_shown_is_none(value: str) -> None:
    body = json.dumps({"k": value}).encode()
    fits = value.isprintable() and 0 < len(value) <= ORDER_CHARACTERS
    assert Document(body).at("k") == (value if fits else None)


def test_the_first_place_that_holds_something_counts() -> None:
    placing = Placing(order=("data.object.gone", "data.object.customer"), high=("invoice.*",))
    rank = placing.of(notice(body=BODY))
    assert (rank.order_key, rank.resource, rank.high) == ("cus_1", None, True)
    assert not placing.of(notice(event_type="charge.failed", body=BODY)).high


@pytest.mark.parametrize("text", ["", ".", "a..b", "a b", "form:", "a" * 65, "a.b\n", "$x[0]"])
def test_what_is_no_place_is_refused(text: str) -> None:
    assert wrong_place(text) is not None
