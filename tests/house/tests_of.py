"""How tests are written: nothing is patched, nothing sleeps, a name is a sentence."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.house.purity import imported
from tests.house.tree import Finding, Function, Module, modules, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = ("patching", "sleep", "sentence")
PATCHES = frozenset({"monkeypatch", "mocker", "patch"})
SENTENCE_WORDS = 3


def unmannerly(root: Path) -> Iterator[Finding]:
    """Tests that patch, sleep, or do not say what they hold."""
    for module in modules(root, "tests"):
        for name in imported(module.syntax):
            if name.partition(".")[0] in {"mock", "pytest_mock"} or name == "unittest.mock":
                yield module.found("patching", f"imports {name}: use the real thing, made small")
        for name, node in named(module.syntax):
            if isinstance(node, Function):
                yield from _function(module, name, node)
        if any(sleeps(node) for node in ast.walk(module.syntax)):
            yield module.found("sleep", "sleeps: wait for what happens, or script the clock")


def _function(module: Module, name: str, node: Function) -> Iterator[Finding]:
    asked = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
    if asked & PATCHES:
        yield module.found("patching", "patches: use the real thing, made small", name)
    if node.name.startswith("test_") and len(node.name.split("_")) <= SENTENCE_WORDS:
        yield module.found("sentence", "a test's name is a sentence about what holds", name)


def sleeps(node: ast.AST) -> bool:
    """Whether a node waits for time to pass; `asyncio.sleep(0)` only lets others have a turn."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr="sleep")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="asyncio"), attr="sleep"), args=[given]):
            return not (isinstance(given, ast.Constant) and given.value == 0)
        case ast.ImportFrom(module="time" | "asyncio", names=names):
            return any(alias.name == "sleep" for alias in names)
        case _:
            return False
