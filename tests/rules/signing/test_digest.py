"""Message authentication codes."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.signing.digest import MacKey, match

parts = st.lists(st.binary(max_size=200), max_size=4)


@given(key=st.binary(min_size=1, max_size=200), parts=parts, others=parts)
def test_a_prepared_key_digests_as_the_standard_library_does_and_is_not_used_up(
    key: bytes, parts: list[bytes], others: list[bytes]
) -> None:
    prepared = MacKey.of(key)
    prepared.digest(*others)
    assert prepared.digest(*parts) == hmac.digest(key, b"".join(parts), "sha256")


@given(expected=st.lists(st.binary(max_size=3)), given_=st.lists(st.binary(max_size=3)))
def test_the_match_is_the_first_expected_value_that_was_given(
    expected: list[bytes], given_: list[bytes]
) -> None:
    found = match(expected, given_)
    hits = [position for position, value in enumerate(expected) if value in given_]
    assert found == (hits[0] if hits else None)


def test_a_prepared_key_shows_nothing() -> None:
    assert repr(MacKey.of(b"value")) == "MacKey(****)"
