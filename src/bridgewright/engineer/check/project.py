"""A project as rules see it: its modules, its integrations, and the files that its tests read."""

from __future__ import annotations

import ast
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.check.origins.scopes import Scopes, scopes
from bridgewright.engineer.check.origins.tracing import Tracer
from bridgewright.engineer.check.source import Source, source
from bridgewright.engineer.manifest import reading
from bridgewright.engineer.manifest.words import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.engineer.manifest.words import Manifest

_PASSED_BY = frozenset(
    {".git", ".hg", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__", "build", "dist"}
)
_RECORDED = frozenset(
    {".json", ".yaml", ".yml", ".txt", ".http", ".har", ".xml", ".csv", ".ndjson"}
)
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "fixtures", "cassettes"})
_ROOTS = ("src",)
_LINE = re.compile(r"^\s*(?P<path>\S*" + re.escape(FILE) + r"):(?P<line>\d+): (?P<what>.+)$")
_LARGE_BYTES = 4_000_000
"""Larger recordings are not read: they would be what a rule spends its time on."""


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file. `path` is relative to the project, `name` the dotted name it is imported by."""

    path: str
    name: str
    text: str
    source: Source
    scopes: Scopes
    manifest: Manifest | None

    @property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return self.source.tree

    @property
    def is_package(self) -> bool:
        """Whether it is the `__init__` of a package."""
        return self.path.endswith("__init__.py")

    @property
    def is_test(self) -> bool:
        """Whether it is there for tests only."""
        *folders, file = self.path.split("/")
        stem = file.removesuffix(".py")
        named = stem.startswith("test_") or stem.endswith("_test") or stem == "conftest"
        return named or not _TEST_FOLDERS.isdisjoint(folders)

    @property
    def in_package(self) -> bool:
        """Whether it is what an integration does: in its package, and no test."""
        return self.manifest is not None and not self.is_test


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line of a manifest, or of a module, that could not be read, and why."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that was read below a folder. `refused` are manifests with something wrong, `unread`
    modules that no parser takes."""

    root: Path
    modules: tuple[Module, ...]
    manifests: tuple[Manifest, ...]
    refused: tuple[Refusal, ...]
    unread: tuple[Refusal, ...]
    recordings: tuple[Path, ...]

    @property
    def tracer(self) -> Tracer:
        """What follows names through all of its modules."""
        return Tracer(
            {each.name: each.scopes.top for each in self.modules},
            {block: scope for each in self.modules for block, scope in each.scopes.of.items()},
        )

    def module(self, name: str) -> Module | None:
        """The module of a dotted name."""
        return next((each for each in self.modules if each.name == name), None)

    @property
    def names(self) -> frozenset[str]:
        """The names of its integrations, and of their sources."""
        return frozenset(
            name.lower() for each in self.manifests for name in (each.name, *each.sources)
        )

    def relative(self, path: Path) -> str:
        """A path as messages name it."""
        return path.relative_to(self.root).as_posix()


def read(root: Path) -> Project:
    """A project, as it lies in a folder. What cannot be read is kept as such: it is never passed over."""
    root = root.resolve()
    files = sorted(_files(root))
    manifests: list[Manifest] = []
    refused: list[Refusal] = []
    for path in files:
        if path.name == FILE:
            try:
                manifests.append(reading.read(path, root))
            except ConfigurationError as error:
                refused.extend(_refusals(str(error), path.relative_to(root).as_posix()))
    modules: list[Module] = []
    unread: list[Refusal] = []
    for path in files:
        if path.suffix == ".py":
            found = _module(path, root, manifests)
            (modules if isinstance(found, Module) else unread).append(found)  # type: ignore[arg-type]
    recorded = tuple(path for path in files if _is_recording(path.relative_to(root)))
    return Project(root, tuple(modules), tuple(manifests), tuple(refused), tuple(unread), recorded)


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_symlink():
            continue
        if entry.is_dir():
            if entry.name not in _PASSED_BY and not entry.name.endswith(".egg-info"):
                yield from _files(entry)
        else:
            yield entry


def _module(path: Path, root: Path, manifests: list[Manifest]) -> Module | Refusal:
    relative = path.relative_to(root)
    try:
        with tokenize.open(path) as opened:
            text = opened.read()
        tree = ast.parse(text)
    except (SyntaxError, ValueError, OSError) as error:
        line = getattr(error, "lineno", None) or 1
        return Refusal(relative.as_posix(), line, f"it is not to be read: {error}")
    own = [each for each in manifests if path.is_relative_to(each.folder.resolve())]
    nearest = max(own, key=lambda each: len(each.folder.parts), default=None)
    name = _name(relative)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    read = source(tree), scopes(tree, name, package)
    return Module(relative.as_posix(), name, text, *read, nearest)


def _name(relative: Path) -> str:
    parts = list(relative.with_suffix("").parts)
    if parts and parts[0] in _ROOTS:
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_recording(relative: Path) -> bool:
    return relative.suffix in _RECORDED and not _TEST_FOLDERS.isdisjoint(relative.parts[:-1])


def recorded(path: Path) -> str:
    """The text of a file that tests read; empty for one that is no text, or too large to look at."""
    if path.stat().st_size > _LARGE_BYTES:
        return ""
    return path.read_bytes().decode("utf-8", errors="replace")


def _refusals(text: str, path: str) -> Iterator[Refusal]:
    lines = [found for line in text.splitlines() if (found := _LINE.match(line))]
    for found in lines:
        yield Refusal(path, int(found["line"]), found["what"])
    if not lines:
        yield Refusal(path, 1, text)
