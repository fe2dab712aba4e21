"""Signs that an integration decides what is the application's to decide.

Nobody can tell for certain from the code; so signs are counted, and few of them say nothing.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import Function, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH = 2
"""From so many signs on it is told: one comparison happens, two are a rule of the business."""
_MONEY = re.compile(
    r"(?:^|_)(?:amount|balance|cost|discount|fee|price|subtotal|tax|total|vat)s?(?:$|_)"
)
_CONVERTS = re.compile(
    r"minor|major|cents|convert|round|decimal|(?:^|_)(?:to|from|as|parse|format)_"
)
_PROVIDERS = re.compile(
    r"^(?:self|cls|client|bridge|http|session_?|settings|config|answer|response|reply|result|resp|page|event"
    r"|request|body|payload|error|exc|manifest|args|options|path|url)$"
)
_WRITES = frozenset({"add", "add_all", "commit", "delete", "flush", "merge", "bulk_save_objects"})
_STORES = re.compile(r"(?:^|\.)(?:session|db|database|dbsession|uow|transaction)$", re.IGNORECASE)
_ORM = re.compile(
    r"\.objects\.(?:create|filter|get|update|get_or_create|update_or_create|bulk_create)$"
)
_ORDERED = ast.Eq | ast.NotEq | ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.In | ast.NotIn


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that looks like a decision, and how much it counts."""

    node: ast.AST
    what: str
    weight: int = 1


def signs(function: Function) -> Iterator[Sign]:
    """What in a function looks like business. Its parameters are the application's own things, unless
    they are called what providers' answers and tools of a connector are called."""
    given = _given(function)
    for node in inside(function):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                yield from _asked(test, given)
            case ast.Call(func=ast.Attribute(value=owner, attr=verb) as func):
                written = ast.unparse(func)
                if (
                    (verb in _WRITES and _STORES.search(ast.unparse(owner)))
                    or _ORM.search(written)
                    or (verb == "save" and isinstance(owner, ast.Name) and owner.id in given)
                ):
                    yield Sign(node, f"{written} writes to a store", ENOUGH)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name)) as target]) if (
                name in given
            ):
                yield Sign(node, f"{ast.unparse(target)} is changed")
            case ast.BinOp(op=ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Sub() | ast.Add()):
                if not _CONVERTS.search(function.name) and _is_money(node):
                    yield Sign(node, f"{ast.unparse(node)} calculates with money")


def _given(function: Function) -> frozenset[str]:
    every = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return frozenset(each.arg for each in every if not _PROVIDERS.match(each.arg))


def _asked(test: ast.expr, given: frozenset[str]) -> Iterator[Sign]:
    """Questions about the state of what was handed in; whether it is there is none."""
    match test:
        case ast.BoolOp(values=values):
            for each in values:
                yield from _asked(each, given)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _asked(operand, given)
        case ast.Compare(ops=ops) if any(isinstance(each, _ORDERED) for each in ops):
            if _states(test, given):
                yield Sign(test, f"it decides by {ast.unparse(test)}")
        case ast.Attribute(attr=attr) if _states(test, given) and re.match(
            r"(?:is|has|can|may)_", attr
        ):
            yield Sign(test, f"it decides by {ast.unparse(test)}")


def _states(node: ast.AST, given: frozenset[str]) -> bool:
    return any(
        isinstance(each, ast.Attribute)
        and isinstance(root := _root(each), ast.Name)
        and root.id in given
        for each in ast.walk(node)
    )


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _is_money(node: ast.BinOp) -> bool:
    named = (each for side in (node.left, node.right) for each in ast.walk(side))
    return any(
        (isinstance(each, ast.Name) and _MONEY.search(each.id))
        or (isinstance(each, ast.Attribute) and _MONEY.search(each.attr))
        for each in named
    )
