"""One module of a project as rules read it: its syntax, and what its names were imported as."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.Lambda | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Source:
    """`imported` says what a name stands for (`{"http": "requests"}`), `functions` which functions and
    methods there are, by their bare names, and `called` the last words of what is called anywhere in it: most
    rules have nothing to look for where none of their words is."""

    tree: ast.Module
    imported: Mapping[str, str]
    functions: Mapping[str, Function]
    called: frozenset[str]

    def dotted(self, node: ast.AST) -> str:
        """`stripe.Webhook.construct_event` for how it is written here; a call on the way is `()`. Empty
        for what is not made of names."""
        match node:
            case ast.Name(id=name):
                return self.imported.get(name, name)
            case ast.Attribute(value=value, attr=attr):
                before = self.dotted(value)
                return f"{before}.{attr}" if before else f".{attr}"
            case ast.Call(func=func):
                return f"{self.dotted(func)}()"
            case ast.Await(value=value):
                return self.dotted(value)
        return ""

    def outside(self, node: ast.AST) -> str:
        """The same, for what begins with an import; empty for names that are made here."""
        root = node
        while isinstance(root, ast.Attribute | ast.Call | ast.Await):
            root = root.func if isinstance(root, ast.Call) else root.value
        imported = isinstance(root, ast.Name) and root.id in self.imported
        return self.dotted(node) if imported else ""

    def local(self, node: ast.AST) -> Function | None:
        """The function of this module that a name, or `self.name`, stands for."""
        match node:
            case ast.Name(id=name) if name not in self.imported:
                return self.functions.get(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return self.functions.get(name)
        return None


def source(tree: ast.Module) -> Source:
    """A parsed module, its imports and functions gathered. Of two of one name the last is meant."""
    imported: dict[str, str] = {}
    functions: dict[str, Function] = {}
    called: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for each in names:
                    root = each.name.partition(".")[0]
                    imported[each.asname or root] = each.name if each.asname else root
            case ast.ImportFrom(module=module, names=names, level=level):
                start = "." * level + (module or "")
                for each in names:
                    joined = (
                        f"{start}{each.name}" if start.endswith(".") else f"{start}.{each.name}"
                    )
                    imported[each.asname or each.name] = joined
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                functions[node.name] = node
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                called.add(name)
    return Source(tree, imported, functions, frozenset(called))


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node that runs when it does: not what functions and classes in it hold."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Scope):
            yield from inside(child)


def last(dotted: str) -> str:
    """What a dotted name ends with."""
    return dotted.rpartition(".")[2]


def texts(node: ast.AST) -> Iterator[str]:
    """Every literal text below a node."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def decorators(function: Function) -> Iterator[tuple[ast.expr, ast.Call | None]]:
    """Each decorator as what is called, and its call where it is one."""
    for each in function.decorator_list:
        yield (each.func, each) if isinstance(each, ast.Call) else (each, None)
