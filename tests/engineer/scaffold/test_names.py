"""Names of strangers become names in Python, each another, and none that means something else."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.scaffold.names import CLASSES, FIELDS, Names, camel, snake
from bridgewright.engineer.scaffold.toml import key, text

WORDS = (
    "class __init__ +1 -1 1 DateSent DateSent< DateSent> date copy model_dump model_config str None self _"
    ' """ ünïcode'
).split()
HOSTILE = st.one_of(st.text(max_size=30), st.sampled_from(["", "a\nb", "import os", *WORDS]))


@given(st.lists(HOSTILE, unique=True, max_size=20))
def test_every_name_is_another_and_none_is_reserved(originals: list[str]) -> None:
    fields, classes = Names(FIELDS), Names(CLASSES, "Model", "")
    for names, shape in ((fields, snake), (classes, camel)):
        made = [names.of(each, shape(each)) for each in originals]
        assert len(set(made)) == len(originals)
        for each in made:
            assert each.isidentifier()
            assert each.isascii()
            assert not keyword.iskeyword(each)
            assert not each.startswith(("_", "model_"))
            assert each not in names.reserved
        assert [names.of(each, shape(each)) for each in originals] == made


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("DateSent<", "date_sent_lt"),
        ("+1", "plus_1"),
        ("-1", "minus_1"),
        ("createdAt", "created_at"),
        ("HTTPServer", "http_server"),
        ("carriers/list-all", "carriers_list_all"),
        ('"""', "value"),
        ("1st", "n1st"),
    ],
)
def test_a_name_keeps_its_words(original: str, expected: str) -> None:
    assert snake(original) == expected


@given(st.text(max_size=60), st.text(max_size=20))
def test_a_text_survives_toml(value: str, name: str) -> None:
    import tomllib  # noqa: PLC0415 - the reader that it is for

    shown = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    plain = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in name)
    assert tomllib.loads(f"{key(name)} = {text(value)}") == {plain: shown}
