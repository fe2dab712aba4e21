"""The shapes of the house: frozen slotted values, no inheritance, modern annotations."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.house.tree import PACKAGE, Finding, modules, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = ("thawed", "inheritance", "annotations")

KINDS = frozenset(
    "Protocol Generic Enum StrEnum IntEnum Flag IntFlag NamedTuple TypedDict"
    " Exception BaseException Effect Command Query".split()
)
"""What may be inherited from: protocols, kinds of value, and the root that carries an answer's type."""


def misshapen(root: Path) -> Iterator[Finding]:
    """Dataclasses that can change, classes with ancestors, modules with old annotations."""
    for module in modules(root, PACKAGE):
        defines = next(named(module.syntax), None) is not None
        if defines and "from __future__ import annotations" not in module.text:
            yield module.found("annotations", "begins without `from __future__ import annotations`")
        for name, node in named(module.syntax):
            if isinstance(node, ast.ClassDef):
                if thawed(node):
                    yield module.found("thawed", "a dataclass is frozen=True, slots=True", name)
                for ancestor in ancestors(node):
                    yield module.found("inheritance", f"inherits from {ancestor}", name)


def thawed(node: ast.ClassDef) -> bool:
    """Whether a class is a dataclass that is not frozen, or has no slots."""
    for decorator in node.decorator_list:
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(call).rpartition(".")[2] == "dataclass":
            given = decorator.keywords if isinstance(decorator, ast.Call) else []
            settled = {each.arg for each in given if ast.unparse(each.value) == "True"}
            return not settled >= {"frozen", "slots"}
    return False


def ancestors(node: ast.ClassDef) -> Iterator[str]:
    """What a class inherits from and should not."""
    for ancestor in node.bases:
        root = ancestor.value if isinstance(ancestor, ast.Subscript) else ancestor
        name = ast.unparse(root).rpartition(".")[2]
        if name not in KINDS and not name.endswith("Error"):
            yield name
