"""Text, instants and fields that are safe to keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.model.inbound import Headers
from bridgewright.core.model.moment import as_text, from_datetime
from bridgewright.core.signing import envelope


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"PRIVATE", "not JSON"),
        (b'{"a": "PRIVATE"', "not JSON"),
        (b'"PRIVATE"', "not an object"),
        (b"[]", "not an object"),
        (b"\xff", "not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"[" * 500_000, "too deep"),
        (b'{"PRIVATE":' * 500_000, "too deep"),
        (b'{"a":' + b"9" * 5_000 + b"}", "too many digits"),
    ],
)
def test_a_body_that_is_no_json_object_says_why_and_quotes_nothing(body: bytes, why: str) -> None:
    found = envelope.parsed(body)
    assert isinstance(found, str)
    assert why in found
    assert "PRIVATE" not in found


@pytest.mark.parametrize("text", ["a", " ", "invoice.paid", "\N{SNOWMAN}", "a" * 255])
def test_printable_text_is_clean(text: str) -> None:
    assert envelope.clean(text) == text


@pytest.mark.parametrize(
    "value", ["", "a" * 256, "a\0", "a\n", "\x7f", "\ud800", "\u2028", "\u200b", None, 1, True, []]
)
def test_what_a_store_or_a_terminal_could_stumble_over_is_not_clean(value: object) -> None:
    assert envelope.clean(value) is None


@given(st.text())
def test_clean_text_survives_encoding(text: str) -> None:
    found = envelope.clean(text)
    assert found is None or found.encode().decode() == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_800_000_000, "2027-01-15T08:00:00.000Z"),
        (253_402_300_799, "9999-12-31T23:59:59.000Z"),
        ("2022-11-03T20:26:10.344522Z", "2022-11-03T20:26:10.344Z"),
        ("2022-11-03T22:26:10+02:00", "2022-11-03T20:26:10.000Z"),
    ],
)
def test_whole_seconds_and_dates_with_a_zone_are_instants(value: object, shown: str) -> None:
    moment = envelope.occurred_at(value)
    assert moment is not None
    assert as_text(moment) == shown


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1.5,
        -1,
        253_402_300_800,
        10**400,
        float("nan"),
        "",
        "yesterday",
        "2022-11-03T20:26:10",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2022-11-03T20:26:10Z" + " " * 100,
        "\ud800",
        [],
    ],
)
def test_what_names_no_instant_that_has_a_date_is_none(value: object) -> None:
    assert envelope.occurred_at(value) is None


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_read_is_the_instant_written(when: object) -> None:
    text = when.isoformat()  # type: ignore[attr-defined]
    moment = envelope.occurred_at(text)
    assert moment is None or moment == from_datetime(when)  # type: ignore[arg-type]


def test_only_fields_on_the_list_are_kept_cleaned_and_cut() -> None:
    headers = Headers(
        (
            (b"User-Agent", b"first"),
            (b"user-agent", b"second"),
            (b"Authorization", b"Bearer PRIVATE"),
            (b"cookie", b"PRIVATE"),
            (b"x-odd", b"a\0b\r\n\xff"),
            (b"x-long", b"a" * 5_000),
        )
    )
    found = envelope.kept(headers, (b"user-agent", b"x-odd", b"x-long", b"x-absent"))
    odd = "a\ufffdb\ufffd\ufffd\ufffd"
    assert found == (("user-agent", "first"), ("x-odd", odd), ("x-long", "a" * 512))


def test_the_sole_text_of_a_field_is_clean_utf_8_and_alone() -> None:
    fields = [(b"one", b"a"), (b"two", b"a"), (b"two", b"a"), (b"odd", b"\xff"), (b"nul", b"\0")]
    headers = Headers(fields)
    found = [envelope.sole_text(headers, name) for name in (b"one", b"two", b"odd", b"nul", b"no")]
    assert found == ["a", None, None, None, None]
