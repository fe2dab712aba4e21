"""Reading models by importing them, in a process that may be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from bridgewright.engineer.findings.models.found import Reading, Trouble
from bridgewright.engineer.findings.models.wire import unpacked

LIMIT_S = 30.0
"""How long importing may take: an application with its framework takes a few seconds."""
_CHILD = "bridgewright.engineer.findings.models.live.child"


def imported(root: Path, module: str, limit_s: float = LIMIT_S) -> Reading:
    """The models of one module below a root (or its `src`). What it prints is thrown away, and when it
    takes longer than `limit_s` it is ended, with all that it started."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "models.json")
        command = [sys.executable, "-P", "-m", _CHILD, str(root.resolve()), module, str(answer)]
        ended = _run(command, root, limit_s)
        if ended is None:
            return _trouble(module, f"importing it took longer than {limit_s:g} s")
        try:
            told = json.loads(answer.read_text("utf-8"))
        except (OSError, ValueError):
            return _trouble(module, f"importing it ended the interpreter, with {ended}")
    return _reading(module, told)


def _reading(module: str, told: dict[str, Any]) -> Reading:
    if "why" in told:
        return _trouble(module, f"it cannot be imported: {told['why']}")
    models = tuple(unpacked(each) for each in told["models"])
    return Reading(models, (), tuple(told["others"]))


def _trouble(module: str, why: str) -> Reading:
    return Reading((), (Trouble(module, why),))


def _run(command: list[str], root: Path, limit_s: float) -> int | None:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, and a module of ours
        command, cwd=root, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
