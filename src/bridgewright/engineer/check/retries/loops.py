"""Loops that ask again: which they are, and what is made anew on each round."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import Function, decorators, inside, last

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.source import Source

Loop = ast.For | ast.AsyncFor | ast.While
_LEAVES = ast.Return | ast.Break
_COUNTS = frozenset({"range", "itertools.count", "count", "itertools.repeat", "repeat"})
_ROUND = re.compile(r"attempt|retr|tries|\btry\b", re.IGNORECASE)
LIBRARIES = frozenset(
    {"tenacity", "backoff", "stamina", "retrying", "retry", "retry2", "aiohttp_retry", "opnieuw"}
)
_POLICIES = frozenset(
    {
        "urllib3.util.Retry",
        "urllib3.Retry",
        "urllib3.util.retry.Retry",
        "requests.packages.urllib3.util.retry.Retry",
    }
)
_MAKERS = re.compile(
    r"^(?:uuid\.uuid[14567]|secrets\.token_\w+|os\.urandom|ulid\.\w+|random\.\w+|uuid6\.\w+)(?:\(\))?$"
)
_MADE_BY = re.compile(r"^(?:uuid\d|token_\w+|urandom|new|ULID|rand\w+|choices?)$")
_KEY = re.compile(r"idempoten", re.IGNORECASE)


def repeating(tree: ast.AST) -> Iterator[Loop]:
    """Loops that leave when something went well, and go round again when it did not."""
    for node in ast.walk(tree):
        if (
            isinstance(node, Loop)
            and _counts(node)
            and any(_asks_again(node, each) for each in _tries(node))
        ):
            yield node


def libraries(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Uses of what retries for one: decorators, blocks, policies of a transport."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=func):
                dotted = source.outside(func)
                if (dotted.partition(".")[0] in LIBRARIES and _is_outermost(dotted)) or (
                    dotted in _POLICIES and not _is_off(node)
                ):
                    yield node, dotted
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for called, call in decorators(node):
                    dotted = source.outside(called)
                    if call is None and dotted.partition(".")[0] in LIBRARIES:
                        yield called, dotted


def _is_outermost(dotted: str) -> bool:
    """Conditions and waits are arguments of what retries; the one that retries is enough to name."""
    name = last(dotted)
    return (
        not name.startswith(("stop_", "wait_", "retry_if_", "before_", "after_")) and name != "expo"
    )


def _is_off(call: ast.Call) -> bool:
    given = [*call.args[:1], *(each.value for each in call.keywords if each.arg == "total")]
    return any(isinstance(each, ast.Constant) and each.value == 0 for each in given)


def keys_made_anew(source: Source) -> Iterator[ast.Call]:
    """Idempotency keys that are made within what is repeated."""
    if not any(map(_MADE_BY.match, source.called)):
        return
    for scope in (*repeating(source.tree), *_retried(source)):
        nodes = list(_body(scope))
        if any(_KEY.search(text) for text in _said(nodes)):
            for node in nodes:
                if isinstance(node, ast.Call) and _MAKERS.match(source.dotted(node.func)):
                    yield node
                    break


def _body(scope: Loop | Function) -> Iterator[ast.AST]:
    for statement in scope.body:
        yield statement
        yield from inside(statement)


def _said(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case (
                ast.Constant(value=str() as text)
                | ast.keyword(arg=str() as text)
                | ast.Name(id=text)
            ):
                yield text


def _retried(source: Source) -> Iterator[Function]:
    for function in source.functions.values():
        for called, _ in decorators(function):
            if source.outside(called).partition(".")[0] in LIBRARIES:
                yield function


def _counts(loop: Loop) -> bool:
    """A walk over things is none, whatever is caught on it: each of them is asked for once."""
    if isinstance(loop, ast.While):
        return True
    if _ROUND.search(ast.unparse(loop.target)):
        return True
    return isinstance(loop.iter, ast.Call) and ast.unparse(loop.iter.func) in _COUNTS


def _tries(loop: Loop) -> Iterator[ast.Try]:
    for statement in loop.body:
        for node in (statement, *inside(statement)):
            if isinstance(node, ast.Try):
                yield node


def _asks_again(loop: Loop, tried: ast.Try) -> bool:
    calls = any(
        isinstance(each, ast.Call) for statement in tried.body for each in ast.walk(statement)
    )
    good = _leaves([*tried.body, *tried.orelse]) or _leaves_after(loop, tried)
    again = any(not _always_leaves(handler.body) for handler in tried.handlers)
    return calls and good and again


def _leaves(body: list[ast.stmt]) -> bool:
    return any(
        isinstance(each, _LEAVES) for statement in body for each in (statement, *inside(statement))
    )


def _leaves_after(loop: Loop, tried: ast.Try) -> bool:
    if tried not in loop.body:
        return False
    return any(isinstance(each, _LEAVES) for each in loop.body[loop.body.index(tried) + 1 :])


def _always_leaves(body: list[ast.stmt]) -> bool:
    return any(isinstance(each, ast.Raise | _LEAVES) for each in body)
