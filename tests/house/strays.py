"""What must not be in the repository: one machine's paths, and the addresses of registries."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from tests.house.tree import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = ("machine", "registry")

# Brackets keep these patterns from finding themselves.
MACHINE = re.compile(r"(?<![\w.~*-])/(?:work|root|home/\w+|Users/\w+)/")
REGISTRY = re.compile(r"py[p]i\.org|python[h]osted\.org|npm[j]s\.(?:org|com)|deb\.[d]ebian")


def strays(root: Path) -> Iterator[Finding]:
    """Lines that hold a machine's path or a registry's address."""
    for path in tracked(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        place = path.relative_to(root).as_posix()
        for number, line in enumerate(text.splitlines(), start=1):
            for rule, pattern in (("machine", MACHINE), ("registry", REGISTRY)):
                if found := pattern.search(line):
                    yield Finding(rule, f"{place}:{number}", f"holds {found.group()}")


def tracked(root: Path) -> Iterator[Path]:
    """The files git knows or would take, or every file where there is no repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode:
        yield from (path for path in sorted(root.rglob("*")) if path.is_file())
    else:
        names = sorted(filter(None, listed.stdout.split("\0")))
        yield from (root / name for name in names if (root / name).is_file())
