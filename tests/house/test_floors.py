"""The import floors hold because import-linter objects: here it is seen to."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

LINTER = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def house(tmp_path: Path) -> Callable[[str, str], None]:
    """Our package in a folder of its own; call it to add a line to one of its modules."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    def add(path: str, line: str) -> None:
        place = tmp_path / "src" / "bridgewright" / path
        place.parent.mkdir(exist_ok=True)
        with place.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")

    return add


@pytest.mark.parametrize(
    ("path", "line", "names"),
    [
        ("core/errors.py", "import bridgewright.engine.receive", "core.errors"),
        ("core/timing/backoff.py", "import bridgewright.core.lifecycle.lease", "core.timing"),
        ("engine/drive/clock.py", "import bridgewright.engine.work", "engine.drive"),
        ("engine/receive.py", "import bridgewright.engine.work", "engine.receive"),
        ("adapters/web/asgi.py", "import bridgewright.bridge", "adapters.web"),
        ("adapters/web/asgi.py", "import bridgewright.adapters.stores", "adapters.web"),
        ("connectors/stripe/profile.py", "import bridgewright.connectors.github", "stripe"),
        ("bridge/desk.py", "import bridgewright.simulate", "bridge.desk"),
        ("simulate/day.py", "import bridgewright.bridge", "simulate.day"),
        ("simulate/day.py", "import bridgewright.settings", "simulate.day"),
        ("cellar/__init__.py", "", "cellar"),
        ("core/cellar.py", "", "cellar"),
        ("engine/cellar.py", "", "cellar"),
    ],
)
def test_an_import_that_goes_up_and_a_room_without_a_floor_are_seen(
    house: Callable[[str, str], None], tmp_path: Path, path: str, line: str, names: str
) -> None:
    house(path, line)
    code, said = lint(tmp_path)
    assert code == 1
    assert names in said.partition("BROKEN")[2]


def test_the_house_as_it_stands_is_sound(house: Callable[[str, str], None], tmp_path: Path) -> None:
    house("core/errors.py", "")
    assert lint(tmp_path)[0] == 0


def lint(root: Path) -> tuple[int, str]:
    command = [LINTER, "--no-cache", "--config", "pyproject.toml"]
    # Its own folder comes first on the path, so that the copy is examined and not the original.
    environment = {"PYTHONPATH": str(root / "src"), "PATH": "", "COLUMNS": "200"}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr
