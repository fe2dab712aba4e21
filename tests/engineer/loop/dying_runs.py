"""Runs that are killed at a record of their journal, and what is to be so once they were resumed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.engineer.loop.engineers import WHAT
from tests.engineer.loop.ground import requests, snapshot, unchanged
from tests.engineer.models.scripted import Scripted
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from tests.engineer.loop.engineers import Engineer
    from tests.engineer.loop.ground import Ground

QUICK = ("branch", "paths", "commits", "secrets", "rules", "findings", "plan")
"""Checks of verify that take seconds: what a kill may spoil is in none of the others."""
LIVED = "lived"


@dataclass(frozen=True, slots=True)
class Death:
    """Where a run died, as `before calling`, and in how many lives it was done. `LIVED` for one whose journal
    has no such record."""

    at: str
    lives: int


def killed_and_resumed(ground: Ground, engineer: Engineer, fatal: int) -> Death:
    """Kill a run at its record `fatal`, resume it, and hold what came of it against what is to be: one
    commit, one pull request, and nothing else changed. AssertionError with what is not so."""
    before = snapshot(ground)
    server = Scripted(engineer.play)
    try:
        env = dict(ground.site.env)
        env |= {"BRIDGEWRIGHT_MODEL": "any/scripted", "BRIDGEWRIGHT_MODEL_URL": server.url}
        only = [word for each in QUICK for word in ("--verify-only", each)]
        words = ["--issue", str(ground.issue), *only]
        first = lived(ground, env, fatal, *words)
        lives = 1
        if first.returncode == -signal.SIGKILL:
            lives, words = 2, _again(ground, words)
            last = lived(ground, env, 0, *words)
            over = "has delivered its work" in last.stderr
            assert over or (last.returncode, last.stdout) == (0, LIVED), last.stderr[-3_000:]
        else:
            assert (first.returncode, first.stdout) == (0, LIVED), first.stderr[-3_000:]
    finally:
        server.close()
    assert ground.site.commits() == [f"feat(integration): {WHAT}"]
    assert [each["title"] for each in requests(ground)] == [f"feat(integration): {WHAT}"]
    unchanged(before, snapshot(ground))
    return Death(first.stdout, lives)


def _again(ground: Ground, words: list[str]) -> list[str]:
    """Resume, but begin anew where the run had not begun."""
    told = ground.site.command("journal", "--json")
    begun = told.returncode == 0 and json.loads(told.stdout)["records"]
    return [] if begun else words


def lived(
    ground: Ground, env: dict[str, str], fatal: int, *words: str
) -> subprocess.CompletedProcess[str]:
    """A run, or with no words a resumed one, that is killed at an edge of one of its records."""
    return subprocess.run(
        [sys.executable, "-m", "tests.engineer.loop.dying", str(fatal), *words],
        cwd=ground.clone,
        env=env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
