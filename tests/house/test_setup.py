"""The set-up finds a Python that can do it, or says exactly what is missing."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

STAND_IN = """#!/bin/sh
# Answers like a Python of version {version} to the questions that the set-up asks.
case "$2" in
    *sys.exit*) exit {too_old} ;;
    *ensurepip*) exit {bare} ;;
    *print*) echo {version} ;;
    *) echo "$0 sets up: $*" ;;
esac
"""
STUB = "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"


@pytest.fixture
def machine(tmp_path: Path) -> Callable[[str, str], None]:
    """A machine whose PATH holds `dirname` and what is put on it: `machine(name, text)`."""
    for tool in ("dirname", "sh"):
        where = shutil.which(tool)
        assert where is not None
        (tmp_path / tool).symlink_to(where)

    def install(name: str, text: str) -> None:
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    return install


def python(version: str, *, too_old: bool = False, bare: bool = False) -> str:
    return STAND_IN.format(version=version, too_old=int(too_old), bare=int(bare))


def test_without_a_python_it_says_which_is_needed(
    machine: Callable[[str, str], None], tmp_path: Path
) -> None:
    machine("python3", python("3.10", too_old=True))
    code, said = set_up(tmp_path)
    assert code == 1
    assert "needs Python 3.11 or later" in said


def test_a_missing_venv_module_is_answered_with_the_exact_package(
    machine: Callable[[str, str], None], tmp_path: Path
) -> None:
    machine("python3", python("3.12", bare=True))
    machine("apt-get", STUB)
    code, said = set_up(tmp_path)
    assert code == 1
    assert "apt-get install python3.12-venv" in said


def test_where_there_is_no_apt_it_names_the_modules(
    machine: Callable[[str, str], None], tmp_path: Path
) -> None:
    machine("python3", python("3.12", bare=True))
    code, said = set_up(tmp_path)
    assert code == 1
    assert "apt-get" not in said
    assert "venv and ensurepip modules of Python 3.12" in said


def test_the_newest_python_that_can_make_environments_is_taken(
    machine: Callable[[str, str], None], tmp_path: Path
) -> None:
    machine("python3.14", STUB)
    machine("python3.13", python("3.13", bare=True))
    machine("python3.12", python("3.12"))
    machine("python3.11", python("3.11"))
    code, said = set_up(tmp_path)
    assert code == 0
    assert "python3.12 sets up: tools/setup.py dev" in said


def test_a_named_python_is_taken_and_one_that_is_too_old_is_refused(
    machine: Callable[[str, str], None], tmp_path: Path
) -> None:
    machine("python3.12", python("3.12"))
    machine("mine", python("3.11"))
    machine("ancient", python("3.8", too_old=True))
    assert "mine sets up" in set_up(tmp_path, {"PYTHON": str(tmp_path / "mine")})[1]
    code, said = set_up(tmp_path, {"PYTHON": str(tmp_path / "ancient")})
    assert code == 1
    assert "is not a Python 3.11 or later" in said


def set_up(path: Path, more: Mapping[str, str] | None = None) -> tuple[int, str]:
    command = ["/bin/sh", str(ROOT / "tools" / "setup.sh"), "dev"]
    environment = {"PATH": str(path), **(more or {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
