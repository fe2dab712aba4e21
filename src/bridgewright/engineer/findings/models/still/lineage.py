"""The parents of a class as it is written, and the library that makes it a model."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.fields import ModelKind
from bridgewright.engineer.findings.models.still.sources import DEPTH, Named, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.findings.models.still.sources import Sources

MAPPED_DATACLASS = "sqlalchemy.orm.MappedAsDataclass"
_ROOTS: Mapping[str, ModelKind] = {
    "pydantic.BaseModel": ModelKind.PYDANTIC,
    "pydantic.RootModel": ModelKind.PYDANTIC,
    "typing.TypedDict": ModelKind.TYPED_DICT,
    "msgspec.Struct": ModelKind.MSGSPEC,
    "sqlalchemy.orm.DeclarativeBase": ModelKind.SQLALCHEMY,
    "sqlalchemy.orm.DeclarativeBaseNoMeta": ModelKind.SQLALCHEMY,
    "django.db.models.Model": ModelKind.DJANGO,
}
_DECLARED = "sqlalchemy.orm.declarative_base"
_NEUTRAL = frozenset(
    "object typing.Generic typing.Protocol abc.ABC sqlalchemy.orm.MappedAsDataclass".split()
)
DECORATORS: Mapping[str, ModelKind] = {
    "dataclasses.dataclass": ModelKind.DATACLASS,
    "pydantic.dataclasses.dataclass": ModelKind.PYDANTIC,
    **{
        f"attrs.{name}": ModelKind.ATTRS
        for name in "define frozen mutable s attrs attributes dataclass".split()
    },
}
_HARMLESS = frozenset("functools.total_ordering typing.final typing.runtime_checkable".split())


@dataclass(frozen=True, slots=True)
class Lineage:
    """A class with its parents in the project, the nearest first. `complete`: every parent is known, and
    so is every decorator. `foreign` are the parents of libraries, but those that make the kind."""

    kind: ModelKind | None
    chain: tuple[Named, ...]
    complete: bool
    foreign: frozenset[str] = frozenset()
    roots: frozenset[str] = frozenset()


def lineage(sources: Sources, found: Named) -> Lineage:
    """The lineage of a class of the project."""
    chain: list[Named] = []
    roots: set[str] = set()
    complete = _walk(sources, found, chain, roots, DEPTH)
    kind = next((_ROOTS[each] for each in sorted(roots) if each in _ROOTS), None)
    decorated = [name for each in chain for name, _ in decorators(sources, each)]
    complete = complete and {*decorated} <= {*DECORATORS, *_HARMLESS}
    kind = kind or next((DECORATORS[each] for each in decorated if each in DECORATORS), None)
    foreign = roots - _NEUTRAL - set(_ROOTS)
    if kind is None and any(_is_django(each) for each in foreign):
        kind = ModelKind.DJANGO
    return Lineage(
        kind, tuple(chain), complete and not foreign, frozenset(foreign), frozenset(roots)
    )


def _walk(sources: Sources, found: Named, chain: list[Named], roots: set[str], depth: int) -> bool:
    if found.cls is None or found.source is None or depth <= 0:
        return False
    if found in chain:
        chain.remove(found)
    chain.append(found)
    complete = True
    for each in found.cls.bases:
        inner = each.value if isinstance(each, ast.Subscript) else each
        parent = sources.followed(sources.named(inner, Scope(found.source)))
        if parent is None:
            complete = False
        elif parent.cls is not None:
            complete = _walk(sources, parent, chain, roots, depth - 1) and complete
        elif _is_declared(sources, parent):
            roots.add("sqlalchemy.orm.DeclarativeBase")
        else:
            roots.add(parent.dotted)
            complete = complete and parent.source is None
    return complete


def _is_declared(sources: Sources, found: Named) -> bool:
    """Whether it is what `declarative_base()` made."""
    if not isinstance(found.node, ast.Call) or found.source is None:
        return False
    called = sources.named(found.node.func, Scope(found.source))
    return called is not None and called.dotted == _DECLARED


def decorators(sources: Sources, found: Named) -> Iterator[tuple[str, ast.expr]]:
    """What a class is decorated with, by name; "?" for what is not known."""
    if found.cls is None or found.source is None:
        return
    for each in found.cls.decorator_list:
        function = each.func if isinstance(each, ast.Call) else each
        named = sources.followed(sources.named(function, Scope(found.source)))
        yield ("?" if named is None or named.source is not None else named.dotted), each


def _is_django(dotted: str) -> bool:
    """Whether a parent is a model that Django brings, to be extended: `AbstractUser` and the like."""
    where = (".models.", ".base_user.")
    brought = dotted.startswith("django.contrib.") and any(each in dotted for each in where)
    return brought and not dotted.endswith("Manager")
