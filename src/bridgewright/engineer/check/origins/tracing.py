"""Following an expression to where its value comes from."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.engineer.check.origins.scopes import object_of
from bridgewright.engineer.check.origins.words import (
    Binding,
    Given,
    Literal,
    Made,
    Member,
    Own,
    Partial,
    Scope,
    Symbol,
    Thing,
    Unknown,
    Written,
    spelt,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.check.origins.words import Origin

_DEEP = 10
_PARTIALS = frozenset({"functools.partial", "functools.partialmethod"})
_SAME = frozenset(
    {"contextlib.closing", "contextlib.aclosing", "copy.copy", "copy.deepcopy", "weakref.proxy"}
)
"""Calls that give what they are given, as far as anybody here cares."""
_UNKNOWN = (Unknown(),)


@dataclass(frozen=True, slots=True)
class Tracer:
    """Follows names through the modules of one project. What comes from several places has several
    origins; what is followed too deep, or in a circle, is unknown."""

    tops: Mapping[str, Scope] = field(repr=False)
    blocks: Mapping[ast.AST, Scope] = field(repr=False)

    def origins(self, expr: ast.expr, scope: Scope, deep: int = _DEEP) -> tuple[Origin, ...]:
        """What an expression may be where it is read in a scope: one origin at least."""
        found = dict.fromkeys(self._origins(expr, scope, deep)) if deep > 0 else {}
        return tuple(found) or _UNKNOWN

    def _origins(self, expr: ast.expr, scope: Scope, deep: int) -> Iterator[Origin]:  # noqa: C901 - one for each syntax
        match expr:
            case ast.Constant(value=value):
                yield Literal(value)
            case ast.Name(id=name):
                yield from self._named(name, scope, deep)
            case ast.Attribute(value=value, attr=attr):
                for origin in self.origins(value, scope, deep - 1):
                    yield from self._member(origin, attr, deep)
            case ast.Call():
                yield from self._called(expr, scope, deep)
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                yield from self.origins(value, scope, deep - 1)
            case ast.IfExp(body=body, orelse=orelse):
                yield from self.origins(body, scope, deep - 1)
                yield from self.origins(orelse, scope, deep - 1)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self.origins(value, scope, deep - 1)
            case ast.Lambda():
                yield Own(expr, scope)
            case ast.Subscript():
                yield Unknown()
            case _:
                yield Written(expr, scope)

    def _named(self, name: str, scope: Scope, deep: int) -> Iterator[Origin]:
        cls = object_of(scope, name)
        if cls is not None and isinstance(cls.block, ast.ClassDef):
            yield Thing(cls.block, cls)
            return
        at: Scope | None = scope
        while at is not None:
            bindings = at.names.get(name)
            if bindings and (at is scope or not isinstance(at.block, ast.ClassDef)):
                for binding in bindings:
                    yield from self._bound(binding, deep)
                return
            at = at.outer
        yield Symbol(name)

    def _bound(self, binding: Binding, deep: int) -> Iterator[Origin]:
        if binding.dotted:
            yield from self.symbol(binding.dotted, deep)
        elif binding.made is not None:
            yield Own(binding.made, binding.scope)
        elif binding.parameter is not None:
            typed = self.annotated(binding.annotation, binding.scope)
            if typed is None:
                typed = Given(binding.parameter, binding.value, binding.scope)
            yield typed
        elif binding.value is None or binding.opaque:
            yield self.annotated(binding.annotation, binding.scope) or Unknown()
        else:
            yield from self.origins(binding.value, binding.scope, deep - 1)

    def symbol(self, dotted: str, deep: int = _DEEP) -> Iterator[Origin]:
        """What a full name stands for: something of this project, or of a library."""
        module, _, name = dotted.rpartition(".")
        top = self.tops.get(module)
        if dotted in self.tops or top is None or not name:
            yield Symbol(dotted)
            return
        bindings = top.names.get(name, ())
        for binding in bindings:
            yield from self._bound(binding, deep - 1) if deep > 1 else _UNKNOWN
        if not bindings:
            yield Symbol(dotted)

    def annotated(self, annotation: ast.expr | None, scope: Scope) -> Origin | None:  # noqa: PLR0911 - one for each form
        """What an annotation says that a value is: an object of a library, or of this project."""
        match annotation:
            case None:
                return None
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self.annotated(left, scope) or self.annotated(right, scope)
            case ast.Constant(value=str() as text):
                try:
                    return self.annotated(ast.parse(text, mode="eval").body, scope)
                except SyntaxError:
                    return None
            case ast.Subscript(value=value, slice=inner):
                name = ast.unparse(value).rpartition(".")[2]
                return self.annotated(inner, scope) if name in {"Optional", "Final"} else None
            case ast.Name() | ast.Attribute():
                match self.origins(annotation, scope, 4):
                    case (Symbol(dotted=dotted),) if "." in dotted:
                        return Made(dotted, None, scope)
                    case (Own(block=ast.ClassDef() as block, scope=home),):
                        return Thing(block, self.blocks.get(block, home))
                    case _:
                        pass
            case _:
                pass
        return None

    def _member(self, origin: Origin, attr: str, deep: int) -> Iterator[Origin]:
        match origin:
            case Symbol(dotted=dotted):
                yield from self.symbol(f"{dotted}.{attr}", deep - 1)
            case Thing(block=block, scope=scope):
                yield from self._attribute(block, scope, attr, deep)
            case Own(block=ast.ClassDef() as block):
                yield from self._attribute(block, self.blocks[block], attr, deep)
            case Unknown():
                yield Member(origin, attr)
            case _:
                yield Member(origin, attr)

    def _attribute(
        self, block: ast.ClassDef, scope: Scope, attr: str, deep: int
    ) -> Iterator[Origin]:
        bindings = (*scope.attributes.get(attr, ()), *scope.names.get(attr, ()))
        telling = [each for each in bindings if each.value is not None or each.made is not None]
        for binding in telling or bindings:
            yield from self._bound(binding, deep - 1) if deep > 1 else _UNKNOWN
        if not bindings:
            yield from self._inherited(block, scope, attr, deep)

    def _inherited(
        self, block: ast.ClassDef, scope: Scope, attr: str, deep: int
    ) -> Iterator[Origin]:
        for each in block.bases:
            for origin in self.origins(each, scope.outer or scope, deep - 1):
                match origin:
                    case Own(block=ast.ClassDef() as parent):
                        yield from self._attribute(parent, self.blocks[parent], attr, deep - 1)
                    case Symbol(dotted=dotted):
                        yield Member(Made(dotted, None, scope), attr)
                    case _:
                        pass
        if not block.bases:
            yield Unknown()

    def _called(self, call: ast.Call, scope: Scope, deep: int) -> Iterator[Origin]:  # noqa: C901 - one for each origin
        for origin in self.origins(call.func, scope, deep - 1):
            match origin:
                case Symbol(dotted=dotted) if dotted in _PARTIALS and call.args:
                    for whole in self.origins(call.args[0], scope, deep - 1):
                        yield Partial(whole, call, scope)
                case Symbol(dotted=dotted) if dotted in _SAME and call.args:
                    yield from self.origins(call.args[0], scope, deep - 1)
                case Symbol(dotted="typing.cast") if len(call.args) > 1:
                    yield from self.origins(call.args[1], scope, deep - 1)
                case Own(block=ast.ClassDef() as block):
                    yield Thing(block, self.blocks[block])
                case Own(block=block):
                    yield from self._returned(block, deep)
                case Member(name="__enter__" | "__aenter__", of=of):
                    yield of
                case Member(name="enter_context" | "enter_async_context") if call.args:
                    yield from self.origins(call.args[0], scope, deep - 1)
                case Unknown():
                    yield Unknown()
                case _:
                    name = spelt(origin)
                    yield Made(name, call, scope) if name else Written(call, scope)

    def _returned(self, block: ast.AST, deep: int) -> Iterator[Origin]:
        """What a function of the project gives: what it returns, or yields as a context."""
        if isinstance(block, ast.Lambda):
            yield from self.origins(block.body, self.blocks[block], deep - 1)
            return
        inner = self.blocks[block]
        given = [
            node.value for node in _own_nodes(block) if isinstance(node, ast.Return | ast.Yield)
        ]
        for value in given:
            if value is not None:
                yield from self.origins(value, inner, deep - 2)
        if not given:
            yield Literal(None)


def _own_nodes(block: ast.AST) -> Iterator[ast.AST]:
    pending = list(ast.iter_child_nodes(block))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
