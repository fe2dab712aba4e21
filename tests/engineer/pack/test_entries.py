"""One entry is put into settings of somebody's; whatever else they say, they still say, to the byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.pack.jsonc import held, read, with_value

KEYS = ("mcp", "bridgewright")
VALUE = {"type": "local", "command": ["bridgewright", "mcp"]}
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
_settings = st.dictionaries(st.text(max_size=6) | st.just("mcp"), _values, max_size=4)


@pytest.mark.slow
@given(_settings, st.sampled_from([None, 1, 2, 4, "\t"]))
def test_all_that_was_there_stays(settings: dict[str, object], indent: int | None) -> None:
    text = json.dumps(settings, indent=indent)
    outer = held(settings.get("mcp", {}))
    made = with_value(text, KEYS, VALUE)
    if outer is None:
        assert made is None
        return
    assert made is not None
    found = json.loads(made)
    assert found["mcp"].pop("bridgewright") == VALUE
    outer.pop("bridgewright", None)
    assert found == {**settings, "mcp": outer}
    assert [*found][: len(settings)] == [*settings]


@pytest.mark.slow
@given(_settings, st.integers(1, 4))
def test_only_lines_are_added_where_a_file_has_a_line_for_each_name(
    settings: dict[str, object], indent: int
) -> None:
    settings = {"a": 1, **settings, "mcp": {"other": {"enabled": False}}}
    text = json.dumps(settings, indent=indent)
    made = with_value(text, KEYS, VALUE)
    assert made is not None
    assert [
        line.rstrip(",")
        for line in text.splitlines()
        if line.rstrip(",") not in {each.rstrip(",") for each in made.splitlines()}
    ] == []
    assert made == json.dumps(json.loads(made), indent=indent)


def test_new_lines_end_as_the_lines_of_the_file_do() -> None:
    made = with_value('{\r\n  "a": 1\r\n}\r\n', KEYS, VALUE, "\r\n")
    assert made is not None
    assert made.count("\n") == made.count("\r\n") == 12


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, // why\n "b": 2}',
        '{"a": [1, 2,],}',
        '{"mcp": {}, "mcp": {"x": 1}}',
        '{"a": 1, "a": 2}',
        '{"mcp": []}',
        '{"mcp": "none"}',
        "[]",
        "",
        "{",
    ],
)
def test_what_cannot_be_edited_without_a_loss_is_not_edited(text: str) -> None:
    assert with_value(text, KEYS, VALUE) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1 /* b, */, "c": 2}', {"a": 1, "c": 2}),
        ('{"url": "http://x//y", // z\n}', {"url": "http://x//y"}),
        ('{"a": ["/*", "*/", ",]",],}', {"a": ["/*", "*/", ",]"]}),
    ],
)
def test_comments_and_trailing_commas_are_read_past(text: str, says: object) -> None:
    found = read(text)
    assert found is not None
    assert (found.value, found.plain) == (says, False)


@given(st.text(st.sampled_from('{}[]",:/*\n ab1\\'), max_size=40))
def test_no_text_is_more_than_read_or_not_read(text: str) -> None:
    found = read(text)
    assert found is None or isinstance(found.value, dict)
