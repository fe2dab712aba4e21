"""Constants of a source file: what is a literal, or a name for one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.models.forms import UNREAD
from bridgewright.engineer.findings.models.still.sources import DEPTH, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.models.still.sources import Sources


def value(  # noqa: PLR0911 - one for each shape
    sources: Sources, expression: ast.expr, scope: Scope, depth: int = DEPTH
) -> Any:
    """The value of an expression; `UNREAD` unless it is a literal, a name for one, or a product or sum
    of such."""
    if depth <= 0:
        return UNREAD
    match expression:
        case ast.Constant(value=constant):
            return constant
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            values = [value(sources, each, scope, depth - 1) for each in elements]
            return UNREAD if any(unreadable(each) for each in values) else tuple(values)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = value(sources, operand, scope, depth - 1)
            return -inner if _is_number(inner) else UNREAD
        case ast.BinOp(left=left, op=ast.Mult() | ast.Add() as sign, right=right):
            return _sum(
                value(sources, left, scope, depth - 1),
                sign,
                value(sources, right, scope, depth - 1),
            )
        case ast.Name() | ast.Attribute():
            found = sources.followed(sources.named(expression, scope))
            if found is None or found.source is None or not isinstance(found.node, ast.expr):
                return UNREAD
            return value(sources, found.node, Scope(found.source), depth - 1)
        case _:
            return UNREAD


def unreadable(found: Any) -> bool:
    """Whether a value could not be read."""
    return isinstance(found, str) and found == UNREAD


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _sum(left: Any, sign: ast.operator, right: Any) -> Any:
    if not (_is_number(left) and _is_number(right)):
        return UNREAD
    return left * right if isinstance(sign, ast.Mult) else left + right


def keywords(call: ast.Call) -> Mapping[str, ast.expr] | None:
    """The named arguments of a call; None when some come from a mapping (`**more`)."""
    if any(each.arg is None for each in call.keywords):
        return None
    return {str(each.arg): each.value for each in call.keywords}
