"""What stands in for a secret when none is given."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check.origins.scopes import parameters
from bridgewright.engineer.check.origins.words import Literal, spelt
from bridgewright.engineer.check.secrets.naming import holds_secret, may_hold_secret
from bridgewright.engineer.check.secrets.values import is_said, is_secret_of, text_of
from bridgewright.engineer.check.source import last

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.origins.words import Scope
    from bridgewright.engineer.check.project import Module

READS = frozenset(
    {"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault", "os.environb.get"}
)
_READERS = frozenset(
    {"config", "env", "str", "getenv", "get", "read", "option", "add_argument", "Option"}
)
"""Last words of what reads settings with a default: decouple, environs, click, argparse."""
_FIELDS = frozenset({"Field", "field", "ib", "attrib", "mapped_column"})


@dataclass(frozen=True, slots=True)
class Fallbacks:
    """Looks for defaults of secrets in one module."""

    tracer: Tracer
    module: Module

    def all(self) -> Iterator[tuple[ast.AST, str]]:
        """Each default, and the name of what it stands in for."""
        for node, scope in self.module.scopes.around.items():
            match node:
                case ast.Call(args=[_, *_]):
                    yield from self._read(node, scope)
                case ast.BoolOp(op=ast.Or(), values=[first, *rest]):
                    yield from self._instead(first, rest, scope)
                case ast.IfExp(body=body, orelse=orelse):
                    yield from self._instead(body, [orelse], scope)
                    yield from self._instead(orelse, [body], scope)
                case ast.FunctionDef(args=given) | ast.AsyncFunctionDef(args=given):
                    for parameter, default in parameters(given):
                        yield from _default(parameter.arg, default)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    if isinstance(scope.block, ast.ClassDef):
                        yield from _default(name, _given(value))
                case _:
                    pass

    def _read(self, call: ast.Call, scope: Scope) -> Iterator[tuple[ast.AST, str]]:
        name = self._text(call.args[0], scope)
        if name is None or not _is_secret_name(name.lstrip("-")):
            return
        keyword = next((each.value for each in call.keywords if each.arg == "default"), None)
        position = call.args[1] if len(call.args) > 1 else None
        if self._is_environment(call.func, scope):
            default = keyword or position
        elif last(ast.unparse(call.func)) in _READERS:
            default = keyword
            text = None if position is None else self._text(position, scope)
            if default is None and text and is_secret_of(name, text):
                default = position
        else:
            return
        if default is not None and is_said(self._text(default, scope)):
            yield default, name

    def _instead(
        self, first: ast.expr, rest: list[ast.expr], scope: Scope
    ) -> Iterator[tuple[ast.AST, str]]:
        """`os.environ.get("ACME_TOKEN") or "literal"`."""
        name = self._environment_name(first, scope)
        if name and _is_secret_name(name):
            for each in rest:
                if is_said(self._text(each, scope)):
                    yield each, name

    def _environment_name(self, expr: ast.expr, scope: Scope) -> str:
        match expr:
            case ast.Call(func=func, args=[first, *_]) if self._is_environment(func, scope):
                return self._text(first, scope) or ""
            case ast.Subscript(value=value, slice=ast.Constant(value=str() as name)):
                origins = self.tracer.origins(value, scope)
                return name if any(spelt(each) == "os.environ" for each in origins) else ""
            case _:
                pass
        return ""

    def _is_environment(self, func: ast.expr, scope: Scope) -> bool:
        return any(spelt(each) in READS for each in self.tracer.origins(func, scope))

    def _text(self, expr: ast.expr, scope: Scope) -> str | None:
        text = text_of(expr)
        if text is None and isinstance(expr, ast.Name | ast.Attribute):
            for origin in self.tracer.origins(expr, scope):
                if isinstance(origin, Literal) and isinstance(origin.value, str):
                    return origin.value
        return text


def _default(name: str, default: ast.expr | None) -> Iterator[tuple[ast.AST, str]]:
    text = text_of(default)
    if default is not None and text and is_secret_of(name, text):
        yield default, name


def _given(value: ast.expr) -> ast.expr | None:
    """The default of a field, also within what describes it."""
    if isinstance(value, ast.Call) and last(ast.unparse(value.func)) in _FIELDS:
        said = next((each.value for each in value.keywords if each.arg == "default"), None)
        return said or (value.args[0] if value.args else None)
    return value


def _is_secret_name(name: str) -> bool:
    return holds_secret(name) or may_hold_secret(name)
