"""Loops that ask for page after page, and what ends them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKS = re.compile(r"^(?:get|post|put|request|send|list\w*|fetch\w*|query|search|call|page|load)$")
_PAGE = re.compile(
    r"page|token|cursor|next|more|offset|after|continu|link|marker|path|url", re.IGNORECASE
)
_BOUNDS = ast.Lt | ast.LtE | ast.Gt | ast.GtE
_ENDLESS = frozenset({"itertools.count", "count", "itertools.repeat", "itertools.cycle"})


def endless(tree: ast.AST) -> Iterator[ast.For | ast.AsyncFor | ast.While]:
    """Walks over pages that only the provider can end. A bound is a comparison with a number of pages; a
    guard is a look whether a token was there before. Either ends the walk."""
    for node in ast.walk(tree):
        if isinstance(node, ast.While | ast.For | ast.AsyncFor) and not _guarded(node.body):
            goes_on = _goes_on(node.test) if isinstance(node, ast.While) else _is_endless(node.iter)
            if goes_on and _walks_pages(node):
                yield node


def _is_endless(walked: ast.expr) -> bool:
    return isinstance(walked, ast.Call) and ast.unparse(walked.func) in _ENDLESS


def _goes_on(test: ast.expr) -> bool:
    """Whether a condition does not end a loop by itself: it neither counts nor knows what was seen."""
    operators = [op for node in ast.walk(test) if isinstance(node, ast.Compare) for op in node.ops]
    return not any(isinstance(op, _BOUNDS | ast.NotIn) for op in operators)


def _walks_pages(loop: ast.While | ast.For | ast.AsyncFor) -> bool:
    """Whether what is asked for, or whether it goes on, comes from the answer before."""
    nodes = list(_body(loop))
    asked = [each for each in nodes if _asks(each)]
    if not isinstance(loop, ast.While):
        return bool(asked)
    changed = {name for each in nodes for name in _assigned(each)}
    read = [each for node in (*asked, loop.test) for each in ast.walk(node)]
    used = {each.id for each in read if isinstance(each, ast.Name)}
    return bool(asked) and any(_PAGE.search(name) for name in changed & used)


def _guarded(body: list[ast.stmt]) -> bool:
    for statement in body:
        for node in (statement, *inside(statement)):
            if isinstance(node, ast.If) and _leaves(node) and _ends_within(node.test):
                return True
    return False


def _ends_within(test: ast.expr) -> bool:
    for node in ast.walk(test):
        match node:
            case ast.Compare(
                ops=ops, comparators=[ast.Name() | ast.Attribute() | ast.Constant(), *_]
            ):
                if any(isinstance(op, _BOUNDS | ast.In) for op in ops):
                    return True
                if any(isinstance(op, ast.Eq) for op in ops) and isinstance(node.left, ast.Name):
                    return _PAGE.search(ast.unparse(node)) is not None
    return False


def _leaves(node: ast.If) -> bool:
    ends = ast.Break | ast.Return | ast.Raise
    return any(isinstance(each, ends) for statement in node.body for each in ast.walk(statement))


def _asks(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _ASKS.match(node.func.attr) is not None
        and bool(node.args or node.keywords)
        and not _is_lookup(node)
    )


def _is_lookup(call: ast.Call) -> bool:
    """`page.get("next")` looks into what is there already."""
    literal = [isinstance(each, ast.Constant) for each in call.args]
    alone = len(call.args) in {1, 2} and all(literal) and not call.keywords
    path = any(
        isinstance(each, ast.Constant) and str(each.value).startswith("/") for each in call.args
    )
    return alone and not path


def _assigned(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Assign(targets=targets):
            for target in targets:
                yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))
        case ast.AugAssign(target=ast.Name(id=name)) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.NamedExpr(target=ast.Name(id=name)):
            yield name


def _body(loop: ast.For | ast.AsyncFor | ast.While) -> Iterator[ast.AST]:
    for statement in loop.body:
        yield statement
        yield from inside(statement)
