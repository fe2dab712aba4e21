"""Digests made with a secret, and where they are compared as ordinary text."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import Function, Source, inside, last

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAKERS = frozenset({"hmac.new", "hmac.digest", "hmac.HMAC"})
_SECRET = re.compile(r"secret|token|key|password", re.IGNORECASE)
_SIGNS = re.compile(
    r"(?:^|_)(?:sign|signature|hmac|mac)(?:_(?:of|for|body|payload|message|request))?$"
)
_TELLS_NOTHING = frozenset({"len", "bool", "isinstance", "compare_digest", "constant_time_compare"})
"""What is made of a digest by these is not worth guessing: its length, whether it is there."""
_GUESSABLE = ast.Eq | ast.NotEq | ast.In | ast.NotIn


def compared(source: Source, function: Function) -> Iterator[ast.Compare]:
    """Comparisons in a function that end sooner the sooner a wrong signature differs."""
    if not may_sign(source):
        return
    digests = names(source, function)
    for node in inside(function):
        if isinstance(node, ast.Compare) and is_guessable(source, node, digests):
            yield node


def may_sign(source: Source) -> bool:
    """Whether anything in a module could make a digest with a secret."""
    made = {"new", "digest", "hexdigest", "HMAC"}
    return not made.isdisjoint(source.called) or any(map(_SIGNS.search, source.called))


def is_guessable(source: Source, node: ast.Compare, digests: frozenset[str]) -> bool:
    """Whether a comparison has a digest on one side, and on the other what somebody sent."""
    if not all(isinstance(each, _GUESSABLE) for each in node.ops):
        return False
    sides = (node.left, *node.comparators)
    if any(isinstance(each, ast.In | ast.NotIn) for each in node.ops):
        sides = (
            node.left,
        )  # a name among those of made headers is no guess; a digest among others is
    known = [is_digest(source, each, digests) for each in sides]
    return any(known) and not any(isinstance(each, ast.Constant) for each in sides)


def names(source: Source, function: Function) -> frozenset[str]:
    """Names in a function that hold a digest made with a secret, or a text made of one."""
    found: frozenset[str] = frozenset()
    if not may_sign(source):
        return found
    for node in inside(function):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if is_digest(source, value, found):
                found |= {name}
    return found


def is_digest(source: Source, node: ast.AST, digests: frozenset[str]) -> bool:
    """Whether an expression is a digest made with a secret, or is made of one."""
    match node:
        case ast.Name(id=name):
            return name in digests
        case ast.Call(func=func):
            if last(source.dotted(func)) in _TELLS_NOTHING:
                return False
            if _makes(source, node):
                return True
        case ast.Compare() | ast.Lambda():
            return False
    return any(is_digest(source, child, digests) for child in ast.iter_child_nodes(node))


def _makes(source: Source, call: ast.Call) -> bool:
    dotted = source.dotted(call.func)
    if dotted in _MAKERS:
        return True
    if dotted.startswith("hashlib."):
        return any(
            isinstance(each, ast.Name | ast.Attribute) and _SECRET.search(last(source.dotted(each)))
            for argument in call.args
            for each in ast.walk(argument)
        )
    return _SIGNS.search(last(dotted)) is not None and "verif" not in dotted
