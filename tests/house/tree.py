"""What every rule of the house works on: the modules below a root, and findings about them.

Each rule is a function from a root to findings, so that it can be shown a small bad tree and be seen
to object. `exceptions.toml` excuses findings, each with a reason.
"""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "src/bridgewright"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule broken at a place: a path, or a path and a name in it."""

    rule: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file, parsed; `path` is relative to the root it was found under."""

    path: str
    text: str
    syntax: ast.Module

    def found(self, rule: str, what: str, name: str = "") -> Finding:
        return Finding(rule, f"{self.path}:{name}" if name else self.path, what)


def modules(root: Path, *folders: str) -> Iterator[Module]:
    """The Python files below some folders of a root."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield Module(path.relative_to(root).as_posix(), text, ast.parse(text))


def named(syntax: ast.AST, within: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Every function and class at any depth, by its qualified name."""
    for node in ast.iter_child_nodes(syntax):
        if isinstance(node, Function | ast.ClassDef):
            name = f"{within}.{node.name}" if within else node.name
            yield name, node
            yield from named(node, name)
        else:
            yield from named(node, within)


def exceptions(path: Path | None = None) -> Mapping[tuple[str, str], str]:
    """The excused (rule, place) pairs, each with its reason."""
    text = (path or Path(__file__).with_name("exceptions.toml")).read_text(encoding="utf-8")
    tables: dict[str, dict[str, str]] = tomllib.loads(text)
    return {(rule, place): why for rule, row in tables.items() for place, why in row.items()}


def settled(
    findings: Iterable[Finding], excused: Mapping[tuple[str, str], str], *rules: str
) -> list[str]:
    """What remains to object to under some rules: findings without an excuse, excuses without a
    finding, excuses without a reason."""
    found = {(each.rule, each.place): each for each in findings}
    relevant = {key: why for key, why in excused.items() if key[0] in rules}
    return [
        *(str(each) for key, each in found.items() if key not in relevant),
        *(
            f"{place}: no longer needs its exception from {rule}"
            for rule, place in relevant
            if (rule, place) not in found
        ),
        *(
            f"{place}: excused from {rule} without a reason"
            for (rule, place), why in relevant.items()
            if len(why.split()) < 4
        ),
    ]
