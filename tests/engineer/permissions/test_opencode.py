"""Held against OpenCode itself: the rules that it resolves, and what it runs.

`OPENCODE_BIN` names its program, or it is on the PATH: `npm install opencode-ai`.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.definition.reading import parse
from bridgewright.engineer.encoded import decode
from bridgewright.engineer.permissions import host
from bridgewright.engineer.permissions.compiling import Surroundings, rules
from bridgewright.engineer.permissions.matching import offered
from bridgewright.engineer.permissions.words import Action
from tests.engineer.permissions.agents import PERMISSIVE, written

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = os.environ.get("OPENCODE_BIN") or shutil.which("opencode")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        PROGRAM is None, reason="OpenCode is not installed: npm install opencode-ai"
    ),
]
SETS = 5
PATTERNS = (
    "*",
    "git *",
    "git push *",
    "rm *",
    "g?t",
    "~/x/*",
    "$HOME/y",
    "1",
    "20",
    "03",
    "a\\\\b",
    "*.env",
)
KEYS = ("*", "bash", "read", "edit", "webfetch", "external_directory", "shop_*", "3")
TOOLS = ("write", "edit", "patch", "bash", "read", "grep_search", "webfetch")
DENYING = """\
description: Tried
mode: primary
permission:
  external_directory: deny
  bash:
    "*": deny
    "echo *": allow
    "true": allow
    "git status*": allow
    "cat *": allow
"""
TRIED = (
    "git status",
    "git status > /nowhere/x",
    "rm x",
    "true; rm x",
    "true && echo a | cat x",
    "echo $(rm x)",
    "echo `rm x`",
    "cat <(rm x)",
    "{ echo a; } > x",
    "> x",
    "(echo a)",
    "A=1 echo a",
    "\\rm x",
    "if true; then echo b; fi",
    "for a in 1; do echo $a; done",
    "cd .. && echo a",
    "cd sub; echo a",
    "cat ../x",
    "cat /etc/hostname",
    "cat '/etc/hostname'",
    "cat /etc/host*",
    "cat ~/x",
    "cat $HOME/x",
    "cat sub/../x",
    "echo /etc/hostname",
    "cat x <<'E'\nrm y\nE",
    "echo a &",
    "! true",
    "true # rm x",
)


@dataclass(frozen=True, slots=True)
class World:
    """A project with OpenCode's folders beside it."""

    root: Path

    @property
    def project(self) -> Path:
        """Where its definitions are."""
        return self.root / "shop"

    @property
    def around(self) -> Surroundings:
        """What OpenCode's own rules are made of here."""
        return Surroundings(str(self.root / "home"), str(self.root / "data"))

    def agent(self, name: str, head: str) -> Path:
        """An agent of this head."""
        file = self.project / ".opencode" / "agent" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written(head))
        return file

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What `opencode debug` says."""
        assert PROGRAM is not None
        quiet = ("MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS")
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "home"),
            "XDG_DATA_HOME": str(self.root / "data"),
            **{f"XDG_{name}_HOME": str(self.root / name) for name in ("CONFIG", "STATE", "CACHE")},
            **{f"OPENCODE_DISABLE_{name}": "1" for name in quiet},
        }
        command = [PROGRAM, "debug", "agent", *words]
        return subprocess.run(
            command,
            cwd=self.project,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    for folder in ("shop/sub", "home", "data"):
        (tmp_path / folder).mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "."], cwd=made.project, check=True)
    return made


def some_head(dice: random.Random) -> str:
    """Some rules, in some order, as somebody might write them."""
    lines = ["description: Tried", "mode: primary"]
    if dice.random() < 0.5:
        lines.append("tools:")
        tools = dice.sample(TOOLS, dice.randint(1, 5))
        lines += [f"  {tool}: {dice.choice(('true', 'false'))}" for tool in tools]
    lines.append("permission:")
    for key in dice.sample(KEYS, dice.randint(1, 6)):
        if key == "webfetch" or dice.random() < 0.4:
            lines.append(f'  "{key}": {dice.choice(list(Action))}')
            continue
        lines.append(f'  "{key}":')
        for pattern in dice.sample(PATTERNS, dice.randint(1, 5)):
            lines.append(f'    "{pattern}": {dice.choice(list(Action))}')
    return "\n".join([*lines, ""])


def compare(world: World, name: str, file: Path) -> None:
    told = json.loads(world.ask(name).stdout)
    definition = parse(decode(file.read_bytes(), file.name), file.name)
    ours = rules(definition.head, world.around)
    assert [
        {"permission": rule.permission, "pattern": rule.pattern, "action": rule.action.value}
        for rule in ours
    ] == [
        {key: rule[key] for key in ("permission", "pattern", "action")}
        for rule in told["permission"]
    ]
    shown = {tool: there for tool, there in told["tools"].items() if tool != "invalid"}
    assert {tool: offered(ours, tool) for tool in shown} == shown


def test_the_rules_of_a_definition_are_those_that_opencode_resolves(world: World) -> None:
    compare(world, "permissive", world.agent("permissive", PERMISSIVE))


@pytest.mark.parametrize("seed", range(SETS))
def test_rules_of_any_shape_are_those_that_opencode_resolves(world: World, seed: int) -> None:
    compare(world, "tried", world.agent("tried", some_head(random.Random(seed))))


def test_what_opencode_runs_is_what_the_host_s_verdict_allows(world: World) -> None:
    file = world.agent("tried", DENYING)
    definition = parse(decode(file.read_bytes(), file.name), file.name)
    ours = rules(definition.head, world.around)
    place = host.Place(world.project, world.project, world.root / "home")
    for command in TRIED:
        params = json.dumps({"command": command, "description": "tried"})
        done = world.ask("tried", "--tool", "bash", "--params", params)
        denied = "specified a rule which prevents" in done.stdout + done.stderr
        assert denied or '"tool": "bash"' in done.stdout, (command, done.stdout, done.stderr)
        verdict = host.verdict(ours, command, place)
        assert denied == (verdict.action is Action.DENY), (command, verdict)
