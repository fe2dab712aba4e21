"""Header fields by allow-list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.redact.headers import HARMLESS, MAX_FIELDS, NEVER, shown
from tests.rules.redact.canaries import REDACTION, canaries, survives

names = st.sampled_from([*sorted(HARMLESS), "x-ratelimit-remaining", "x-odd", "authorization"])
headers = st.lists(st.tuples(names | st.text(max_size=80), st.text(max_size=200)), max_size=20)


@given(headers=headers, allowed=st.frozensets(names))
def test_every_field_keeps_its_place_and_any_text_is_taken(
    headers: list[tuple[str, str]], allowed: frozenset[str]
) -> None:
    told = shown(tuple(headers), REDACTION, allowed)
    assert len(told) == len(headers)
    for (name, _), (_, value) in zip(headers, told, strict=True):
        if NEVER.search(name):
            assert value is None
    assert all(value is None or value.isprintable() or not value.isascii() for _, value in told)


@given(headers=headers, name=names, canary=canaries, place=st.integers(0, 20))
def test_a_canary_in_any_value_does_not_survive_even_where_a_profile_allows_it(
    headers: list[tuple[str, str]], name: str, canary: str, place: int
) -> None:
    headers.insert(place, (name, f"see {canary}"))
    told = shown(tuple(headers), REDACTION, frozenset({"x-odd", "authorization"}))
    assert not survives(canary, repr(told))


def test_a_name_stands_for_a_value_that_is_withheld() -> None:
    told = shown(
        (
            ("content-type", "application/json"),
            ("authorization", "Bearer x"),
            ("x-custom", "1"),
            ("x-ratelimit-remaining", "12"),
            ("x-ratelimit-token", "abc"),
            ("x-acme-region", "eu"),
        ),
        REDACTION,
        frozenset({"authorization", "x-acme-region"}),
    )
    assert told == (
        ("content-type", "application/json"),
        ("authorization", None),
        ("x-custom", None),
        ("x-ratelimit-remaining", "12"),
        ("x-ratelimit-token", None),
        ("x-acme-region", "eu"),
    )


def test_no_harmless_field_tells_of_a_credential() -> None:
    assert not [name for name in HARMLESS if NEVER.search(name)]


def test_a_value_cannot_forge_a_line_and_a_long_one_is_cut() -> None:
    told = shown((("server", "a\nERROR b"), ("user-agent", "x" * 10_000)), REDACTION)
    assert told[0] == ("server", "a\\nERROR b")
    assert len(told[1][1] or "") < 600


def test_beyond_a_hundred_fields_the_rest_is_left_out() -> None:
    assert len(shown((("date", "x"),) * 1_000, REDACTION)) == MAX_FIELDS
