"""Handlers of exceptions that catch everything and tell nobody."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

_BROAD = frozenset({"Exception", "BaseException"})
_LOGS = re.compile(r"(?:^|\.)(?:log|logger|logging|_log|_logger)(?:\.|$)", re.IGNORECASE)


def swallowed(tree: ast.AST) -> Iterator[ast.ExceptHandler]:
    """Broad handlers that neither raise nor hand on what they caught. A line in a log hands nothing on:
    who called believes that it went well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _hands_on(node):
            yield node


def _is_broad(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _BROAD
        case ast.Tuple(elts=elements):
            return any(_is_broad(each) for each in elements)
    return False


def _hands_on(handler: ast.ExceptHandler) -> bool:
    for statement in handler.body:
        for node in (statement, *inside(statement)):
            if isinstance(node, ast.Raise):
                return True
        if handler.name and not _is_log(statement) and _names(statement, handler.name):
            return True
    return False


def _is_log(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=func)):
            return bool(_LOGS.search(ast.unparse(func)) or ast.unparse(func) == "print")
    return False


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))
