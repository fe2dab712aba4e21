"""What examples show of fields: null, absence, the longest text. Specifications are lax in both
directions, and a documented example is what a provider has once sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_VALUES = 200
"""Of one field: lists in examples are looked at this far."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one field: how many examples could have had it, whether one had null or left it out, its
    longest text, and its largest integer."""

    count: int = 0
    null: bool = False
    absent: bool = False
    longest: int = 0
    largest: int = 0


def seen(paths: Iterable[str], examples: Iterable[Any]) -> Mapping[str, Seen]:
    """What examples show, by path; nothing of fields that none could have had."""
    bodies = [each for example in examples for each in _bodies(example)]
    found = {}
    for path in paths:
        values = [each for body in bodies for each in _at(body, _steps(path))][:MOST_VALUES]
        if values:
            found[path] = _summed(values)
    return found


_ABSENT = object()


def _summed(values: list[Any]) -> Seen:
    texts = [len(each) for each in values if isinstance(each, str)]
    whole = [abs(e) for e in values if isinstance(e, int) and not isinstance(e, bool)]
    return Seen(
        len(values),
        any(each is None for each in values),
        any(each is _ABSENT for each in values),
        max(texts, default=0),
        max(whole, default=0),
    )


def _bodies(example: Any) -> list[Any]:
    if isinstance(example, list):
        return [each for each in example if isinstance(each, dict)]
    return [example] if isinstance(example, dict) else []


def _steps(path: str) -> list[str]:
    return path.replace("[]", ".[]").split(".")


def _at(value: Any, steps: list[str]) -> Iterator[Any]:
    """The values at a path; only what holds a field can lack it."""
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "[]":
        for each in value if isinstance(value, list) else ():
            yield from _at(each, rest)
    elif isinstance(value, dict):
        if step in value:
            yield from _at(value[step], rest)
        elif not rest:
            yield _ABSENT
