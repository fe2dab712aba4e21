"""Careless changes of a module, each a new text of it. Only the tree is changed: the files stay."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Definition = ast.FunctionDef | ast.AsyncFunctionDef

_TIMEOUTS = frozenset(
    "timeout timeout_s deadline deadline_s connect_timeout read_timeout total_timeout max_time".split()
)
_VERIFYING = (
    "verify",
    "construct_event",
    "compare_digest",
    "unwrap",
    "check_signature",
    "is_signed",
)
_SECRET = ("secret", "token", "password", "api_key", "apikey", "credential")
_OURS = "_bridgewright_mutant"


class Carelessness(StrEnum):
    """What was done, by its name in reports."""

    NO_TIMEOUT = "removed a timeout"
    RETRIED_POST = "sent a write again"
    UNVERIFIED = "skipped a signature"
    LOGGED_SECRET = "logged a secret"  # noqa: S105 - a name for it
    SWALLOWED = "swallowed a failure"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change in it, at a line of the original."""

    kind: Carelessness
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of a module: the names of its operations, which of them must not be sent twice, and
    the variables that hold secrets."""

    path: str
    operations: frozenset[str]
    unsafe: frozenset[str]
    secrets: tuple[str, ...]


def mutants(source: bytes, subject: Subject) -> tuple[Mutant, ...]:
    """Every careless change of a module; none where it is no Python."""
    try:
        syntax = ast.parse(source)
    except (SyntaxError, ValueError):
        return ()
    makers: tuple[
        Callable[[ast.Module, Subject], Iterator[tuple[Carelessness, int, ast.Module]]], ...
    ]
    makers = (_without_timeout, _unverified, _by_operation)
    return tuple(
        Mutant(kind, subject.path, line, ast.unparse(ast.fix_missing_locations(tree)))
        for maker in makers
        for kind, line, tree in maker(syntax, subject)
    )


def same(source: bytes) -> str | None:
    """The module as the mutants are written, without a change: tests that fail for this say nothing of
    them. None where it is no Python."""
    try:
        return ast.unparse(ast.parse(source))
    except (SyntaxError, ValueError):
        return None


def _at(syntax: ast.Module, index: int) -> tuple[ast.Module, ast.AST]:
    """A copy of a module, and the node of that number in it."""
    tree = copy.deepcopy(syntax)
    return tree, list(ast.walk(tree))[index]


def _without_timeout(
    syntax: ast.Module, subject: Subject
) -> Iterator[tuple[Carelessness, int, ast.Module]]:
    """Without the keyword, or with None where the call would not be one without it."""
    del subject
    for index, node in enumerate(ast.walk(syntax)):
        match node:
            case ast.Call(keywords=keywords) if {each.arg for each in keywords} & _TIMEOUTS:
                tree, call = _at(syntax, index)
                assert isinstance(call, ast.Call)  # noqa: S101 - a copy of one
                call.keywords = [each for each in call.keywords if each.arg not in _TIMEOUTS]
                yield Carelessness.NO_TIMEOUT, node.lineno, tree
            case ast.Call(func=func, args=[_, *_]) if _last(func) in {"timeout", "fail_after"}:
                tree, call = _at(syntax, index)
                assert isinstance(call, ast.Call)  # noqa: S101 - a copy of one
                endless = "None" if _last(func) == "timeout" else "float('inf')"
                call.args[0] = _expression(endless)
                yield Carelessness.NO_TIMEOUT, node.lineno, tree


def _unverified(
    syntax: ast.Module, subject: Subject
) -> Iterator[tuple[Carelessness, int, ast.Module]]:
    """A comparison is always true; a statement that raises is none; what gives the event parses it."""
    del subject
    stated = {id(node.value) for node in ast.walk(syntax) if isinstance(node, ast.Expr)}
    for index, node in enumerate(ast.walk(syntax)):
        if not isinstance(node, ast.Call) or not _last(node.func).startswith(_VERIFYING):
            continue
        tree, call = _at(syntax, index)
        parses = _last(node.func).startswith(("construct_event", "unwrap")) and node.args
        made: ast.expr = ast.Constant(value=True)
        if parses and id(node) not in stated:
            made = _expression(f"__import__('json').loads({ast.unparse(node.args[0])})")
        yield Carelessness.UNVERIFIED, node.lineno, _swapped(tree, call, made)


def _swapped(tree: ast.Module, old: ast.AST, new: ast.expr) -> ast.Module:
    """With one expression in the place of another."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
            elif isinstance(value, list):
                value[:] = [new if each is old else each for each in value]
    return tree


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _by_operation(
    syntax: ast.Module, subject: Subject
) -> Iterator[tuple[Carelessness, int, ast.Module]]:
    """What can be done to a function that is an operation."""
    for index, node in enumerate(ast.walk(syntax)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name not in subject.operations or _yields(node):
            continue
        done = [(Carelessness.SWALLOWED, _swallowing)]
        if node.name in subject.unsafe:
            done.append((Carelessness.RETRIED_POST, _repeating))
        for kind, change in done:
            yield kind, node.lineno, _changed(syntax, index, change)
        told = [f"__import__('os').environ.get({name!r})" for name in subject.secrets]
        told += [
            each for each in _parameters(node) if any(word in each.lower() for word in _SECRET)
        ]
        if told:
            yield Carelessness.LOGGED_SECRET, node.lineno, _logging(syntax, index, told)


def _changed(
    syntax: ast.Module, index: int, change: Callable[[Sequence[ast.stmt]], list[ast.stmt]]
) -> ast.Module:
    tree, function = _at(syntax, index)
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)  # noqa: S101 - a copy of one
    start = 1 if ast.get_docstring(function) is not None else 0
    function.body = [*function.body[:start], *change(function.body[start:])]
    return tree


def _repeating(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Three times, until it does not fail."""
    loop = ast.parse(
        f"for {_OURS} in (1, 2, 3):\n    try:\n        pass\n"
        f"    except Exception:\n        if {_OURS} == 3:\n            raise\n    else:\n        return None"
    )
    [outer] = loop.body
    assert isinstance(outer, ast.For)  # noqa: S101 - written above
    [inner] = outer.body
    assert isinstance(inner, ast.Try)  # noqa: S101 - written above
    inner.body = list(body) or [ast.Pass()]
    return list(loop.body)


def _swallowing(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Nothing is said of what goes wrong."""
    tree = ast.parse("try:\n    pass\nexcept Exception:\n    return None")
    [outer] = tree.body
    assert isinstance(outer, ast.Try)  # noqa: S101 - written above
    outer.body = list(body) or [ast.Pass()]
    return list(tree.body)


def _logging(syntax: ast.Module, index: int, told: Sequence[str]) -> ast.Module:
    line = f"__import__('logging').getLogger(__name__).warning('%s', [{', '.join(told)}])"
    return _changed(syntax, index, lambda body: [*ast.parse(line).body, *body])


def _parameters(node: Definition) -> list[str]:
    given = node.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _yields(node: Definition) -> bool:
    return any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(node))


def _last(node: ast.expr) -> str:
    """The last name of what is called."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
