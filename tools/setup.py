"""Brings .venv to a stage: what is locked for it, installed by hash, and the project itself.

Run by tools/setup.sh, with any Python 3.11 or later and nothing installed. Does nothing when
nothing changed: each stage leaves a mark that names the files it was made from.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
PYTHON = HOME / "bin" / "python"

LOCKS = {
    "run": ("build", "run"),
    "dev": ("build", "dev"),
    "docs": ("build", "dev", "docs"),
    "bench": ("build", "dev", "bench"),
}
"""The locks of each stage, in the order they are installed. A later one only adds to an earlier."""


def main(stage: str) -> None:
    """Bring .venv to `stage`."""
    if stage not in LOCKS:
        sys.exit(f"unknown stage {stage!r}: one of {', '.join(LOCKS)}")
    if not _works():
        print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
        venv.create(HOME, clear=True, with_pip=True)
        _mark("here").write_text(str(HOME))
    locks = [name for name in LOCKS[stage] if not _has(name)]
    for name in locks:
        print(f"Installing requirements/{name}.txt", flush=True)
        lock = f"requirements/{name}.txt"
        _pip("--require-hashes", "-r", lock)
        _mark(name).write_text(_digest(lock))
    if _mark("project").exists() and _mark("project").read_text() == _digest("pyproject.toml"):
        return
    _pip("--no-deps", "--no-build-isolation", "-e", ".")
    _mark("project").write_text(_digest("pyproject.toml"))


def _works() -> bool:
    """Whether .venv is there, whole, and still where it was made: its scripts know their place."""
    if not _mark("here").exists() or _mark("here").read_text() != str(HOME):
        return False
    question = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return (
        subprocess.run([PYTHON, "-c", question], capture_output=True, check=False).returncode == 0
    )


def _has(name: str) -> bool:
    """Whether a lock is installed as it stands. What `dev` holds, `run` holds."""
    wider = ("run", "dev") if name == "run" else (name,)
    return any(
        _mark(each).exists() and _mark(each).read_text() == _made_from(each) for each in wider
    )


def _made_from(name: str) -> str:
    return _digest(f"requirements/{name}.txt")


def _mark(name: str) -> Path:
    return HOME / f"installed-{name}"


def _digest(path: str) -> str:
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def _pip(*arguments: str) -> None:
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), check=False)
    if done.returncode:
        sys.exit(
            f"pip could not install {arguments[-1]} (exit {done.returncode}); its words are above"
        )


def _environment() -> dict[str, str]:
    # PIP_USER and the like would send packages elsewhere than into .venv.
    unwanted = {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


if __name__ == "__main__":
    main(*sys.argv[1:])
