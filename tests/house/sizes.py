"""No module over 400 lines, no function over 60, nine functions in ten within 25.

A function's lines are those from its `def` to its end without its docstring; a nested one counts by
itself too.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.house.tree import Finding, Function, modules, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 60
ORDINARY_LINES = 25
ORDINARY_SHARE = 0.9
RULES = ("module-size", "function-size", "ordinary-size")
MEASURED = ("src", "tools", "benchmarks", "proofs")


def oversized(root: Path) -> Iterator[Finding]:
    """Modules and functions that are too long, and a tree with too many long functions."""
    lengths = []
    for module in modules(root, *MEASURED):
        lines = module.text.count("\n")
        if lines > MODULE_LINES:
            yield module.found("module-size", f"{lines} lines, at most {MODULE_LINES}")
        for name, node in named(module.syntax):
            if isinstance(node, Function):
                length = length_of(node)
                lengths.append(length)
                if length > FUNCTION_LINES:
                    what = f"{length} lines, at most {FUNCTION_LINES}"
                    yield module.found("function-size", what, name)
    ordinary = sum(length <= ORDINARY_LINES for length in lengths)
    if ordinary < ORDINARY_SHARE * len(lengths):
        what = f"{ordinary} of {len(lengths)} functions are within {ORDINARY_LINES} lines"
        yield Finding("ordinary-size", "the whole tree", f"{what}, {ORDINARY_SHARE:.0%} should be")


def length_of(node: Function) -> int:
    """The lines of a function without its docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return lines
    docstring = node.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)
