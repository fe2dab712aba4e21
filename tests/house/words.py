"""Words that say nothing are no names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.house.tree import Finding, modules, named

if TYPE_CHECKING:
    from collections.abc import Iterator

EMPTY = frozenset(
    "util utils utility common helper helpers manager service data info misc base".split()
)
RULES = ("word",)
NAMED = ("src", "tools", "benchmarks", "proofs")


def empty_names(root: Path) -> Iterator[Finding]:
    """Folders, modules, classes and functions with one of the empty words in their name."""
    folders = set()
    for module in modules(root, *NAMED):
        path = Path(module.path)
        if words_of(path.stem) & EMPTY:
            yield module.found("word", "its name says nothing")
        folders.update(path.parents)
        for name, _ in named(module.syntax):
            if words_of(name.rpartition(".")[2]) & EMPTY:
                yield module.found("word", "its name says nothing", name)
    for folder in sorted(folders):
        if words_of(folder.name) & EMPTY:
            yield Finding("word", folder.as_posix(), "its name says nothing")


def words_of(name: str) -> set[str]:
    """The words a name is made of: `StoreManager` and `store_manager` are two each."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)}
