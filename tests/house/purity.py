"""Who may touch the world: drivers, adapters, settings, clients and faces; rules and journeys never.

The floors are import-linter's. This is about what lies outside the package: the clock, dice, threads,
the loop, logging, the environment, files, sockets, and other people's libraries.
"""

from __future__ import annotations

import ast
import sys
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from tests.house.tree import PACKAGE, Finding, Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PURE = ("core/*", "engine/*", "connectors/*")
"""Rooms below which nothing touches the world ..."""
DOORS = (
    "engine/drive/*",
    "connectors/*/client.py",
    "connectors/*/calls/*",
    "connectors/*/outbox.py",
)
"""... but here."""

WORLD = frozenset(
    "asyncio atexit concurrent ctypes fcntl http io logging multiprocessing os pathlib queue random"
    " sched secrets select selectors shelve shutil signal socket sqlite3 ssl subprocess sys tempfile"
    " threading time urllib.request uuid warnings".split()
)
CALLS = frozenset({"open", "print", "input", "breakpoint", "exec", "eval"})
CLOCKS = frozenset({"now", "utcnow", "today"})

LIBRARIES = {
    "core/signing/certificate.py": {"cryptography"},
    "core/signing/ecdsa.py": {"cryptography"},
    "core/signing/ed25519.py": {"cryptography"},
    "core/signing/jwt.py": {"jwt"},
    "core/signing/rsa.py": {"cryptography"},
}
"""Libraries a pure module may use, because what they do is pure too: no room for any other."""

RULES = ("purity",)


def impure(root: Path) -> Iterator[Finding]:
    """Pure modules that import or call what touches the world, or a library."""
    for module in modules(root, PACKAGE):
        inside = module.path.removeprefix(f"{PACKAGE}/")
        if any(fnmatch(inside, room) for room in PURE) and not any(
            fnmatch(inside, door) for door in DOORS
        ):
            yield from _imports(module, LIBRARIES.get(inside, set()))
            yield from _calls(module)


def _imports(module: Module, allowed: set[str]) -> Iterator[Finding]:
    for name in imported(module.syntax):
        top = name.partition(".")[0]
        if top in WORLD or name in WORLD:
            yield module.found("purity", f"imports {name}: {_REMEDY}", name)
        elif top != "bridgewright" and top not in sys.stdlib_module_names and top not in allowed:
            yield module.found("purity", f"imports the library {name}: {_REMEDY}", name)


def _calls(module: Module) -> Iterator[Finding]:
    for node in ast.walk(module.syntax):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                yield module.found("purity", f"calls {name}(): {_REMEDY}", name)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="datetime" | "date"), attr=name)
            ) if name in CLOCKS:
                yield module.found("purity", f"reads the clock by {name}(): {_REMEDY}", name)


def imported(syntax: ast.AST) -> Iterator[str]:
    """The modules that are imported anywhere below a node, type checking included."""
    for node in ast.walk(syntax):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=str(name), level=0):
                yield name


_REMEDY = "yield an effect, or take a parameter"
