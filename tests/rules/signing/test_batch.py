"""Arrays of events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.signing.batch import MAX_ITEMS, items
from tests.fuzz import hostile

spaces = st.text(" \t\r\n", max_size=3)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9))
events = st.lists(st.dictionaries(st.text(max_size=9), scalars, max_size=3), min_size=1, max_size=5)


@given(events=events, space=spaces)
def test_every_event_comes_with_exactly_its_own_text(
    events: list[dict[str, object]], space: str
) -> None:
    texts = [json.dumps(event) for event in events]
    body = f"{space}[{space}" + f"{space},{space}".join(texts) + f"{space}]{space}"
    assert items(body.encode()) == [
        (event, text.encode()) for event, text in zip(events, texts, strict=True)
    ]


@pytest.mark.parametrize("body", hostile.BODIES, ids=lambda body: repr(body[:20]))
def test_any_body_is_an_array_of_events_or_a_reason_that_can_be_shown(body: bytes) -> None:
    found = items(body)
    if isinstance(found, str):
        assert found.isprintable()
    else:
        assert json.loads(body) == [event for event, _ in found]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[]",
        b"[{}",
        b"[{},",
        b"[{},]",
        b"[,{}]",
        b"[{} {}]",
        b"[{}]]",
        b"[{}][{}]",
        b"[{}] x",
        b"{}",
        b"[{}, 1]",
        b"[[{}]]",
        b'[{"a": PRIVATE}]',
        b"\xef\xbb\xbf[{}]",
    ],
)
def test_nearly_an_array_is_none_and_is_not_repeated(body: bytes) -> None:
    found = items(body)
    assert isinstance(found, str)
    assert "PRIVATE" not in found


@given(body=st.binary(max_size=60))
def test_any_bytes_are_events_or_a_reason(body: bytes) -> None:
    assert items(body)


def test_there_is_an_end_to_how_many_events_are_taken() -> None:
    assert len(items(b"[" + b",".join([b"{}"] * MAX_ITEMS) + b"]")) == MAX_ITEMS
    assert isinstance(items(b"[" + b",".join([b"{}"] * (MAX_ITEMS + 1)) + b"]"), str)
