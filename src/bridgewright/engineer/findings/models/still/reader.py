"""Models of a module as it is written. Nothing of the application runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.fields import Model, ModelKind, Where
from bridgewright.engineer.findings.models.forms import NOBODY, Raw, described
from bridgewright.engineer.findings.models.found import Reading, Trouble
from bridgewright.engineer.findings.models.keys import peeled
from bridgewright.engineer.findings.models.still.django import Django
from bridgewright.engineer.findings.models.still.enums import is_enum
from bridgewright.engineer.findings.models.still.hints import Hints
from bridgewright.engineer.findings.models.still.lineage import Lineage, lineage
from bridgewright.engineer.findings.models.still.plain import Plain, lines
from bridgewright.engineer.findings.models.still.sources import Named, Scope, Source, Sources
from bridgewright.engineer.findings.models.still.tables import Tables
from bridgewright.engineer.findings.models.still.values import keywords

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROPERTIES = frozenset(
    "property functools.cached_property django.utils.functional.cached_property abc.abstractproperty"
    " sqlalchemy.ext.hybrid.hybrid_property pydantic.computed_field".split()
)
_LATER = frozenset({"sqlalchemy.orm.declared_attr"})
_UNSURE = (ast.If, ast.Try, ast.For, ast.While, ast.With)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the models of a project's modules."""

    sources: Sources

    def read(self, module: str) -> Reading:
        """The models of a module, and those of modules below it that it has by name."""
        source = self.sources.source(module)
        if source is None:
            return Reading((), (Trouble(module, "there is no such module, or it is not Python"),))
        models: list[Model] = []
        others: list[str] = []
        for name in source.names:
            found = self.sources.followed(self.sources.named(ast.Name(name), Scope(source)))
            if found is None or found.source is None or not _is_within(found.source, module):
                others.append(name)
                continue
            model = self._model(found, name)
            if model is None:
                others.append(name)
            elif model.path not in {each.path for each in models}:
                models.append(model)
        return Reading(tuple(models), (), tuple(others))

    def _model(self, found: Named, name: str) -> Model | None:
        if isinstance(found.node, ast.Call):
            return self._functional(found, name)
        if found.cls is None or found.source is None or is_enum(self.sources, found):
            return None
        line = lineage(self.sources, found)
        if line.kind is None or not self._stands(line, line.kind):
            return None
        raws = dict(self._raws(line, line.kind))
        for raw in self._computed(line):
            raws.setdefault(raw.name, raw)
        fields = tuple(described(each) for each in raws.values())
        complete = line.complete and not any(_is_unsure(each) for each in line.chain)
        where = found.source.where(found.cls)
        return Model(found.cls.name, found.source.name, line.kind, fields, where, complete)

    def _stands(self, line: Lineage, kind: ModelKind) -> bool:
        if kind is ModelKind.SQLALCHEMY:
            return Tables(Hints(self.sources)).is_mapped(line)
        if kind is ModelKind.DJANGO:
            return not Django(Hints(self.sources)).is_abstract(line)
        return True

    def _raws(self, line: Lineage, kind: ModelKind) -> Mapping[str, Raw]:
        hints = Hints(self.sources)
        if kind is ModelKind.SQLALCHEMY:
            return Tables(hints).fields(line)
        if kind is ModelKind.DJANGO:
            return Django(hints).fields(line)
        return Plain(hints).fields(kind, line)

    def _computed(self, line: Lineage) -> Iterator[Raw]:
        """Properties, and methods that a decorator nobody knows may make one."""
        for found in line.chain:
            for node in found.cls.body if found.cls is not None else ():
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    yield from self._property(node, found)

    def _property(self, node: ast.FunctionDef, found: Named) -> Iterator[Raw]:
        if found.source is None or not node.decorator_list:
            return
        scope, where = Scope(found.source, found.cls, found.dotted), found.source.where(node)
        names = {self._decorator(each, scope) for each in node.decorator_list}
        if names & _PROPERTIES:
            form = NOBODY if node.returns is None else Hints(self.sources).form(node.returns, scope)
            yield Raw(node.name, form, required=False, marks={"computed": True}, where=where)
        elif names & (_LATER | {"?"}):
            yield Raw(node.name, NOBODY, None, {}, where)

    def _decorator(self, node: ast.expr, scope: Scope) -> str:
        function = node.func if isinstance(node, ast.Call) else node
        if isinstance(function, ast.Attribute) and function.attr in {
            "setter",
            "deleter",
            "default",
        }:
            return ""
        if isinstance(function, ast.Attribute) and function.attr in {"validator", "expression"}:
            return ""
        found = self.sources.followed(self.sources.named(function, scope))
        return "?" if found is None or found.source is not None else found.dotted

    def _functional(self, found: Named, name: str) -> Model | None:
        """`User = TypedDict("User", {"name": str}, total=False)`."""
        call, source, hints = found.node, found.source, Hints(self.sources)
        if source is None or not isinstance(call, ast.Call):
            return None
        scope = Scope(source)
        if hints.called(call, scope) != "typing.TypedDict":
            return None
        given, table = keywords(call) or {}, call.args[1] if len(call.args) > 1 else None
        total = hints.value(given["total"], scope) if "total" in given else True
        where = source.where(call)
        if not isinstance(table, ast.Dict):
            return Model(name, source.name, ModelKind.TYPED_DICT, (), where, complete=False)
        raws = [
            _key(hints, key, node, scope, total, where)
            for key, node in zip(table.keys, table.values, strict=True)
        ]
        fields = tuple(described(each) for each in raws if each is not None)
        complete = None not in raws
        return Model(name, source.name, ModelKind.TYPED_DICT, fields, where, complete)


def _key(  # noqa: PLR0913 - a key with its type, and what is said of all of them
    hints: Hints, key: ast.expr | None, node: ast.expr, scope: Scope, total: object, where: Where
) -> Raw | None:
    name = None if key is None else hints.value(key, scope)
    if not isinstance(name, str) or not name.isprintable():
        return None
    marked, form = peeled(hints.form(node, scope))
    required = marked if marked is not None else total if isinstance(total, bool) else None
    return Raw(name, form, required, {}, where)


def _is_within(source: Source, module: str) -> bool:
    return source.name == module or source.name.startswith(f"{module}.")


def _is_unsure(found: Named) -> bool:
    """Whether a class says some things under a condition, or answers for names that it does not have."""
    body = found.cls.body if found.cls is not None else []
    answers = any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in body)
    tabled = any(each.name == "__table__" for each in lines(found))
    return answers or tabled or any(isinstance(node, _UNSURE) for node in body)
