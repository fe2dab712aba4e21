"""What a provider answers otherwise than when the cassette was recorded: by meaning, not by line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.cassettes.matching import operation
from bridgewright.simulate.cassettes.placeholders import without_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.cassettes.exchange import Exchange

_ACTION = re.compile(r"Action=(\w+)")
_ELEMENT = re.compile(r"<(/?)([A-Za-z_][\w:.-]*)(?:\s[^<>]*?)?(/?)>")
_MAP = 24
"""An object with more fields than this, all of one type, is a map: its keys are not fields."""


@dataclass(frozen=True, slots=True)
class Retyped:
    """A field whose type has changed."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class OperationDrift:
    """How the answers of one operation have changed. Fields are named like `data[].id`."""

    operation: str
    statuses: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[Retyped, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything has."""
        return bool(
            self.added or self.removed or self.retyped or self.statuses[0] != self.statuses[1]
        )


@dataclass(frozen=True, slots=True)
class Drift:
    """The difference between a cassette and its refresh: operations that are new, that are no longer
    asked for, and those whose answers have changed. False when nothing has."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[OperationDrift, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)

    @property
    def text(self) -> str:
        """The report as people read it."""
        if not self:
            return "no drift: every operation answers in the same shape"
        lines = [f"+ {name}: new in this cassette" for name in self.new]
        lines += [f"- {name}: not asked for any more" for name in self.gone]
        for each in self.changed:
            lines.append(f"~ {each.operation}")
            before, after = each.statuses
            if before != after:
                lines.append(f"    status {_listed(before)} is now {_listed(after)}")
            lines += [f"    + {name}" for name in each.added]
            lines += [f"    - {name}" for name in each.removed]
            lines += [f"    ~ {one.name}: {one.before} is now {one.after}" for one in each.retyped]
        return "\n".join(lines)


def drift(before: Iterable[Exchange], after: Iterable[Exchange]) -> Drift:
    """What has changed from one recording to the next."""
    old, new = _grouped(before), _grouped(after)
    both = sorted(old.keys() & new.keys())
    changes = (_compared(name, old[name], new[name]) for name in both)
    return Drift(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
        tuple(change for change in changes if change.changed),
    )


def _grouped(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    groups: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        groups.setdefault(name_of(exchange), []).append(exchange)
    return groups


def name_of(exchange: Exchange) -> str:
    """The operation of an exchange: its method and path, and the action where the path is the same for
    all of them (AWS)."""
    asked = exchange.asked
    name = operation(asked.method, without_spelling(asked.path))
    target = next((value for key, value in asked.headers if key == "x-amz-target"), "")
    form = asked.body.content if asked.body.kind == "form" else ()
    action = next(
        (found[1] for pair in (*asked.query, *form) if (found := _ACTION.match(pair))), ""
    )
    return " ".join(filter(None, (name, target, action)))


def _compared(name: str, old: list[Exchange], new: list[Exchange]) -> OperationDrift:
    before, after = _fields(old), _fields(new)
    return OperationDrift(
        name,
        (_statuses(old), _statuses(new)),
        tuple(sorted(_outermost(after.keys() - before.keys()))),
        tuple(sorted(_outermost(before.keys() - after.keys()))),
        tuple(
            Retyped(each, _listed(before[each]), _listed(after[each]))
            for each in sorted(before.keys() & after.keys())
            if not _agree(before[each], after[each])
        ),
    )


def _statuses(exchanges: list[Exchange]) -> tuple[int, ...]:
    return tuple(sorted({exchange.told.status for exchange in exchanges}))


def _fields(exchanges: list[Exchange]) -> dict[str, set[str]]:
    """The fields of all answers of an operation, and the types that each had."""
    fields: dict[str, set[str]] = {}
    for exchange in exchanges:
        body = exchange.told.body
        if body.kind == "json":
            _walk(body.content, "", fields)
        elif body.kind == "text" and body.content.lstrip().startswith("<"):
            _walk_markup(body.content, fields)
        else:
            fields.setdefault("(the body)", set()).add(body.kind)
    return fields


def _walk(value: Any, name: str, fields: dict[str, set[str]]) -> None:
    fields.setdefault(name or "(the body)", set()).add(_type(value))
    if isinstance(value, dict):
        is_map = len(value) > _MAP and len({_type(each) for each in value.values()}) == 1
        for key, each in value.items():
            _walk(each, f"{name}.{'*' if is_map else key}".lstrip("."), fields)
    elif isinstance(value, list):
        for each in value:
            _walk(each, f"{name}[]", fields)


def _walk_markup(text: str, fields: dict[str, set[str]]) -> None:
    """The elements of XML, by their path; enough of it to see a shape."""
    path: list[str] = []
    for found in _ELEMENT.finditer(text):
        if found[1]:
            if found[2] in path:
                del path[len(path) - 1 - path[::-1].index(found[2]) :]
            continue
        fields.setdefault("/".join((*path, found[2])), set()).add("element")
        if not found[3]:
            path.append(found[2])


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "object"


def _agree(before: set[str], after: set[str]) -> bool:
    """Whether types are the same; a field that was null once, or is, only has or lacks a value."""
    mine, theirs = before - {"null"}, after - {"null"}
    return mine == theirs or not mine or not theirs


def _outermost(names: set[str]) -> Iterable[str]:
    """Names whose parents are not among them: a new object is told once, not field by field."""
    for name in names:
        parts = re.split(r"(?=[.\[/])", name)
        parents = ("".join(parts[:depth]) for depth in range(1, len(parts)))
        if names.isdisjoint(parents):
            yield name


def _listed(values: Iterable[object]) -> str:
    return " or ".join(sorted(map(str, values))) or "nothing"
