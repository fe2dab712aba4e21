"""An integration in a checkout: its package, its tests, and what its certificate is about."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.manifest.reading import find
from bridgewright.engineer.verify.words import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bridgewright.engineer.manifest.words import Manifest

CERTIFY = "certify.py"
TARGET = "target"
APP = "app"
_KEPT = frozenset("PATH LANG LC_ALL TZ VIRTUAL_ENV PYTHONPATH SYSTEMROOT TMPDIR TERM".split())
"""Variables of ours that the work gets when it is run; a secret is in none of them."""
_WITHOUT_TESTS = frozenset({"tests", "test", "conftest.py"})


@dataclass(frozen=True, slots=True)
class Integration:
    """One integration below `root`, which is a clean checkout."""

    root: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """As its manifest says."""
        return self.manifest.name

    @property
    def folder(self) -> str:
        """Its package, below the root."""
        return self.manifest.folder.resolve().relative_to(self.root.resolve()).as_posix()

    @property
    def imports(self) -> Path:
        """The folder that it is imported from: the root, or `src`."""
        return self.root / "src" if self.folder.startswith("src/") else self.root

    @property
    def package(self) -> str:
        """Its name for `import`."""
        return self.folder.removeprefix("src/").replace("/", ".")

    def certified(self, name: str) -> str | None:
        """`package.certify:NAME`, where its module `certify` binds that name; None where not."""
        path = self.manifest.folder / CERTIFY
        if path.is_file() and name in bound(path):
            return f"{self.package}.certify:{name}"
        return None

    def modules(self) -> tuple[Path, ...]:
        """Its own modules, without tests and without what certifies it."""
        return tuple(
            path
            for path in sorted(self.manifest.folder.rglob("*.py"))
            if not _WITHOUT_TESTS & set(path.relative_to(self.manifest.folder).parts)
            and not path.name.startswith("test_")
            and path.name != CERTIFY
        )

    def tests(self) -> tuple[str, ...]:
        """Its tests, below the root: within its package, or of its name below `tests`."""
        inner = [self.manifest.folder / "tests", self.manifest.folder / "test"]
        found = [path for path in inner if path.is_dir()]
        found += sorted(self.manifest.folder.glob("test_*.py"))
        for folder in (self.root / "tests", self.root / "tests" / "integrations"):
            found += [folder / self.name] if (folder / self.name).is_dir() else []
            found += sorted(folder.glob(f"test_{self.name}*.py"))
        return tuple(path.relative_to(self.root).as_posix() for path in found)


def bound(path: Path) -> frozenset[str]:
    """The names that a module binds at its top, without running it."""
    try:
        syntax = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return frozenset()
    found: set[str] = set()
    for node in syntax.body:
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {each.asname or each.name for each in names}
            case ast.Assign(targets=targets):
                found |= {each.id for each in targets if isinstance(each, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return frozenset(found)


def integrations(root: Path) -> tuple[tuple[Integration, ...], tuple[Refusal, ...]]:
    """Those of a checkout, and why they cannot be read."""
    try:
        return tuple(Integration(root, each) for each in find(root)), ()
    except ConfigurationError as error:
        return (), (Refusal(Reason.BROKEN_MANIFEST, error.place, error.problem, error.remedy),)


def variables(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment in which the work is run."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    return {**kept, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", **extra}


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended; `code` is None when it was killed because its time was over."""

    code: int | None
    said: str


def run(command: Sequence[str], cwd: Path, env: Mapping[str, str], most_s: float) -> Run:
    """Run a command of the work, at most so many seconds; all that it started is killed with it."""
    process = subprocess.Popen(  # noqa: S603 - what the caller was asked to verify
        command,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=most_s)
        code: int | None = process.returncode
    except subprocess.TimeoutExpired:
        code = None
        _kill(process.pid)
        said, _ = process.communicate()
    finally:
        _kill(process.pid)
    return Run(code, said.decode("utf-8", "replace"))


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
