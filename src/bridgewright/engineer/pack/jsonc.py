"""A file of settings in JSON, edited in one place: every other byte stays as it is.

JSON with comments or trailing commas (JSONC) is read, to know what it says, and never edited.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Member:
    """A name and where it and its value stand in a text."""

    name: str
    at: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What a file says. It is `plain` where it is JSON by the letter (RFC 8259), no name in it twice."""

    value: Mapping[str, object] = field(repr=False)
    plain: bool


def read(text: str) -> Settings | None:
    """What a text says; None for one that is not even JSON with comments, or no object."""
    try:
        found = json.loads(text, object_pairs_hook=_once)
        plain = True
    except (ValueError, RecursionError):
        plain = False
        try:
            found = json.loads(_bare(text))
        except (ValueError, RecursionError):
            return None
    value = held(found)
    return None if value is None else Settings(value, plain)


def held(found: object) -> dict[str, object] | None:
    """An object of JSON; None for any other value."""
    return cast("dict[str, object]", found) if isinstance(found, dict) else None


def _bare(text: str) -> str:
    """Without comments, then without commas that nothing follows. What is in quotes stays."""
    without = _WORD.sub(lambda match: match[1] or " ", text)
    return _TRAILING.sub(lambda match: match[1] or "", without)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found


def with_value(
    text: str, keys: tuple[str, str], value: Mapping[str, object], newline: str = "\n"
) -> str | None:
    """A text of plain JSON with one value put in or replaced. None where that cannot be done so that
    everything else still says the same: the result is read again to know."""
    settings = read(text)
    if settings is None or not settings.plain:
        return None
    outer = held(settings.value.get(keys[0], {}))
    if outer is None:
        return None
    start, end, told = _splice(text, keys, dict(value))
    made = text[:start] + told.replace("\n", newline) + text[end:]
    wanted = {**settings.value, keys[0]: {**outer, keys[1]: dict(value)}}
    again = read(made)
    same = again is not None and again.plain and json.dumps(again.value) == json.dumps(wanted)
    return made if same else None


def _splice(text: str, keys: tuple[str, str], value: object) -> tuple[int, int, str]:
    """From where to where which words are to stand."""
    root = _blank(text, 0)
    unit = _unit(text, root)
    outer = next((each for each in _members(text, root) if each.name == keys[0]), None)
    if outer is None:
        return _put(text, root, unit, (keys[0], {keys[1]: value}))
    known = next((each for each in _members(text, outer.start) if each.name == keys[1]), None)
    if known is None:
        return _put(text, outer.start, unit, (keys[1], value))
    return known.start, known.end, _told(value, unit, _indent(text, known.at))


def _put(text: str, at: int, unit: str, pair: tuple[str, object]) -> tuple[int, int, str]:
    """One more member for the object that begins at `at`, written as its last one is."""
    members = list(_members(text, at))
    name = json.dumps(pair[0])
    if not members:
        indent = _indent(text, at)
        inner = indent + unit
        told = f"\n{inner}{name}: {_told(pair[1], unit, inner)}\n{indent}"
        return at + 1, text.index("}", at), told
    last = members[-1]
    if "\n" not in text[at : last.at]:
        return last.end, last.end, f", {name}: {json.dumps(pair[1])}"
    inner = _indent(text, last.at)
    return last.end, last.end, f",\n{inner}{name}: {_told(pair[1], unit, inner)}"


def _told(value: object, unit: str, indent: str) -> str:
    return json.dumps(value, indent=unit).replace("\n", f"\n{indent}")


def _members(text: str, at: int) -> Iterator[Member]:
    """The members of the object that begins at `at`, in a text that is known to be plain."""
    at = _blank(text, at + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        start = _blank(text, _blank(text, end) + 1)
        _, stop = _DECODER.raw_decode(text, start)
        yield Member(name, at, start, stop)
        at = _blank(text, stop)
        if text[at] == ",":
            at = _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _indent(text: str, at: int) -> str:
    """What the line begins with that a name stands on."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str, root: int) -> str:
    first = next(_members(text, root), None)
    return (_indent(text, first.at) if first else "") or _INDENT
