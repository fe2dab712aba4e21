"""The real OpenCode, offline, in folders of its own.

`OPENCODE_BIN` names its program; else it is the one that `sh tools/opencode.sh` put into the checkout, or
one on the PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

FETCHED = Path(__file__).parents[2] / ".opencode-bin" / "opencode"
PATIENCE_S = 120.0
_QUIET = ("MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS")


def program() -> str:
    """Its program. Without it, or without ripgrep, which it lists files and skills by, tests are skipped on
    somebody's own machine, and fail in CI: there a skip would look like a proof."""
    fetched = str(FETCHED) if FETCHED.exists() else None
    found = os.environ.get("OPENCODE_BIN") or fetched or shutil.which("opencode")
    if found is None:
        _give_up("OpenCode was not found: sh tools/opencode.sh")
    if shutil.which("rg") is None:
        _give_up("OpenCode needs rg: apt-get install ripgrep")
    return found


def _give_up(missing: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@dataclass(frozen=True, slots=True)
class OpenCode:
    """One installation. Everything that it keeps is below `folder`, and it fetches nothing."""

    program: str
    folder: Path

    @property
    def home(self) -> Path:
        """What it takes for the user's home."""
        return self.folder / "home"

    @property
    def data(self) -> Path:
        """Where it keeps its data, `opencode` below it."""
        return self.folder / "data"

    def run(
        self,
        project: Path,
        *words: str,
        settings: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> subprocess.CompletedProcess[str]:
        """What it prints and how it ends, in a project. `environ` is added to the little that it is given."""
        self.home.mkdir(parents=True, exist_ok=True)
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(environ or {})}
        env |= {"HOME": str(self.home), "XDG_DATA_HOME": str(self.data)}
        env |= {
            f"XDG_{name}_HOME": str(self.folder / name.lower())
            for name in ("CONFIG", "STATE", "CACHE")
        }
        env |= {f"OPENCODE_DISABLE_{name}": "1" for name in _QUIET}
        env["OPENCODE_CONFIG_CONTENT"] = json.dumps(settings or {})
        return subprocess.run(
            [self.program, *words],
            cwd=project,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=patience_s,
        )

    def found(self, project: Path, *words: str) -> Any:
        """What `opencode debug` resolves."""
        done = self.run(project, "debug", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def events(
        self,
        project: Path,
        *words: str,
        settings: Mapping[str, Any],
        environ: Mapping[str, str] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> list[dict[str, Any]]:
        """What happens when the scripted model works here, as `opencode run` tells it. Its exit code says
        nothing of success."""
        line = ("run", "--format", "json", "-m", "fake/scripted", *words)
        done = self.run(project, *line, settings=settings, environ=environ, patience_s=patience_s)
        assert done.returncode == 0, done.stderr
        return [json.loads(each) for each in done.stdout.splitlines()]


def used(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each tool that was called, and how that ended: `completed` or `error`."""
    parts = [each["part"] for each in events if each["type"] == "tool_use"]
    return [(part["tool"], part["state"]["status"]) for part in parts]
