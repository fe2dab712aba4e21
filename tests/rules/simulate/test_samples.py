"""A text made for a pattern is one that the pattern takes, or there is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridgewright.simulate.declared.patterns import is_tame
from bridgewright.simulate.declared.samples import sample

PIECES = st.sampled_from(
    [
        "a",
        r"\+",
        "[1-9]",
        "[0-9]{1,14}",
        r"\d{3}",
        r"\w+",
        "[^a-z]",
        "[a-zA-Z_-]",
        "(ab|cd)",
        "x?",
        r"\S",
    ]
)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\+[1-9][0-9]{1,14}$",
        r"^[A-Z]{2}[0-9]{2}$",
        r"^(AC|SM)[0-9a-fA-F]{32}$",
        r"^\d{4}-\d{2}-\d{2}$",
        r"^[^\s@]+@[^\s@]+$",
        "^sk_(live|test)_",
    ],
)
def test_a_pattern_that_providers_use_has_a_sample(pattern: str) -> None:
    made = sample(pattern)
    assert made is not None
    assert re.search(pattern, made)


@given(
    pieces=st.lists(PIECES, min_size=1, max_size=5),
    bounds=st.tuples(st.integers(0, 30), st.integers(0, 60)),
    whole=st.booleans(),
)
def test_what_is_made_fits_its_pattern_and_its_bounds(
    pieces: list[str], bounds: tuple[int, int], *, whole: bool
) -> None:
    pattern = f"^{''.join(pieces)}$" if whole else "".join(pieces)
    assume(is_tame(pattern))
    made = sample(pattern, *bounds)
    if made is not None:
        assert re.search(pattern, made)
        assert bounds[0] <= len(made) <= bounds[1]
    assert sample(pattern) is not None


@pytest.mark.parametrize("pattern", ["(a+)+$", "(?=b)a", r"(a)\1$x", "a" * 600, "("])
def test_of_other_patterns_nothing_is_made(pattern: str) -> None:
    assert sample(pattern) is None
