"""Public names are described, and a description says more than the name does."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.house.tree import PACKAGE, Finding, modules, named
from tests.house.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = ("described", "echo")
FILLERS = frozenset(
    "a an and for from in is it its of on one or our return returns that the this to".split()
)


def undescribed(root: Path) -> Iterator[Finding]:
    """Public functions, classes and methods of public classes that say nothing, or only their name."""
    for module in modules(root, PACKAGE):
        silent = {name for name, node in named(module.syntax) if speechless(node)}
        for name, node in named(module.syntax):
            parts = name.split(".")
            if any(part.startswith("_") for part in parts) or enclosed(name, module.syntax):
                continue
            if parts[-1].startswith("test_"):
                continue  # of a suite that is shipped: its name is a sentence
            text = ast.get_docstring(node)
            if text is None:
                if parts[0] not in silent:
                    yield module.found("described", "is public and has no docstring", name)
            elif says_nothing_new(parts[-1], text):
                yield module.found("echo", f"its docstring only repeats the name: {text!r}", name)


def speechless(node: ast.AST) -> bool:
    """Whether a class describes its methods as a whole: a protocol, whose docstring is the rule."""
    return isinstance(node, ast.ClassDef) and any(
        ast.unparse(each).partition("[")[0] == "Protocol" for each in node.bases
    )


def enclosed(name: str, syntax: ast.Module) -> bool:
    """Whether a name is inside a function, where no user meets it."""
    kinds = dict(named(syntax))
    parts = name.split(".")
    outer = (".".join(parts[:depth]) for depth in range(1, len(parts)))
    return any(not isinstance(kinds[each], ast.ClassDef) for each in outer)


def says_nothing_new(name: str, text: str) -> bool:
    """Whether a docstring holds no word that the name does not."""
    told = {word.lower() for word in re.findall(r"\w+", text)} - FILLERS
    known = {form for word in words_of(name) for form in (word, f"{word}s", f"{word}es")}
    return told <= known
