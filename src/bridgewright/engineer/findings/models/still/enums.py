"""Enums as they are written: their members, and the values of those."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.models.forms import ENUM, NOBODY, UNREAD, Form, unread
from bridgewright.engineer.findings.models.still.sources import Named, Scope
from bridgewright.engineer.findings.models.still.values import unreadable, value

if TYPE_CHECKING:
    from bridgewright.engineer.findings.models.still.sources import Sources

_ENUMS = frozenset("enum.Enum enum.StrEnum enum.IntEnum".split())
_CHOICES = frozenset("django.db.models.TextChoices django.db.models.IntegerChoices".split())
_WORDS = frozenset({"enum.StrEnum", "django.db.models.TextChoices"})
_BESIDE = frozenset({"str", "int", "object"})
_PLAIN = (str, int, float, bool)


def is_enum(sources: Sources, found: Named) -> bool:
    """Whether a class of the project is an enum. A parent that is not known makes it none."""
    return bool(_parents(sources, found) & (_ENUMS | _CHOICES))


def enum_form(sources: Sources, found: Named, *, names: bool = False) -> Form:
    """The values of an enum, or the names of its members."""
    read = members(sources, found)
    if read is None:
        return NOBODY
    if names:
        return Form(ENUM, (), tuple(read))
    values = tuple(dict.fromkeys(read.values()))
    if not values or not all(isinstance(each, _PLAIN) and not unreadable(each) for each in values):
        return NOBODY
    made = {each.name for each in _body(found) if isinstance(each, ast.FunctionDef)}
    return Form(ENUM, (), values).marked(unread(["open_enum"]) if "_missing_" in made else {})


def members(sources: Sources, found: Named) -> dict[str, Any] | None:
    """The members of an enum with their values; None when it makes them in a way of its own."""
    parents = _parents(sources, found)
    made = {each.name for each in _body(found) if isinstance(each, ast.FunctionDef)}
    strange = parents - _ENUMS - _CHOICES - _BESIDE or made & {"__new__", "__init__", _NEXT}
    if strange or found.source is None or found.cls is None or found.cls.keywords:
        return None
    scope, read = Scope(found.source), dict[str, Any]()
    for node in _body(found):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=given) if not name.startswith("_"):
                read[name] = _member(sources, name, given, scope, parents, read)
            case ast.Expr() | ast.FunctionDef() | ast.Pass():
                pass
            case ast.Assign(targets=[ast.Name(id="__doc__")]):
                pass
            case _:
                return None
    return read


def _member(  # noqa: PLR0913 - a member, and what stands before it
    sources: Sources,
    name: str,
    given: ast.expr,
    scope: Scope,
    parents: frozenset[str],
    before: dict[str, Any],
) -> Any:
    if isinstance(given, ast.Call):
        called = sources.followed(sources.named(given.func, scope))
        if called is None or called.dotted != "enum.auto" or given.args:
            return UNREAD
        return _automatic(name, parents, before)
    read = value(sources, given, scope)
    if isinstance(read, tuple) and parents & _CHOICES:
        return read[0] if read else UNREAD
    if isinstance(read, str) and unreadable(read):
        return UNREAD
    return read if isinstance(read, _PLAIN) else UNREAD


def _automatic(name: str, parents: frozenset[str], before: dict[str, Any]) -> Any:
    if "enum.StrEnum" in parents:
        return name.lower()
    if parents & _CHOICES or "str" in parents:
        return UNREAD
    if not before:
        return 1
    numbers = [each for each in before.values() if isinstance(each, int)]
    return max(numbers) + 1 if len(numbers) == len(before) else UNREAD


def _parents(sources: Sources, found: Named) -> frozenset[str]:
    if found.cls is None or found.source is None:
        return frozenset()
    names: set[str] = set()
    for each in found.cls.bases:
        parent = sources.followed(sources.named(each, Scope(found.source)))
        if parent is not None and parent.cls is not None and parent.cls is not found.cls:
            names |= _parents(sources, parent) | {"?"}
        else:
            names.add("?" if parent is None else parent.dotted)
    return frozenset(names)


def _body(found: Named) -> list[ast.stmt]:
    return [] if found.cls is None else found.cls.body


_NEXT = "_generate_next_value_"
