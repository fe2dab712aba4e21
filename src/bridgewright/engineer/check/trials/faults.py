"""Which faults the tests of a project try with which operation."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FAULTS: Mapping[str, re.Pattern[str]] = {
    "429": re.compile(
        r"\b429\b|throttl|rate_?limit|too_?many|retry_?later|pushback", re.IGNORECASE
    ),
    "a 5xx": re.compile(
        r"\b5\d\d\b|server_?error|unavailable|bad_?gateway|internal_?error|\b5xx\b", re.IGNORECASE
    ),
    "a timeout": re.compile(
        r"time_?d?_?out|hang(?:s|ing)?\b|deadline|no_?answer|silen(?:t|ce)|lost_?response",
        re.IGNORECASE,
    ),
    "a malformed body": re.compile(
        r"malformed|truncat|garbage|not_?(?:a_)?json|invalid_?json|broken_?(?:body|json)|cut_?off|half_?(?:a_)?body",
        re.IGNORECASE,
    ),
}
"""The four that every client meets, and the words by which tests speak of them."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One test: what it is called, which names and literals are in it, and all of its text."""

    name: str
    said: frozenset[str]
    text: str


def tests(tree: ast.Module) -> Iterator[Tried]:
    """The tests of a module, each with the constants and functions of the module that it uses."""
    shared = {name: node for node in tree.body for name in _named(node)}
    for node in ast.walk(tree):
        if isinstance(node, Function) and node.name.startswith("test"):
            used = _used(node, shared)
            said = frozenset(each for part in used for each in _said(part))
            yield Tried(node.name, said, "\n".join(_written(part) for part in used))


def untried(operation: str, operations: Iterable[str], found: Iterable[Tried]) -> tuple[str, ...]:
    """The faults that no test tries with an operation."""
    longer = [each for each in operations if each != operation and operation in each]
    about = [each.text for each in found if _is_about(each, operation, longer)]
    return tuple(
        name for name, words in FAULTS.items() if not any(words.search(text) for text in about)
    )


def _is_about(tried: Tried, operation: str, longer: list[str]) -> bool:
    """A test is about an operation when it names it: in its own name, as a literal, or as a function."""
    if operation in tried.said:
        return True
    name = tried.name.removeprefix("test_")
    for other in longer:
        name = name.replace(other, "")
    return re.search(rf"(?:^|_){re.escape(operation)}(?:_|$)", name) is not None


def _named(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Assign(targets=targets):
            yield from (each.id for each in targets if isinstance(each, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            if not name.startswith("test"):
                yield name


def _used(test: Function, shared: Mapping[str, ast.stmt]) -> list[ast.AST]:
    """A test and, once each, what it uses of its module, and what that uses."""
    parts: list[ast.AST] = [test]
    names: set[str] = set()
    for part in parts:
        for each in ast.walk(part):
            name = (
                each.id
                if isinstance(each, ast.Name)
                else each.arg
                if isinstance(each, ast.arg)
                else ""
            )
            if name in shared and name not in names:
                names.add(name)
                parts.append(shared[name])
    return parts


def _said(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        match each:
            case ast.Constant(value=str() as text):
                yield text
            case ast.Attribute(attr=name) | ast.Name(id=name):
                yield name


def _written(node: ast.AST) -> str:
    if isinstance(node, Function) and ast.get_docstring(node):
        return ast.unparse(ast.Module([*node.body[1:]], [])) + f"\n{node.name}\n" + _decorated(node)
    return ast.unparse(node)


def _decorated(node: Function) -> str:
    return "\n".join(ast.unparse(each) for each in node.decorator_list)
