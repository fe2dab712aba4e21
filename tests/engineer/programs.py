"""`python` and `bridgewright` by these names, whichever they are called where the tests run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def programs(folder: Path) -> Path:
    """A folder with both, for the PATH of whoever plays a user."""
    made = folder / "bin"
    made.mkdir()
    for name, words in (("python", ""), ("bridgewright", " -m bridgewright")):
        program = made / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
        program.chmod(0o755)
    return made
