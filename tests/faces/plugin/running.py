"""Runs a test module as a user would, in a process and a folder of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    """What pytest said of a run."""

    code: int
    said: str

    def outcomes(self) -> dict[str, str]:
        """The outcome of each test by its name."""
        found = re.findall(r"::(\w+)(?:\[[^\]]*\])? (PASSED|FAILED|ERROR)", self.said)
        return {name: outcome.lower() for name, outcome in found}

    def counts(self) -> str:
        """How many tests ended how: `1 failed, 2 passed`."""
        return self.said.rpartition(" in ")[0].rpartition("= ")[2]

    def section(self, test: str) -> str:
        """What is shown of the failure of one test."""
        begin = re.search(rf"^_+ {test} _+$", self.said, re.MULTILINE)
        assert begin is not None, self.said
        rest = self.said[begin.end() :]
        end = re.search(r"^(_+ \w+ _+|=+ .* =+)$", rest, re.MULTILINE)
        return rest[: end.start()] if end else rest


def ran(folder: Path, text: str, *options: str) -> Ran:
    """Run one module of tests; its imports are the reader's own."""
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:schemathesis",
    ]
    done = subprocess.run(
        [*command, *options, "test_it.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout + done.stderr)
