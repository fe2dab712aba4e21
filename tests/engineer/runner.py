"""A composite action, run as GitHub's runner does it: its steps one after the other by bash, with the
variables that they ask for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_PATH = re.compile(r"(?:github|inputs)(?:\.\w+)+")


def action(path: Path) -> dict[str, Any]:
    """What an `action.yml` says."""
    read = yaml.safe_load(path.read_text("utf-8"))
    assert read["runs"]["using"] == "composite"
    return dict(read)


def step(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One of its steps, by its name."""
    (found,) = (each for each in of["runs"]["steps"] if each.get("name") == name)
    return dict(found)


def filled(text: str, contexts: Mapping[str, Any]) -> str:
    """A text with its expressions worked out. Only paths are known: `github.event.number`."""

    def value(found: re.Match[str]) -> str:
        assert _PATH.fullmatch(found[1]), f"an expression that is no path: {found[1]}"
        here: Any = contexts
        for name in found[1].split("."):
            here = cast("dict[str, Any]", here).get(name, "") if here else ""
        return str(here)

    return _EXPRESSION.sub(value, text)


@dataclass(frozen=True, slots=True)
class Job:
    """A job on a machine of its own: `folder` is the workspace, where the clone is; `place` is for what the
    runner keeps; `github` and `given` are what expressions can reach, `variables` what each step gets."""

    folder: Path
    place: Path
    given: Mapping[str, str] = field(default_factory=dict[str, str])
    github: Mapping[str, Any] = field(default_factory=dict[str, Any])
    variables: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def page(self) -> Path:
        """The summary of the job."""
        return self.place / "summary.md"

    def run(self, of: Mapping[str, Any], *names: str) -> subprocess.CompletedProcess[str]:
        """Run steps of these names until one fails."""
        inputs = {name: each.get("default", "") for name, each in of["inputs"].items()}
        contexts = {"inputs": {**inputs, **self.given}, "github": dict(self.github)}
        done: subprocess.CompletedProcess[str] | None = None
        for name in names:
            done = self._step(step(of, name), contexts)
            if done.returncode:
                break
        assert done is not None
        return done

    def _step(
        self, wanted: Mapping[str, Any], contexts: Mapping[str, Any]
    ) -> subprocess.CompletedProcess[str]:
        assert wanted["shell"] == "bash"
        assert "${{" not in wanted["run"], "what others wrote must not become a part of a script"
        script = self.place / "step.sh"
        script.write_text(wanted["run"], "utf-8")
        env = {name: filled(str(value), contexts) for name, value in wanted["env"].items()}
        kept = {name: value for name, value in os.environ.items() if "GITHUB_" not in name}
        own = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.place),
            "GITHUB_STEP_SUMMARY": str(self.page),
            "GITHUB_ACTIONS": "true",
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.folder,
            env={**kept, **own, **self.variables, **env},
            capture_output=True,
            text=True,
            check=False,
        )
