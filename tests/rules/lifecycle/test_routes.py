"""Which handler an event goes to."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.routes import Routes, matches

names = st.text(alphabet="abc.*[?\n", max_size=12)


def first(event: object) -> None:
    """One handler."""


def second(event: object) -> None:
    """Another."""


@given(names, names)
def test_only_the_star_is_special(pattern: str, event_type: str) -> None:
    plain = re.sub(r"([\[?])", r"[\1]", pattern)
    assert matches(pattern, event_type) is fnmatch.fnmatchcase(event_type, plain)


def test_the_pattern_that_says_most_wins() -> None:
    routes = Routes()
    routes.add("stripe", "*", first)
    routes.add("stripe", "invoice.*", second)
    routes.add("stripe", "invoice.paid", first)
    assert routes.find("stripe", "charge.failed") is first
    assert routes.find("stripe", "invoice.created") is second
    assert routes.find("stripe", "invoice.paid") is first


def test_a_source_has_its_own_handlers() -> None:
    routes = Routes()
    routes.add("stripe", "*", first)
    assert routes.find("github", "push") is None
    assert routes.sources() == ("stripe",)


@pytest.mark.parametrize("pattern", ["*", "invoice.paid"])
def test_a_second_handler_for_the_same_is_refused(pattern: str) -> None:
    routes = Routes()
    routes.add("stripe", pattern, first)
    with pytest.raises(ConfigurationError, match="two handlers"):
        routes.add("stripe", pattern, second)


def test_an_empty_pattern_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="empty"):
        Routes().add("stripe", "", first)


@given(st.lists(st.text(alphabet="ab*", min_size=1, max_size=6), unique=True, max_size=8))
def test_the_order_of_registration_does_not_matter(patterns: list[str]) -> None:
    def chosen(order: list[str]) -> list[object]:
        routes = Routes()
        handlers = {pattern: _handler(pattern) for pattern in patterns}
        for pattern in order:
            routes.add("s", pattern, handlers[pattern])
        found = [routes.find("s", text) for text in ("", "a", "ab", "aab", "bab", "abab")]
        return [None if one is None else one.__name__ for one in found]

    assert chosen(patterns) == chosen(patterns[::-1]) == chosen(sorted(patterns))


def _handler(name: str):  # type: ignore[no-untyped-def] # noqa: ANN202 - a function named after its pattern
    def handler(event: object) -> None:
        """Named after its pattern."""

    handler.__name__ = name
    return handler
