"""JSON Schema as OpenAPI 3.0 and 3.1 have it, as fields: nested ones by their path, `items[].price`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import FieldSpec, Kind, Zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.findings.provider.document import Document

DEEPEST = 6
"""Levels of objects in objects that are looked into: a schema may be part of itself."""
MOST_FIELDS = 5_000
"""Of one body."""
_KINDS = {
    "string": Kind.STRING,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "object": Kind.OBJECT,
    "array": Kind.ARRAY,
}
_FORMATS = {
    ("string", "date-time"): Kind.DATETIME,
    ("string", "date-time-rfc-2822"): Kind.DATETIME,
    ("string", "date"): Kind.DATE,
    ("string", "time"): Kind.TIME,
    ("string", "byte"): Kind.BYTES,
    ("string", "binary"): Kind.BYTES,
    ("string", "decimal"): Kind.DECIMAL,
    ("number", "decimal"): Kind.DECIMAL,
}
_BITS = {"int32": 32, "int64": 64}
_OF_VALUES = ((bool, "boolean"), (str, "string"), (int, "integer"), (float, "number"))


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema with what it is made of put together: `allOf` merged, alternatives as what they share."""

    types: frozenset[str] = frozenset()
    nullable: bool = False
    properties: dict[str, Any] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    words: dict[str, Any] = field(default_factory=dict)
    alternatives: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a body by path, and of those that may be of several kinds, which."""

    fields: dict[str, FieldSpec] = field(default_factory=dict)
    choices: dict[str, frozenset[Kind]] = field(default_factory=dict)


def body(document: Document, schema: Any, *, writing: bool) -> Body:
    """The fields of a body. `writing` leaves out what is `readOnly`, else what is `writeOnly`
    is. A body that is a list is what its items are."""
    shape = shaped(document, schema)
    for _ in range(DEEPEST):
        if "array" not in shape.types:
            break
        shape = shaped(document, shape.words.get("items"))
    left_out = "readOnly" if writing else "writeOnly"
    found = Body()
    for path, spec, inner in _below(document, shape, "", left_out, 0):
        found.fields.setdefault(path, spec)
        if spec.kind is Kind.UNKNOWN and inner.types:
            found.choices.setdefault(path, frozenset(_KINDS[each] for each in inner.types))
        if len(found.fields) >= MOST_FIELDS:
            break
    return found


def field_of(document: Document, name: str, schema: Any, *, required: bool) -> FieldSpec:
    """One field, without what is inside it."""
    return _spec(document, name, shaped(document, schema), required=required, depth=0)


def shaped(document: Document, schema: Any, depth: int = 0) -> Shape:
    """A schema as one shape."""
    node = document.resolved(schema)
    made = _own(node)
    if depth > DEEPEST:
        return made
    for each in _listed(node.get("allOf")):
        made = _both(made, shaped(document, each, depth + 1))
    for word in ("anyOf", "oneOf"):
        options = [shaped(document, each, depth + 1) for each in _listed(node.get(word))]
        if options:
            made = _both(made, _either(options))
    return made


def _own(node: dict[str, Any]) -> Shape:
    given = node.get("type")
    names = given if isinstance(given, list) else [given]
    types = {each for each in names if isinstance(each, str) and each in _KINDS}
    nullable = node.get("nullable") is True or given == "null"
    nullable = nullable or (isinstance(given, list) and "null" in given)
    values = node.get("enum")
    if isinstance(values, list):
        nullable = nullable or None in values
        types = types or {name for each in values if (name := _type_of(each))}
    elif "const" in node:
        types = types or {name for name in [_type_of(node["const"])] if name}
    properties = node.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    if not types and (properties or "additionalProperties" in node):
        types = {"object"}
    required = {each for each in _listed(node.get("required")) if isinstance(each, str)}
    return Shape(frozenset(types), nullable, properties, frozenset(required), node)


def _both(first: Shape, second: Shape) -> Shape:
    """What is both: of words that both have, the first's."""
    skipped = {"allOf", "anyOf", "oneOf"}
    words = {**second.words, **{k: v for k, v in first.words.items() if k not in skipped}}
    return Shape(
        first.types & second.types if first.types and second.types else first.types | second.types,
        first.nullable or second.nullable,
        {**second.properties, **first.properties},
        first.required | second.required,
        words,
        first.alternatives or second.alternatives,
    )


def _either(options: list[Shape]) -> Shape:
    """What is one of several: null beside one other is that other, which may be null."""
    real = [each for each in options if each.types or each.properties or len(each.words) > 1]
    real = [each for each in real if each.words.get("type") != "null"]
    nullable = len(real) < len(options) or any(each.nullable for each in options)
    if len(real) == 1:
        return replace(real[0], nullable=nullable)
    return Shape(
        frozenset().union(*(each.types for each in real)),
        nullable,
        {name: each.properties[name] for each in reversed(real) for name in each.properties},
        frozenset.intersection(*(each.required for each in real)) if real else frozenset(),
        {},
        alternatives=True,
    )


def _below(
    document: Document, shape: Shape, path: str, left_out: str, depth: int
) -> Iterator[tuple[str, FieldSpec, Shape]]:
    for name, schema in shape.properties.items():
        inner = shaped(document, schema)
        if inner.words.get(left_out) is True:
            continue
        at = f"{path}{name}"
        required = name in shape.required
        yield at, _spec(document, at, inner, required=required, depth=0), inner
        if depth < DEEPEST:
            yield from _inside(document, inner, at, left_out, depth)


def _inside(
    document: Document, shape: Shape, path: str, left_out: str, depth: int
) -> Iterator[tuple[str, FieldSpec, Shape]]:
    if "array" in shape.types:
        path = f"{path}[]"
        shape = shaped(document, shape.words.get("items"))
        yield path, _spec(document, path, shape, required=True, depth=0), shape
    yield from _below(document, shape, f"{path}.", left_out, depth + 1)


def _spec(document: Document, name: str, shape: Shape, *, required: bool, depth: int) -> FieldSpec:
    words = shape.words
    form = words["format"] if isinstance(words.get("format"), str) else None
    items = None
    if "array" in shape.types and depth < DEEPEST:
        inner = shaped(document, words.get("items"))
        items = _spec(document, "", inner, required=True, depth=depth + 1)
    kind = _kind(shape, form)
    return FieldSpec(
        name=name,
        kind=kind,
        required=required,
        nullable=shape.nullable,
        min_len=_whole(words.get("minItems" if kind is Kind.ARRAY else "minLength")),
        max_len=_whole(words.get("maxItems" if kind is Kind.ARRAY else "maxLength")),
        pattern=words["pattern"] if isinstance(words.get("pattern"), str) else None,
        enum=_values(words),
        open_enum="x-extensible-enum" in words,
        format=form,
        zone=Zone.AWARE if kind is Kind.DATETIME else Zone.UNKNOWN,
        scale=_scale(words.get("multipleOf")),
        bits=_BITS.get(form or "") if kind is Kind.INTEGER else None,
        items=items,
    )


def _kind(shape: Shape, form: str | None) -> Kind:
    if shape.types == {"integer", "number"}:
        return Kind.NUMBER
    if len(shape.types) != 1:
        return Kind.UNKNOWN if shape.types or shape.alternatives else Kind.ANY
    [name] = shape.types
    return _FORMATS.get((name, form or ""), _KINDS[name])


def _values(words: dict[str, Any]) -> tuple[str, ...]:
    given = words.get("enum", words.get("x-extensible-enum"))
    values = given if isinstance(given, list) else [words["const"]] if "const" in words else []
    return tuple(_word(each) for each in values if isinstance(each, str | int))


def _word(value: str | int) -> str:
    """As a URL or a form has it: JSON's true is `true`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scale(step: Any) -> int | None:
    """The decimal places that a number which is a multiple of 0.01 has."""
    if not isinstance(step, int | float) or isinstance(step, bool) or step <= 0:
        return None
    exponent = Decimal(str(step)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else None


def _type_of(value: Any) -> str | None:
    return next((name for kind, name in _OF_VALUES if isinstance(value, kind)), None)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
