"""Where classes and their fields stand in a project's source."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import NOWHERE, Where

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Places:
    """Finds lines in the files below a root; each file is parsed once."""

    root: Path
    trees: dict[str, ast.Module | None] = field(default_factory=dict)

    def model(self, cls: type) -> Where:
        """Where a class stands: the file only, when it is made by a call."""
        file, tree = self._file(cls), self._tree(cls)
        if file is None or tree is None:
            return NOWHERE
        node = class_in(tree, cls.__qualname__)
        return Where(file, node.lineno if node is not None else 0)

    def of_field(self, cls: type, name: str) -> Where:
        """Where a class, or the nearest parent that has it, says what a field is."""
        for parent in _ancestors(cls):
            file, tree = self._file(parent), self._tree(parent)
            node = None if tree is None else class_in(tree, parent.__qualname__)
            line = None if node is None else lines_of(node).get(name)
            if file is not None and line is not None:
                return Where(file, line)
        return self.model(cls)

    def _file(self, cls: type) -> str | None:
        path = getattr(sys.modules.get(cls.__module__), "__file__", None)
        return None if path is None else relative(Path(path), self.root)

    def _tree(self, cls: type) -> ast.Module | None:
        name = self._file(cls)
        if name is None:
            return None
        if name not in self.trees:
            self.trees[name] = parsed(self.root / name)
        return self.trees[name]


def _ancestors(cls: Any) -> Iterator[type]:
    """A class and its parents; those of a TypedDict are not among what it inherits from."""
    yield from cls.__mro__
    for each in getattr(cls, "__orig_bases__", ()):
        if isinstance(each, type) and each not in cls.__mro__:
            yield from _ancestors(each)


def relative(path: Path, root: Path) -> str | None:
    """The name of a file from the project's root; None outside of it."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return None


def parsed(path: Path) -> ast.Module | None:
    """The syntax of a file; None where there is none."""
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def class_in(tree: ast.AST, qualname: str) -> ast.ClassDef | None:
    """A class of a module by its qualified name, also below an `if` or a `try`."""
    name, _, rest = qualname.partition(".")
    for node in statements(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return class_in(node, rest) if rest else node
    return None


def statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a module or class, those below `if`, `try` and `with` included."""
    for part in ("body", "orelse", "handlers", "finalbody"):
        for each in getattr(node, part, ()):
            if isinstance(each, ast.stmt):
                yield each
            if isinstance(each, ast.If | ast.Try | ast.With | ast.ExceptHandler):
                yield from statements(each)


def lines_of(node: ast.ClassDef) -> dict[str, int]:
    """The line of each name that a class says something of."""
    found: dict[str, int] = {}
    for each in statements(node):
        match each:
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.setdefault(name, each.lineno)
            case ast.Assign(targets=[ast.Name(id=name)]):
                found.setdefault(name, each.lineno)
            case ast.FunctionDef(name=name):
                found.setdefault(name, each.lineno)
    return found
