"""Variables of the environment that code reads by a literal name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.source import Source

_READS = frozenset(
    {"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault", "os.environb.get"}
)


def read(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Each variable that is read, and where."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=str() as name), *_]) if (
                source.dotted(func) in _READS
            ):
                yield name, node
            case ast.Subscript(
                value=value, slice=ast.Constant(value=str() as name), ctx=ast.Load()
            ) if source.dotted(value) == "os.environ":
                yield name, node
