"""A text that a pattern takes: the shortest way through it, and seen to be taken."""

from __future__ import annotations

import re
import string
import warnings
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.declared.patterns import is_tame

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 500
"""Characters of a text that is made."""
_LETTERS = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_.:/+@ "
_CATEGORIES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_WORD": string.ascii_lowercase + string.digits + "_",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": string.ascii_lowercase,
    "CATEGORY_NOT_WORD": "-. ",
    "CATEGORY_NOT_SPACE": string.ascii_lowercase + string.digits,
}


def sample(pattern: str, least: int = 0, most: int = LONGEST) -> str | None:
    """A text of `least` to `most` characters in which a pattern is found; None where none was made: for
    patterns that are not tame, that look around, or that refer back."""
    if not is_tame(pattern):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = re._parser.parse(pattern)  # type: ignore[attr-defined]  # noqa: SLF001 - nothing public reads one
        expression = re.compile(pattern)
    for more in range(min(least, LONGEST) + 1):
        text = _walked(tree, more)
        if text is None or len(text) > LONGEST:
            return None
        padded = text if pattern.endswith("$") else text.ljust(least, "x")
        if least <= len(padded) <= most and expression.search(padded):
            return padded
    return None


def _walked(tree: Iterable[Any], more: int) -> str | None:
    """A way through, with each repetition `more` times more often than it must be, as far as it may."""
    parts = [_part(str(name), value, more) for name, value in tree]
    made = [part for part in parts if part is not None]
    return "".join(made) if len(made) == len(parts) else None


def _part(name: str, value: Any, more: int) -> str | None:
    made: str | None = None
    match name:
        case "LITERAL":
            made = chr(value)
        case "NOT_LITERAL":
            made = next(each for each in _LETTERS if ord(each) != value)
        case "ANY":
            made = "a"
        case "AT":
            made = ""
        case "IN":
            made = _one(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inside = value
            once = _walked(inside, more)
            made = None if once is None else once * min(int(most), least + more, LONGEST)
        case "SUBPATTERN":
            made = _walked(value[-1], more)
        case "BRANCH":
            ways = (_walked(each, more) for each in value[1])
            made = next((each for each in ways if each is not None), None)
    return made


def _one(choices: Any) -> str | None:
    """A character of a set."""
    named = [(str(name), value) for name, value in choices]
    refused = named[0][0] == "NEGATE"
    for name, value in named[refused:]:
        first = _first(name, value)
        if not refused and first is not None:
            return first
    if not refused:
        return None
    return next((each for each in _LETTERS if not any(_has(*one, each) for one in named[1:])), None)


def _first(name: str, value: Any) -> str | None:
    match name:
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(value[0])
        case "CATEGORY":
            return _CATEGORIES.get(str(value), "")[:1] or None
        case _:
            return None


def _has(name: str, value: Any, character: str) -> bool:
    match name:
        case "LITERAL":
            return bool(ord(character) == value)
        case "RANGE":
            return bool(value[0] <= ord(character) <= value[1])
        case _:
            return character in _CATEGORIES.get(str(value), "")
