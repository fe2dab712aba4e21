"""The smallest values that fit the schemas of a document."""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.declared.paper import below
from bridgewright.simulate.declared.patterns import is_tame
from bridgewright.simulate.declared.samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.declared.paper import Paper
    from bridgewright.simulate.wire import Content

DEEPEST = 24
"""Levels of a value that is made."""
MOST_MADE = 2_000
"""Values within one."""
MOST_ITEMS = 100
LONGEST = 1_000


def instant(seconds: float) -> str:
    """An instant as `date-time` writes it."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")


class UnmadeError(Exception):
    """No value can be made for a schema; the text says where."""


class Maker:
    """Makes the smallest values: examples and defaults where a schema gives them, otherwise what its
    type, format and bounds ask for; the same each time but for the clock's. `kept` names properties
    that are made though nothing requires them."""

    def __init__(self, paper: Paper, now: Callable[[], float]) -> None:
        self._paper = paper
        self._now = now
        self._known: dict[str, dict[str, str]] = {}
        self._left = MOST_MADE

    def properties(self, pointer: str) -> dict[str, str]:
        """The properties that a schema declares, each with its pointer, `allOf` and all."""
        pointer, node = self._paper.follow(pointer)
        if pointer in self._known or not isinstance(node, dict):
            return self._known.get(pointer, {})
        found: dict[str, str] = {}
        for index in range(len(_list(node.get("allOf")))):
            found |= self.properties(f"{pointer}/allOf/{index}")
        for name in _dict(node.get("properties")):
            found[name] = below(pointer, "properties", name)
        self._known[pointer] = found
        return found

    def required(self, pointer: str) -> list[str]:
        """The properties that a schema requires, `allOf` and all."""
        pointer, node = self._paper.follow(pointer)
        node = node if isinstance(node, dict) else {}
        own = [name for name in _list(node.get("required")) if isinstance(name, str)]
        parts = range(len(_list(node.get("allOf"))))
        return own + [n for i in parts for n in self.required(f"{pointer}/allOf/{i}")]

    def schema(self, pointer: str) -> Content:
        """The schema at a pointer, an empty one for what is none."""
        _, node = self._paper.follow(pointer)
        return node if isinstance(node, dict) else {}

    def make(self, pointer: str) -> Any:
        """A value; UnmadeError where a schema needs itself, or nothing is known that fits."""
        self._left = MOST_MADE
        return self._make(pointer, 0)

    def _make(self, pointer: str, depth: int) -> Any:
        pointer, node = self._paper.follow(pointer)
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise UnmadeError(f"{pointer} needs itself")
        if not isinstance(node, dict) or not node:
            return {}
        given = _given(node)
        if given:
            return copy.deepcopy(given[0])
        for name in ("oneOf", "anyOf"):
            if _list(node.get(name)):
                return self._one_of(f"{pointer}/{name}", len(node[name]), depth)
        kinds = node.get("type")
        kinds = [k for k in (kinds if isinstance(kinds, list) else [kinds]) if k != "null"]
        return self._of_kind(kinds[0] if kinds else "null", pointer, node, depth)

    def _of_kind(self, kind: object, pointer: str, node: Content, depth: int) -> Any:
        match kind:
            case "array":
                count = node.get("minItems", 0)
                if not isinstance(count, int) or not 0 <= count <= MOST_ITEMS:
                    raise UnmadeError(f"{pointer} has too many items")
                return [self._make(f"{pointer}/items", depth + 1) for _ in range(count)]
            case "string":
                return self._text(node)
            case "integer" | "number":
                return _number(node, whole=kind == "integer")
            case "boolean":
                return False
            case "null":
                return None
            case _:
                return self._object(pointer, node, depth)

    def _object(self, pointer: str, node: Content, depth: int) -> Any:
        made: Content = {}
        for index in range(len(_list(node.get("allOf")))):
            part = self._make(f"{pointer}/allOf/{index}", depth + 1)
            if not isinstance(part, dict):
                return part
            made |= part
        known = self.properties(pointer)
        # What one part of `allOf` requires, another may declare.
        for name in self.required(pointer):
            if name in known and made.get(name) == {}:
                del made[name]
            if name not in made:
                made[name] = self._make(known[name], depth + 1) if name in known else {}
        return made

    def _one_of(self, pointer: str, count: int, depth: int) -> Any:
        for index in range(count):
            try:
                return self._make(f"{pointer}/{index}", depth + 1)
            except UnmadeError:
                continue
        raise UnmadeError(f"none of {pointer} can be made")

    def _text(self, node: Content) -> str:
        known = {
            "date-time": instant(self._now()),
            "date": instant(self._now())[:10],
            "uuid": "00000000-0000-4000-8000-000000000000",
            "email": "person@example.org",
            "uri": "https://example.org/",
            "url": "https://example.org/",
            "hostname": "example.org",
            "ipv4": "192.0.2.1",
            "ipv6": "2001:db8::1",
        }
        text = known.get(str(node.get("format")), "text")
        patterned = _patterned(node, text)
        if patterned is not None:
            return patterned
        least, most = node.get("minLength", 0), node.get("maxLength", len(text))
        if isinstance(least, int) and len(text) < least <= LONGEST:
            text = text.ljust(least, "x")
        return (
            text[: int(most)]
            if isinstance(most, int) and most >= 0 and most >= int(least or 0)
            else text
        )


def _patterned(node: Content, text: str) -> str | None:
    """What a pattern asks for; None where there is none, where `text` fits it, or nothing was made."""
    pattern = node.get("pattern")
    if not is_tame(pattern) or re.search(str(pattern), text):
        return None
    bounds = (node.get("minLength"), node.get("maxLength"))
    least, most = (each if isinstance(each, int) and each >= 0 else None for each in bounds)
    return sample(str(pattern), least or 0, LONGEST if most is None else most)


def _number(node: Content, *, whole: bool) -> int | float:
    least = node.get("exclusiveMinimum", node.get("minimum", 0))
    value = node.get("minimum", 0) if isinstance(least, bool) else least
    if not isinstance(value, int | float):
        return 0
    step = node.get("multipleOf", 1)
    step = step if isinstance(step, int | float) and step > 0 else 1
    most = node.get("maximum")
    if "minimum" not in node and "exclusiveMinimum" not in node and isinstance(most, int | float):
        value = min(value, most)
    whole_steps = -(-value // step)
    made = whole_steps * step
    exclusive = node.get("exclusiveMinimum")
    if exclusive is True or (not isinstance(exclusive, bool) and made == exclusive):
        made += step
    return int(made) if whole else made


def _given(node: Content) -> list[Any]:
    """The values that a schema itself gives, the most telling first."""
    given = [node[name] for name in ("example", "const", "default") if name in node]
    examples = node.get("examples")
    listed = examples if isinstance(examples, list) else []
    return [*given[:1], *listed, *given[1:], *_list(node.get("enum"))]


def _dict(value: Any) -> Content:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
