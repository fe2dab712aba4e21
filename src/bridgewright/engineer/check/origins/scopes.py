"""The scopes of a module: which names are bound where, and to what."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.engineer.check.origins.words import Binding, Block, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True, eq=False)
class Scopes:
    """The scope of a module, that of each block in it, and that in which each node is read."""

    top: Scope
    of: Mapping[ast.AST, Scope] = field(repr=False)
    around: Mapping[ast.AST, Scope] = field(repr=False)
    parents: Mapping[ast.AST, ast.AST] = field(repr=False)


def scopes(tree: ast.Module, name: str, package: str) -> Scopes:
    """The scopes of a module of this name; relative imports are of `package`."""
    blocks: dict[ast.AST, Scope] = {}
    around: dict[ast.AST, Scope] = {}
    parents: dict[ast.AST, ast.AST] = {}
    top = _scope(tree, name, package, None, blocks)
    _walk(tree, top, blocks, around, parents)
    for node, scope in around.items():
        for target, binding in _bindings(node, scope, blocks):
            _bind(target, binding, scope)
    return Scopes(top, blocks, around, parents)


def _scope(
    block: Block, name: str, package: str, outer: Scope | None, blocks: dict[ast.AST, Scope]
) -> Scope:
    scope = Scope(block, name, package, outer, {}, {})
    blocks[block] = scope
    return scope


def _walk(
    node: ast.AST,
    scope: Scope,
    blocks: dict[ast.AST, Scope],
    around: dict[ast.AST, Scope],
    parents: dict[ast.AST, ast.AST],
) -> None:
    """Note where each node is read. Decorators and defaults are read outside of what they belong to;
    that they are noted within it does no harm but for names that are bound in both."""
    pending = [(node, scope)]
    while pending:
        above, inner = pending.pop()
        for child in ast.iter_child_nodes(above):
            parents[child] = above
            around[child] = inner
            if isinstance(child, Block):
                own = _scope(child, inner.module, inner.package, inner, blocks)
                pending.append((child, own))
            else:
                pending.append((child, inner))


def _bind(target: ast.expr | str, binding: Binding, scope: Scope) -> None:
    match target:
        case str() as name:
            _add(_home(scope, name).names, name, binding)
        case ast.Name(id=name):
            _add(_home(scope, name).names, name, binding)
        case ast.Attribute(value=ast.Name(id=owner), attr=attr):
            cls = _class_of(scope, owner)
            if cls is not None:
                _add(cls.attributes, attr, binding)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            values = binding.value.elts if isinstance(binding.value, ast.Tuple | ast.List) else []
            for at, element in enumerate(elements):
                if len(values) == len(elements) and not binding.opaque:
                    _bind(element, Binding(binding.scope, values[at]), scope)
                else:
                    _bind(element, Binding(binding.scope, binding.value, opaque=True), scope)
        case ast.Starred(value=value):
            _bind(value, Binding(binding.scope, binding.value, opaque=True), scope)
        case _:
            pass


def _add(names: Mapping[str, tuple[Binding, ...]], name: str, binding: Binding) -> None:
    if isinstance(names, dict):
        names[name] = (*names.get(name, ()), binding)


def _home(scope: Scope, name: str) -> Scope:
    """Where an assignment binds a name: here, or where `global` says."""
    if isinstance(scope.block, ast.FunctionDef | ast.AsyncFunctionDef):
        for statement in scope.block.body:
            if isinstance(statement, ast.Global) and name in statement.names:
                while scope.outer is not None:
                    scope = scope.outer
                return scope
    return scope


def _class_of(scope: Scope, owner: str) -> Scope | None:
    """The class whose object a name is: the first parameter of a method."""
    block, outer = scope.block, scope.outer
    while outer is not None and not isinstance(outer.block, ast.ClassDef):
        if owner in scope.names:
            return None
        scope, block, outer = outer, outer.block, outer.outer
    if outer is None or isinstance(block, ast.Module | ast.ClassDef):
        return None
    first = (*block.args.posonlyargs, *block.args.args)[:1]
    return outer if first and first[0].arg == owner and not _is_static(block) else None


def _is_static(block: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    decorators = [] if isinstance(block, ast.Lambda) else block.decorator_list
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in decorators)


def object_of(scope: Scope, name: str) -> Scope | None:
    """The class whose object a name is within a method of it."""
    return _class_of(scope, name)


def _bindings(  # noqa: C901, PLR0912 - one for each way to bind
    node: ast.AST, scope: Scope, blocks: dict[ast.AST, Scope]
) -> Iterator[tuple[ast.expr | str, Binding]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield target, Binding(scope, value)
        case ast.AnnAssign(target=target, value=value, annotation=annotation):
            yield target, Binding(scope, value, annotation=annotation)
        case ast.NamedExpr(target=target, value=value):
            yield target, Binding(scope, value)
        case ast.AugAssign(target=target, value=value):
            yield target, Binding(scope, value, opaque=True)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield target, Binding(scope, value)
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield target, Binding(scope, value, opaque=True)
        case ast.comprehension(target=target, iter=value):
            yield target, Binding(scope, value, opaque=True)
        case ast.ExceptHandler(name=str() as name):
            yield name, Binding(scope, opaque=True)
        case ast.Import() | ast.ImportFrom():
            yield from _imports(node, scope)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, Binding(scope, made=node)
        case _:
            pass
    if isinstance(node, _FUNCTIONS):
        _bind_parameters(node, scope, blocks[node])


def _bind_parameters(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, outside: Scope, inner: Scope
) -> None:
    for parameter, default in parameters(node.args):
        binding = Binding(outside, default, parameter=parameter, annotation=parameter.annotation)
        _add(inner.names, parameter.arg, binding)
    for rest in (node.args.vararg, node.args.kwarg):
        if rest is not None:
            _add(inner.names, rest.arg, Binding(outside, parameter=rest, opaque=True))


def parameters(given: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Each parameter with its default."""
    positional = [*given.posonlyargs, *given.args]
    missing = len(positional) - len(given.defaults)
    yield from zip(positional, [*[None] * missing, *given.defaults], strict=True)
    yield from zip(given.kwonlyargs, given.kw_defaults, strict=True)


def _imports(node: ast.Import | ast.ImportFrom, scope: Scope) -> Iterator[tuple[str, Binding]]:
    if isinstance(node, ast.Import):
        for each in node.names:
            start = each.name.partition(".")[0]
            yield each.asname or start, Binding(scope, dotted=each.name if each.asname else start)
        return
    start = absolute(node, scope.package)
    for each in node.names:
        yield each.asname or each.name, Binding(scope, dotted=f"{start}.{each.name}")


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The module that is imported from, with the dots of a relative import filled in."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])
