"""Annotations as they are written, as forms."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.models.forms import (
    KNOWN,
    LITERAL,
    MODEL,
    NOBODY,
    NULL,
    OTHER,
    UNION,
    UNREAD,
    WRAPPERS,
    Form,
    unread,
)
from bridgewright.engineer.findings.models.marks import FACETS, facet_of
from bridgewright.engineer.findings.models.still.enums import enum_form, is_enum, members
from bridgewright.engineer.findings.models.still.lineage import lineage
from bridgewright.engineer.findings.models.still.sources import DEPTH, Scope
from bridgewright.engineer.findings.models.still.values import keywords, value

if TYPE_CHECKING:
    from bridgewright.engineer.findings.models.forms import Facets
    from bridgewright.engineer.findings.models.still.sources import Named, Sources

UNSET = "msgspec.UnsetType"
_CONSTRAINED = {
    "pydantic.constr": "str",
    "pydantic.conint": "int",
    "pydantic.confloat": "float",
    "pydantic.conbytes": "bytes",
    "pydantic.condecimal": "decimal.Decimal",
    "pydantic.condate": "datetime.date",
}
_NOTES = frozenset(
    "pydantic.Field pydantic.StringConstraints msgspec.Meta annotated_types.MaxLen"
    " annotated_types.MinLen annotated_types.Len annotated_types.Timezone".split()
)
_POSITIONS = {
    "annotated_types.MaxLen": ("max_length",),
    "annotated_types.MinLen": ("min_length",),
    "annotated_types.Len": ("min_length", "max_length"),
    "annotated_types.Timezone": ("tz",),
}


@dataclass(frozen=True, slots=True)
class Hints:
    """Reads annotations of a project."""

    sources: Sources

    def form(self, expression: ast.expr, scope: Scope, depth: int = DEPTH) -> Form:  # noqa: PLR0911 - one for each shape
        """The form of an annotation; an unread one where it cannot be told."""
        if depth <= 0:
            return NOBODY
        match expression:
            case ast.Constant(value=None):
                return Form(NULL)
            case ast.Constant(value=str(text)):
                inner = _parsed(text)
                return NOBODY if inner is None else self.form(inner, scope, depth - 1)
            case ast.Constant(value=constant) if constant is ...:
                return Form("...")
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._union((left, right), scope, depth)
            case ast.Subscript(value=generic, slice=inner):
                return self._generic(generic, _elements(inner), scope, depth)
            case ast.Name() | ast.Attribute():
                return self._named(self.sources.named(expression, scope), depth)
            case ast.Call():
                return self._call(expression, scope)
            case _:
                return NOBODY

    def peeled(
        self, expression: ast.expr, scope: Scope, depth: int = DEPTH
    ) -> tuple[ast.expr, list[tuple[ast.expr, Scope]]]:
        """What is inside of `Annotated`, and what is noted in it, whatever names lie in between."""
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            expression = _parsed(expression.value) or expression
        if isinstance(expression, ast.Subscript):
            found = self.sources.followed(self.sources.named(expression.value, scope))
            if found is not None and found.dotted == "typing.Annotated":
                first, *notes = _elements(expression.slice)
                inner, deeper = self.peeled(first, scope, depth - 1)
                return inner, [*deeper, *((each, scope) for each in notes)]
        elif isinstance(expression, ast.Name | ast.Attribute) and depth > 0:
            found = self.sources.followed(self.sources.named(expression, scope))
            if found is not None and found.source and isinstance(found.node, ast.Subscript):
                return self.peeled(found.node, Scope(found.source), depth - 1)
        return expression, []

    def marks(self, expression: ast.expr, scope: Scope) -> Facets:
        """What a note in `Annotated`, or a default like `Field(max_length=20)`, says of the field."""
        if not isinstance(expression, ast.Call):
            found = self.sources.followed(self.sources.named(expression, scope))
            if found is None or found.source is None:
                return {} if found is not None else unread(set(FACETS.values()))
            if isinstance(found.node, ast.Call):
                return self.marks(found.node, Scope(found.source))
            return {}
        found = self.sources.followed(self.sources.named(expression.func, scope))
        if found is None:
            return unread(set(FACETS.values()) - {"zone"})
        return self._noted(expression, found.dotted, scope) if found.dotted in _NOTES else {}

    def called(self, expression: ast.expr | None, scope: Scope) -> str:
        """The name of what a call calls; "" for what is no call, or calls nobody knows whom."""
        if not isinstance(expression, ast.Call):
            return ""
        found = self.sources.followed(self.sources.named(expression.func, scope))
        return "" if found is None else found.dotted

    def value(self, expression: ast.expr, scope: Scope) -> Any:
        """A constant, or `UNREAD`; a member of an enum stands for its value."""
        found = value(self.sources, expression, scope)
        if found != UNREAD or not isinstance(expression, ast.Attribute):
            return found
        holder = self.sources.followed(self.sources.named(expression.value, scope))
        if holder is None or not is_enum(self.sources, holder):
            return UNREAD
        return (members(self.sources, holder) or {}).get(expression.attr, UNREAD)

    def _noted(self, call: ast.Call, name: str, scope: Scope) -> Facets:
        given = keywords(call)
        if given is None:
            return unread(set(FACETS.values()) - {"zone"})
        named = dict(zip(_POSITIONS.get(name, ()), call.args, strict=False)) | dict(given)
        facets: dict[str, Any] = {}
        for argument in FACETS:
            if argument in named:
                facets |= facet_of(argument, self._limit(named[argument], scope))
        return facets

    def _limit(self, expression: ast.expr, scope: Scope) -> Any:
        if self.called(expression, scope) == "re.compile" and isinstance(expression, ast.Call):
            return self.value(expression.args[0], scope) if expression.args else UNREAD
        return self.value(expression, scope)

    def _union(self, parts: tuple[ast.expr, ...], scope: Scope, depth: int) -> Form:
        forms = [self.form(each, scope, depth - 1) for each in parts]
        kept = tuple(each for each in forms if each.name != UNSET)
        return Form(UNION, kept)

    def _generic(  # noqa: PLR0911 - one answer for each generic
        self, generic: ast.expr, elements: list[ast.expr], scope: Scope, depth: int
    ) -> Form:
        found = self.sources.followed(self.sources.named(generic, scope))
        if found is None:
            return NOBODY
        match found.dotted:
            case "typing.Optional":
                inner = self._union((elements[0],), scope, depth)
                return Form(UNION, (*inner.args, Form(NULL)))
            case "typing.Union":
                return self._union(tuple(elements), scope, depth)
            case "typing.Literal":
                values = [self.value(each, scope) for each in elements]
                return NOBODY if UNREAD in values else Form(LITERAL, (), tuple(values))
            case "typing.Annotated":
                made = self.form(elements[0], scope, depth - 1)
                for each in elements[1:]:
                    made = made.marked(self.marks(each, scope))
                return made
            case name if name in KNOWN or name in WRAPPERS:
                return Form(name, tuple(self.form(each, scope, depth - 1) for each in elements))
            case _:
                return self._named(found, depth) if found.cls is not None else NOBODY

    def _named(self, found: Named | None, depth: int) -> Form:
        if found is None:
            return NOBODY
        if found.cls is not None:
            return self._class(found)
        if found.source is not None and isinstance(found.node, ast.expr):
            return self._alias(found.node, Scope(found.source), depth)
        name = found.dotted
        return Form(name) if name in KNOWN or name in WRAPPERS or name == UNSET else NOBODY

    def _alias(self, node: ast.expr, scope: Scope, depth: int) -> Form:
        if isinstance(node, ast.Call):
            called = self.called(node, scope)
            inner = node.args[1] if len(node.args) > 1 else None
            if called in ("typing.NewType", "typing.TypeAliasType") and inner is not None:
                return self.form(inner, scope, depth - 1)
            return self._call(node, scope)
        return self.form(node, scope, depth - 1)

    def _call(self, call: ast.Call, scope: Scope) -> Form:
        name = _CONSTRAINED.get(self.called(call, scope))
        if name is None:
            return NOBODY
        given = keywords(call)
        if given is None or call.args:
            return Form(name).marked(unread(set(FACETS.values()) - {"zone"}))
        return Form(name).marked(self._noted(call, "", scope))

    def _class(self, found: Named) -> Form:
        if is_enum(self.sources, found):
            return enum_form(self.sources, found)
        line = lineage(self.sources, found)
        if line.kind is not None:
            return Form(MODEL, (), (found.path,))
        return OTHER if line.complete and not line.foreign else NOBODY


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return None


def _elements(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]
