"""A slice's schemas as models need them: classes by our names, and nothing of a stranger's but structure.

Every name of a property and every text of an enumeration is a word of ours here, so that whatever makes
code of this has no text of the specification to put into it; `models` writes the originals back, as
literals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.scaffold.names import CLASSES, FIELDS, Names, camel, snake
from bridgewright.simulate.declared.paper import below

if TYPE_CHECKING:
    from bridgewright.engineer.scaffold.papers import Content
    from bridgewright.simulate.declared.paper import Paper

MOST_CHOICES = 200
"""Values of an enumeration; a longer one is a text like any other."""
_FORMATS = frozenset({"date-time", "date"})
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}
_ANY: Content = {}


class Way(Enum):
    """Where values go. What we ask is held to the specification; what is answered is taken as it comes:
    every field may be missing, enumerations are open, bounds are the provider's business."""

    ASKED = "readOnly"
    ANSWERED = "writeOnly"


@dataclass(slots=True)
class Shapes:
    """The classes of one module of models, as they are asked for. `fields` are our names of each class's
    properties, `texts` the stand-ins of the texts of enumerations, both by the provider's own."""

    paper: Paper
    way: Way
    classes: Names = field(default_factory=lambda: Names(CLASSES, "Model", ""))
    fields: dict[str, Names] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    made: dict[str, Content] = field(default_factory=dict)

    def define(self, name: str, pointer: str) -> str:
        """The class of a schema, made if it is not yet: its component's, or one of that name."""
        schema = self._plain(pointer, name, ())
        if set(schema) == {"$ref"}:
            return str(schema["$ref"]).rpartition("/")[2]
        chosen = self.classes.of(f"root {pointer}", camel(name))
        self.made[chosen] = schema
        return chosen

    def is_root(self, name: str) -> bool:
        """Whether a class holds one value, a list for instance, and not fields."""
        return "properties" not in self.made[name]

    def document(self) -> Content:
        """All of it, as OpenAPI."""
        about = {"title": "models", "version": "1"}
        return {
            "openapi": "3.0.3",
            "info": about,
            "paths": {},
            "components": {"schemas": self.made},
        }

    def _plain(self, pointer: str, hint: str, inside: tuple[str, ...]) -> Content:
        pointer, node = self.paper.follow(pointer)
        if not isinstance(node, dict) or pointer in inside:
            return _ANY
        made = self._of(pointer, node, hint, (*inside, pointer))
        if not made or not _is_nullable(node):
            return made
        # Beside a reference nothing else counts.
        return {"anyOf": [made], "nullable": True} if "$ref" in made else {**made, "nullable": True}

    def _of(self, pointer: str, node: Content, hint: str, inside: tuple[str, ...]) -> Content:
        members, required = self._members(pointer, ())
        if members:
            return self._class(pointer, hint, members, required)
        chosen = self._choices(node)
        if chosen is not None:
            return chosen
        for word in ("oneOf", "anyOf"):
            if _list(node.get(word)):
                parts = [below(pointer, word, i) for i in range(len(node[word]))]
                return self._one_of(parts, hint, inside)
        for index in range(len(_list(node.get("allOf")))):
            part = self._plain(below(pointer, "allOf", index), hint, inside)
            if part:
                return part
        kinds = [kind for kind in _kinds(node) if kind != "null"]
        if len(kinds) > 1:
            return _union([self._of_kind(kind, pointer, node, hint, inside) for kind in kinds])
        return self._of_kind(kinds[0] if kinds else "", pointer, node, hint, inside)

    def _of_kind(
        self, kind: str, pointer: str, node: Content, hint: str, inside: tuple[str, ...]
    ) -> Content:
        bounds = self._bounds(kind, node)
        match kind:
            case "string":
                form = node.get("format")
                return {"type": kind, **bounds, **({"format": form} if form in _FORMATS else {})}
            case "integer" | "number" | "boolean":
                return {"type": kind, **bounds}
            case "array":
                items = self._plain(below(pointer, "items"), f"{hint} item", inside)
                return {"type": kind, "items": items, **bounds}
            case "object":
                rest = node.get("additionalProperties")
                if not isinstance(rest, dict) or not rest:
                    return {"type": kind, "additionalProperties": True}
                place = below(pointer, "additionalProperties")
                values = self._plain(place, f"{hint} value", inside)
                return {"type": kind, "additionalProperties": values or True}
            case _:
                return _ANY

    def _class(
        self, pointer: str, hint: str, members: dict[str, str], required: set[str]
    ) -> Content:
        pieces = pointer.split("/")
        shared = pieces[1:2] == ["components"] and len(pieces) == 4  # noqa: PLR2004
        wanted = camel(pieces[3].replace("~1", " ")) if shared else camel(hint)
        name = self.classes.of(pointer, wanted)
        reference: Content = {"$ref": f"#/components/schemas/{name}"}
        if name in self.made:
            return reference
        properties: Content = {}
        names = self.fields[name] = Names(FIELDS)
        self.made[name] = {"type": "object", "properties": properties}
        for member, place in members.items():
            _, node = self.paper.follow(place)
            if isinstance(node, dict) and node.get(self.way.value) is True:
                continue
            known = names.of(member, snake(member))
            properties[known] = self._plain(place, f"{name} {member}", ())
        if self.way is Way.ASKED:
            needed = [names.given.get(each, "") for each in members if each in required]
            self.made[name]["required"] = [each for each in needed if each in properties]
        return reference

    def _members(self, pointer: str, above: tuple[str, ...]) -> tuple[dict[str, str], set[str]]:
        """The properties of a schema, each with its place, and those it requires; `allOf` and all."""
        pointer, node = self.paper.follow(pointer)
        if not isinstance(node, dict) or pointer in above:
            return {}, set()
        found: dict[str, str] = {}
        required = {each for each in _list(node.get("required")) if isinstance(each, str)}
        for index in range(len(_list(node.get("allOf")))):
            more, needed = self._members(below(pointer, "allOf", index), (*above, pointer))
            found |= more
            required |= needed
        own = node.get("properties")
        found |= {name: below(pointer, "properties", name) for name in own or {}}
        return found, required

    def _choices(self, node: Content) -> Content | None:
        """An enumeration; None for a schema that is none, or one that is left open."""
        given = [node["const"]] if "const" in node else _list(node.get("enum"))
        values = [each for each in given if each is not None]
        if not values or len(values) > MOST_CHOICES:
            return None
        if all(isinstance(each, str) for each in values):
            if self.way is Way.ANSWERED:
                return {"type": "string"}
            stand_ins = [self.texts.setdefault(each, f"t{len(self.texts)}") for each in values]
            return {"type": "string", "enum": list(dict.fromkeys(stand_ins))}
        kind = {bool: "boolean", int: "integer", float: "number"}.get(type(values[0]))
        same = all(type(each) is type(values[0]) for each in values)
        return {"type": kind} if kind and same else _ANY

    def _one_of(self, parts: list[str], hint: str, inside: tuple[str, ...]) -> Content:
        made: list[Content] = []
        for number, part in enumerate(parts, start=1):
            _, node = self.paper.follow(part)
            if isinstance(node, dict) and set(_kinds(node)) == {"null"}:
                continue
            made.append(self._plain(part, f"{hint} {number}" if number > 1 else hint, inside))
        return _union(made)

    def _bounds(self, kind: str, node: Content) -> Content:
        if self.way is Way.ANSWERED:
            return {}
        found: Content = {}
        for word in _BOUNDS.get(kind, ()):
            value = node.get(word)
            whole = kind in ("string", "array", "integer")
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if math.isfinite(value) and (not whole or value == int(value)):
                found[word] = int(value) if whole else value
        return found


def _union(parts: list[Content]) -> Content:
    """Any of these; whatever, when one of them is whatever."""
    distinct = [each for i, each in enumerate(parts) if each not in parts[:i]]
    if not distinct or not all(distinct):
        return _ANY
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _is_nullable(node: Content) -> bool:
    variants = [*_list(node.get("oneOf")), *_list(node.get("anyOf"))]
    return (
        node.get("nullable") is True
        or "null" in _kinds(node)
        or None in _list(node.get("enum"))
        or any(isinstance(each, dict) and "null" in _kinds(each) for each in variants)
    )


def _kinds(node: Content) -> list[str]:
    kind = node.get("type")
    found = [k for k in (kind if isinstance(kind, list) else [kind]) if isinstance(k, str)]
    if not found and "items" in node:
        return ["array"]
    return found or (["object"] if "additionalProperties" in node else [])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
