"""How a timestamp is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.signing.freshness import MAX_DIGITS, signed_at


@given(st.integers(0, 10**MAX_DIGITS - 1))
def test_whole_seconds_are_an_instant(seconds: int) -> None:
    assert signed_at(b"%d" % seconds) == seconds * 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"+1",
        b"-1",
        b" 1",
        b"1 ",
        b"1_0",
        b"1.0",
        b"1e3",
        b"0x1",
        b"abc",
        b"1\n",
        "\N{ARABIC-INDIC DIGIT ONE}".encode(),
        "\N{SUPERSCRIPT TWO}".encode("latin-1"),
        b"1" * (MAX_DIGITS + 1),
        b"1" * 5_000,
    ],
)
def test_what_is_not_a_few_ascii_digits_is_no_instant(text: bytes) -> None:
    assert signed_at(text) is None
