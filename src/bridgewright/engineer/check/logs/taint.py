"""What an expression would show of what must not be shown, followed through locals and functions."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check.logs.carrying import (
    ANSWERS,
    BODIES,
    CARRIES,
    CARRIES_ON,
    CLEANS,
    PARTS,
    READS_BODY,
    TELLS_LITTLE,
    is_request,
    last_name,
    text_in,
)
from bridgewright.engineer.check.logs.kinds import (
    HEADER_NAMES,
    SECRET_HEADERS,
    Kind,
    holds_much,
    named,
)
from bridgewright.engineer.check.origins.words import (
    Binding,
    Literal,
    Made,
    Own,
    Partial,
    Symbol,
    spelt,
)
from bridgewright.engineer.check.secrets.fallbacks import READS
from bridgewright.engineer.check.secrets.naming import (
    holds_secret,
    is_paging,
    may_hold_secret,
)
from bridgewright.engineer.check.source import last

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.origins.words import Scope


_DEEP = 8


@dataclass(frozen=True, slots=True)
class Taint:
    """Follows what must not be shown through the locals of a function, and one function deep."""

    tracer: Tracer

    def kinds(self, expr: ast.expr, scope: Scope, deep: int = _DEEP) -> frozenset[Kind]:
        """What an expression would show."""
        return frozenset(self._kinds(expr, scope, deep)) if deep > 0 else frozenset()

    def _kinds(self, expr: ast.expr, scope: Scope, deep: int) -> Iterator[Kind]:  # noqa: C901 - one for each syntax
        match expr:
            case ast.Constant() | ast.Compare() | ast.Lambda() | ast.UnaryOp(op=ast.Not()):
                return
            case ast.Name():
                yield from self._name(expr, scope, deep)
            case ast.Attribute():
                yield from self._attribute(expr, scope)
            case ast.Subscript(value=value, slice=key):
                yield from self._element(value, key, scope, deep)
            case ast.Call():
                yield from self._call(expr, scope, deep)
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._all([body, orelse], scope, deep)
            case ast.Dict(keys=keys, values=values):
                for name, each in zip(keys, values, strict=True):
                    yield from self.entry(text_in(name), each, scope, deep)
            case ast.DictComp(key=key, value=value, generators=generators):
                walked = [] if _is_selected(generators) else [each.iter for each in generators]
                yield from self._all([key, value, *walked] if walked else [], scope, deep)
            case ast.ListComp(elt=elt) | ast.SetComp(elt=elt) | ast.GeneratorExp(elt=elt):
                yield from self._all([elt], scope, deep)
            case _:
                inner = (each for each in ast.iter_child_nodes(expr) if isinstance(each, ast.expr))
                yield from self._all(inner, scope, deep)

    def _all(self, exprs: Iterable[ast.expr], scope: Scope, deep: int) -> Iterator[Kind]:
        for each in exprs:
            yield from self.kinds(each, scope, deep)

    def entry(self, name: str, value: ast.expr, scope: Scope, deep: int = _DEEP) -> Iterator[Kind]:
        """What a value under a name shows: the name says it, or the value does."""
        if name and not _is_harmless(value) and not self._is_clean(value, scope):
            yield from named(name)
        yield from self.kinds(value, scope, deep)

    def _is_clean(self, expr: ast.expr, scope: Scope) -> bool:
        """Whether an expression tells little of what it is made from, whatever its name."""
        match expr:
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Call(func=func):
                name = ast.unparse(func)
                return last(name) in TELLS_LITTLE or bool(CLEANS.search(last(name)))
            case ast.Name():
                origins = self.tracer.origins(expr, scope)
                return all(isinstance(each, Literal) for each in origins)
            case ast.JoinedStr(values=values):
                return all(isinstance(each, ast.Constant) for each in values)
            case _:
                pass
        return False

    def _name(self, name: ast.Name, scope: Scope, deep: int) -> Iterator[Kind]:
        bindings = _bindings(name.id, scope)
        values = [each for each in bindings if each.value is not None and each.parameter is None]
        before = [each for each in values if getattr(each.value, "lineno", 0) <= name.lineno]
        values = [each for each in before or values if not _gives_names(each)]
        if values and all(self._is_clean(each.value, each.scope) for each in values if each.value):
            return
        if any(_is_paging(each.value) for each in values):
            return
        if not _is_symbol(self.tracer.origins(name, scope)):
            literal = values and all(_is_harmless(each.value) for each in values if each.value)
            if not literal:
                yield from named(name.id)
        for each in values:
            if each.value is not None:
                # Of what is unpacked no function is looked through: which part it is, nobody knows.
                less = min(deep - 1, _DEEP - 5) if each.opaque else deep - 1
                yield from self.kinds(each.value, each.scope, less)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Iterator[Kind]:
        if node.attr == "headers":
            yield Kind.HEADERS
        elif node.attr in BODIES and self._is_answer(node.value, scope):
            yield Kind.BODY
        else:
            said = frozenset(named(node.attr))
            harmless = said and _is_symbol(self.tracer.origins(node, scope))
            if not harmless:
                yield from said
            if _is_environment(node, scope, self.tracer):
                yield Kind.SECRET
            if not said and isinstance(node.value, ast.Name) and node.value.id == "self":
                origins = self.tracer.origins(node, scope)
                yield from self._from(origins)

    def _from(self, origins: Iterable[object]) -> Iterator[Kind]:
        for each in origins:
            if isinstance(each, Made) and each.symbol in READS:
                key = text_in(each.call.args[0]) if each.call and each.call.args else ""
                if holds_secret(key) or may_hold_secret(key):
                    yield Kind.SECRET

    def _is_answer(self, expr: ast.expr, scope: Scope) -> bool:
        """Whether something is a request or an answer: by how it came to be, or by its name."""
        if isinstance(expr, ast.Await):
            return self._is_answer(expr.value, scope)
        if isinstance(expr, ast.Name | ast.Attribute) and ANSWERS.match(last_name(expr)):
            return True
        if isinstance(expr, ast.Call):
            return is_request(expr)
        if isinstance(expr, ast.Name):
            for binding in _bindings(expr.id, scope):
                value = (
                    binding.value.value if isinstance(binding.value, ast.Await) else binding.value
                )
                if isinstance(value, ast.Call) and is_request(value) and not binding.opaque:
                    return True
            return any(
                spelt(each).endswith(("Response", "Response()", "Request", "Request()"))
                for each in self.tracer.origins(expr, scope)
            )
        return False

    def _element(self, value: ast.expr, key: ast.expr, scope: Scope, deep: int) -> Iterator[Kind]:
        text = text_in(key)
        if text and self._holds_headers(value, scope, deep):
            if SECRET_HEADERS.search(text):
                yield Kind.SECRET
            return
        if text:
            yield from named(text)
            if _is_environment(value, scope, self.tracer):
                return
            found = self.kinds(value, scope, deep - 1)
            yield from found if holds_much(text) else found - {Kind.BODY}
            return
        part = isinstance(key, ast.Constant) and isinstance(value, ast.Call)
        if part and last(ast.unparse(value).partition("(")[0]) in PARTS:
            return
        yield from self.kinds(value, scope, deep - 1)

    def _holds_headers(self, value: ast.expr, scope: Scope, deep: int) -> bool:
        if HEADER_NAMES.match(last_name(value)):
            return True
        return Kind.HEADERS in self.kinds(value, scope, deep - 1)

    def _call(self, call: ast.Call, scope: Scope, deep: int) -> Iterator[Kind]:
        name = ast.unparse(call.func)
        if last(name) in TELLS_LITTLE or CLEANS.search(last(name)):
            return
        origins = self.tracer.origins(call.func, scope)
        spelled = {spelt(each) for each in origins}
        if isinstance(call.func, ast.Attribute):
            yield from self._method(call, call.func, scope, deep)
        if name == "locals" and not call.args:
            yield Kind.SECRET
        if spelled & READS and call.args and _is_secret_name(text_in(call.args[0])):
            yield Kind.SECRET
        if spelled & CARRIES or name in CARRIES or last(name) in {"dumps", "loads"}:
            yield from self._all(call.args, scope, deep - 1)
        for origin in origins:
            if isinstance(origin, Own) and isinstance(
                origin.block, ast.FunctionDef | ast.AsyncFunctionDef
            ):
                yield from self._through(origin.block, call, scope, deep)

    def _method(
        self, call: ast.Call, func: ast.Attribute, scope: Scope, deep: int
    ) -> Iterator[Kind]:
        if func.attr in READS_BODY and self._is_answer(func.value, scope):
            yield Kind.BODY
        elif func.attr == "get" and call.args:
            yield from self._element(func.value, call.args[0], scope, deep)
        elif func.attr in CARRIES_ON:
            yield from self.kinds(func.value, scope, deep - 1)
            if func.attr in {"format", "join", "replace"}:
                yield from self._all(call.args, scope, deep - 1)
                for each in call.keywords:
                    yield from self.entry(each.arg or "", each.value, scope, deep - 1)

    def _through(
        self,
        block: ast.FunctionDef | ast.AsyncFunctionDef,
        call: ast.Call,
        scope: Scope,
        deep: int,
    ) -> Iterator[Kind]:
        """What a function of the project hands back of what it is given: one function deep."""
        inner = self.tracer.blocks.get(block)
        if inner is None or CLEANS.search(block.name) or deep < _DEEP - 4:
            return
        for node in ast.walk(block):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from self.kinds(node.value, inner, deep - 4)
                used = {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
                for name, given in _arguments(block, call):
                    if name in used and self._shows(node.value, name):
                        yield from self.kinds(given, scope, deep - 4)

    def _shows(self, expr: ast.expr, name: str) -> bool:
        """Whether an expression shows a parameter itself: not its length, nor a digest of it."""
        match expr:
            case ast.Name(id=found):
                return found == name
            case ast.Call(func=func) if last(ast.unparse(func)) in TELLS_LITTLE or CLEANS.search(
                last(ast.unparse(func))
            ):
                return False
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in CARRIES_ON:
                return self._shows(value, name)
            case ast.Attribute() | ast.Compare() | ast.Constant():
                return False
            case _:
                pass
        inner = (each for each in ast.iter_child_nodes(expr) if isinstance(each, ast.expr))
        return any(self._shows(each, name) for each in inner)

    def handed_on(
        self, call: ast.Call, scope: Scope, writes: Iterable[tuple[ast.AST, str]]
    ) -> Iterator[tuple[str, frozenset[Kind]]]:
        """What a call gives to parameters that a function of the project writes down as they are."""
        given = dict(_pairs(call, self.tracer, scope))
        for _, name in writes:
            if name in given:
                kinds = self.kinds(given[name], scope)
                if kinds:
                    yield name, kinds


def _pairs(call: ast.Call, tracer: Tracer, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    for origin in tracer.origins(call.func, scope):
        if isinstance(origin, Own) and isinstance(
            origin.block, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            yield from _arguments(origin.block, call)


def _arguments(
    block: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call
) -> Iterator[tuple[str, ast.expr]]:
    names = [each.arg for each in (*block.args.posonlyargs, *block.args.args)]
    if names[:1] in (["self"], ["cls"]) and isinstance(call.func, ast.Attribute):
        names = names[1:]
    yield from zip(names, call.args, strict=False)
    yield from ((each.arg, each.value) for each in call.keywords if each.arg)


def _bindings(name: str, scope: Scope) -> tuple[Binding, ...]:
    at: Scope | None = scope
    while at is not None:
        if name in at.names:
            return at.names[name]
        at = at.outer
    return ()


def _is_symbol(origins: Iterable[object]) -> bool:
    """Whether a name is one of a library, a class or a function: it holds nothing of anybody's."""
    return all(
        isinstance(each, Own | Partial) or (isinstance(each, Symbol) and "." in each.dotted)
        for each in origins
    )


def _is_environment(value: ast.expr, scope: Scope, tracer: Tracer) -> bool:
    return any(spelt(each) == "os.environ" for each in tracer.origins(value, scope))


def _is_secret_name(name: str) -> bool:
    return holds_secret(name) or may_hold_secret(name)


def _is_harmless(expr: ast.expr | None) -> bool:
    return isinstance(expr, ast.Constant)


def _is_selected(generators: list[ast.comprehension]) -> bool:
    """`{k: v for k, v in headers.items() if k in SAFE}`: chosen by somebody."""
    return any(each.ifs for each in generators)


def _gives_names(binding: Binding) -> bool:
    """`for name in headers`: the names of what is in it, and not what they stand for; and rows that are
    written down."""
    match binding:
        case Binding(opaque=True, value=ast.Name() | ast.Attribute() as value):
            return HEADER_NAMES.match(last_name(value)) is not None
        case Binding(opaque=True, value=ast.Call(func=ast.Attribute(attr="get" | "keys"))):
            return True
        case Binding(opaque=True, value=ast.Tuple(elts=[ast.Tuple(), *_])):
            return True
        case _:
            pass
    return False


def _is_paging(value: ast.expr | None) -> bool:
    """`page.get("next_page_token", "")`: a place in a list, whatever it is called here."""
    match value:
        case ast.Subscript(slice=key) | ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]):
            return is_paging(text_in(key))
        case _:
            pass
    return False
