"""What a run stands on: the project, its rules, and the sandbox in which everything of the work is run."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bridgewright
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.delivery.package import LEDGER, SETTINGS, paths_of, secrets_of
from bridgewright.engineer.manifest.reading import find
from bridgewright.engineer.manifest.words import FILE
from bridgewright.engineer.sandbox.running import Sandbox
from bridgewright.engineer.sandbox.words import Bounds, Grounds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bridgewright.core.redact.redaction import Redaction
    from bridgewright.engineer.definition.words import Definition
    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.words import Course
    from bridgewright.engineer.guidance.words import Skill
    from bridgewright.engineer.manifest.words import Manifest
    from bridgewright.engineer.permissions.words import Rule
    from bridgewright.engineer.planning.keeping import Files
    from bridgewright.engineer.sandbox.words import Outcome

_MIB = 1 << 20
PACKAGE = str(Path(bridgewright.__file__).resolve().parents[1])
"""Where this very package is imported from."""
_OURS = (
    "import os, runpy, sys; sys.path.insert(0, sys.argv[1]); os.environ['PYTHONPATH'] = sys.argv[1];"
    " del sys.argv[1]; runpy.run_module('bridgewright', run_name='__main__', alter_sys=True)"
)
"""Our own command as this process has it: the sandbox passes no PYTHONPATH in."""
LONG = Bounds(wall_s=3_600.0, output_bytes=4 * _MIB, scratch_bytes=2_048 * _MIB)
"""Of a command that certifies or verifies: as long as the offered tool may take, with room for a checkout."""


@dataclass(frozen=True, slots=True)
class Ground:
    """`names` are the integrations that the user named, none for what the work begins with. `bash` says
    that the user opted for a shell, `insist` that there may be no sandbox. `rules` are the definition's,
    and `given` is its file where the user named one. `spare` is a folder for what is half written."""

    git: Git
    definition: Definition
    course: Course
    plan: Files
    spare: Path
    redaction: Redaction = field(repr=False)
    rules: tuple[Rule, ...] = field(default=(), repr=False)
    skills: tuple[Skill, ...] = field(default=(), repr=False)
    names: tuple[str, ...] = ()
    given: Path | None = None
    bash: bool = False
    insist: bool = False

    @property
    def root(self) -> Path:
        """The top of the working tree."""
        return self.git.root

    def all(self) -> tuple[Manifest, ...]:
        """Every integration of the project that can be read. One that cannot is told of by check."""
        try:
            return find(self.root)
        except ConfigurationError:
            return ()

    def own(self) -> tuple[Manifest, ...]:
        """Those that the work is about: named, or changed since the base; none before it begins."""
        found = self.all()
        if self.names:
            return tuple(each for each in found if each.name in self.names)
        changed = self.changed()
        return tuple(each for each in found if _touches(changed, self._paths((each,))))

    def writable(self) -> tuple[str, ...]:
        """Files and folders that the model may write: the packages of its integrations, their tests and
        pages; those of every integration as long as it has not begun with one."""
        manifests = self.own() or (() if self.names else self.all())
        return self._paths(manifests)

    def is_others(self, path: str) -> bool:
        """Whether a path that is written by the name of an integration was there before the integration had
        that name: a name is a claim, and gets nothing that others have."""
        root = self.root.resolve()
        for each in self.own() or self.all():
            folder = each.folder.resolve().relative_to(root).as_posix()
            if is_inside(path, (folder,)):
                return False
            if is_inside(path, self._paths((each,))) and each.name == self._name_before(folder):
                return False
        return self.git.run("cat-file", "-e", f"{self.fork()}:{path}").code == 0

    def _name_before(self, folder: str) -> str:
        done = self.git.run("show", f"{self.fork()}:{folder}/{FILE}")
        try:
            about = tomllib.loads(done.out if done.code == 0 else "").get("integration", {})
        except tomllib.TOMLDecodeError:
            return ""
        return str(about.get("name", ""))

    def fork(self) -> str:
        """Where the branch left the base."""
        fork = self.git.run("merge-base", self.course.upstream, "HEAD")
        return fork.text if fork.code == 0 else "HEAD"

    def is_taken(self, folder: str) -> bool:
        """Whether the base has something in a folder, and no integration."""
        fork = self.fork()
        there = self.git.run("cat-file", "-e", f"{fork}:{folder}").code == 0
        return there and self.git.run("cat-file", "-e", f"{fork}:{folder}/{FILE}").code != 0

    def today(self) -> date:
        """The day it is in UTC."""
        return datetime.now(UTC).date()

    def changed(self) -> tuple[str, ...]:
        """Files that differ from where the branch left the base, committed or not."""
        listed = self.git.names("diff", "--name-only", "--no-renames", "-z", self.fork())
        new = self.git.names("ls-files", "-z", "--others", "--exclude-standard")
        return tuple(dict.fromkeys((*listed, *new)))

    def ran(
        self, words: Sequence[str], writable: Sequence[str] = (), bounds: Bounds | None = None
    ) -> Outcome:
        """Run a program of the work, or on it. `writable` are paths below the root, of which those count
        that are there."""
        there = tuple(self.root / each for each in writable if (self.root / each).exists())
        seen = [Path(PACKAGE)]
        seen += [] if self.given is None else [self.given]
        names = {name for each in self.own() for name in secrets_of(each)}
        sandbox = Sandbox(
            Grounds(self.root, there, tuple(seen)), bounds or Bounds(), tuple(sorted(names))
        )
        return sandbox.run(words, insist=self.insist)

    def command(
        self, line: Sequence[str], writable: Sequence[str] = (), bounds: Bounds | None = None
    ) -> Outcome:
        """Run one of our own commands."""
        words = (sys.executable, "-P", "-c", _OURS, PACKAGE, *line)
        return self.ran(words, writable, bounds)

    def _paths(self, manifests: tuple[Manifest, ...]) -> tuple[str, ...]:
        """The package of each, its tests and page; the settings and the ledger are our commands' alone, and
        nobody needs to fill the file that makes a folder a package."""
        if not manifests:
            return ()
        closed = {SETTINGS, LEDGER}
        above = (
            each.folder.resolve().relative_to(self.root.resolve()).parents for each in manifests
        )
        closed |= {(each / "__init__.py").as_posix() for parents in above for each in parents}
        return tuple(each for each in paths_of(self.root, manifests) if each not in closed)


def is_inside(path: str, places: Sequence[str]) -> bool:
    """Whether a path is one of these, or below one."""
    return any(path == each or path.startswith(f"{each.rstrip('/')}/") for each in places)


def _touches(changed: Sequence[str], places: Sequence[str]) -> bool:
    return any(is_inside(each, places) for each in changed)
