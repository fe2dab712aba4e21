"""Regular expressions from a stranger: only those that cannot take for ever are tried."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 500
"""Characters of a pattern that is tried."""
LONGEST_TEXT = 1_000
"""Characters of a text that a pattern is tried on."""
MOST_LOOPS = 2
"""Unbounded repetitions side by side: each makes the work grow by the length of the text."""
_ENDLESS = 50
"""A repetition of more than so many counts as unbounded."""


def is_tame(pattern: object) -> bool:
    """Whether a pattern is one that Python reads, and whose work is bounded by its text's square: no
    repetition stands within another, and few stand side by side."""
    if not isinstance(pattern, str) or len(pattern) > LONGEST:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = re._parser.parse(pattern)  # type: ignore[attr-defined]  # noqa: SLF001 - nothing public reads one
    except (re.error, RecursionError, OverflowError):
        return False
    loops = list(_loops(tree))
    return len(loops) <= MOST_LOOPS and all(_is_simple(inside) for inside in loops)


def _loops(tree: Any) -> Iterator[Any]:
    """What each unbounded repetition repeats."""
    for name, value in tree:
        if str(name) in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            _, most, inside = value
            if int(most) > _ENDLESS:
                yield inside
        for part in _parts(value):
            yield from _loops(part)


def _is_simple(inside: Any) -> bool:
    """Whether what is repeated is one character of some set."""
    return len(inside) == 1 and str(inside[0][0]) in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}


def _parts(value: Any) -> Iterator[Any]:
    if hasattr(value, "pattern") or type(value).__name__ == "SubPattern":
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _parts(each)
