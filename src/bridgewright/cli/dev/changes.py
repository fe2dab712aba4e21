"""Which files of a project have changed since they were last looked at."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = (".py", ".toml")
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "env", "site-packages"})
MOST_FILES = 20_000
"""A folder with more is no project, and is not looked through to its end."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The Python and TOML files below a folder, by when they were last written and how large they are.
    Hidden folders, environments and packages of others are not looked at."""

    root: Path
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> tuple[Path, ...]:
        """What is new, gone or other than at the last look; everything at the first."""
        found = dict(_files(self.root))
        changed = {path for path, mark in found.items() if self._seen.get(path) != mark}
        changed |= self._seen.keys() - found.keys()
        self._seen.clear()
        self._seen.update(found)
        return tuple(sorted(changed))


def _files(root: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    left = MOST_FILES
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _SKIPPED]
        for name in names:
            left -= 1
            if left < 0:
                return
            if not name.endswith(SUFFIXES):
                continue
            path = Path(folder, name)
            try:
                told = path.stat()
            except OSError:
                continue  # it went away between being listed and being looked at
            yield path, (told.st_mtime_ns, told.st_size)
