"""Held against OpenCode itself: the rules that it resolves, and what it runs.

`DEFINITION=FILE` holds a definition of somebody's against it, too, unmodified.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bridgewright.engineer.definition.reading import parse
from bridgewright.engineer.encoded import decode
from bridgewright.engineer.permissions import host
from bridgewright.engineer.permissions.compiling import Surroundings, rules
from bridgewright.engineer.permissions.matching import offered
from bridgewright.engineer.permissions.words import Action
from tests.engineer.opencode import OpenCode, program
from tests.engineer.permissions.agents import PERMISSIVE, written

pytestmark = pytest.mark.slow
SETS = 5
NAME = "integration-engineer"
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
    opencode: OpenCode

    @property
    def project(self) -> Path:
        """Where its definitions are."""
        return self.root / "shop"

    @property
    def around(self) -> Surroundings:
        """What OpenCode's own rules are made of here."""
        return Surroundings(str(self.opencode.home), str(self.opencode.data))

    def agent(self, name: str, content: bytes) -> Path:
        """An agent of this content."""
        file = self.project / ".opencode" / "agent" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def denied(self, name: str, command: str) -> bool:
        """Whether OpenCode denies an agent this; it really runs what it does not, and asks nobody."""
        params = json.dumps({"command": command, "description": "tried"})
        words = ("debug", "agent", name, "--tool", "bash", "--params", params)
        done = self.opencode.run(self.project, *words)
        denied = "specified a rule which prevents" in done.stdout + done.stderr
        assert denied or '"tool": "bash"' in done.stdout, (command, done.stdout, done.stderr)
        return denied

    def told(self, *words: str) -> Any:
        """What our own command says, asked as the same user in the same project."""
        home = {"HOME": str(self.opencode.home), "XDG_DATA_HOME": str(self.opencode.data)}
        line = [sys.executable, "-m", "bridgewright", "engineer", *words, "--json"]
        done = subprocess.run(
            line, cwd=self.project, env={**os.environ, **home}, capture_output=True, check=False
        )
        return json.loads(done.stdout)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, OpenCode(program(), tmp_path))
    (made.project / "sub").mkdir(parents=True)
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
    definition = parse(decode(file.read_bytes(), file.name), file.name)
    ours = rules(definition.head, world.around)
    resolved = world.opencode.found(world.project, "agent", name)
    assert [
        {"permission": rule.permission, "pattern": rule.pattern, "action": rule.action.value}
        for rule in ours
    ] == plain(resolved["permission"])
    shown = {tool: there for tool, there in resolved["tools"].items() if tool != "invalid"}
    assert {tool: offered(ours, tool) for tool in shown} == shown


def plain(resolved: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rules without whatever else is said of them."""
    return [{key: rule[key] for key in ("permission", "pattern", "action")} for rule in resolved]


def definitions() -> list[bytes]:
    """One of the usual shape, and the one that DEFINITION names."""
    named = os.environ.get("DEFINITION")
    return [written(PERMISSIVE).encode(), *([Path(named).read_bytes()] if named else [])]


@pytest.mark.parametrize(
    "content", definitions(), ids=lambda content: sha256(content).hexdigest()[:8]
)
def test_lint_and_explain_say_of_a_definition_what_opencode_does(
    world: World, content: bytes
) -> None:
    world.agent(NAME, content)
    resolved = world.opencode.found(world.project, "agent", NAME)
    linted = world.told("lint")
    assert plain(linted["rules"]) == plain(resolved["permission"])
    shown = {name for name, there in resolved["tools"].items() if there and name != "invalid"}
    assert set(linted["tools"]) == shown
    for command in TRIED[::4]:
        verdict = world.told("explain", command)["host"]
        assert world.denied(NAME, command) == (verdict["action"] == "deny"), (command, verdict)


@pytest.mark.parametrize("seed", range(SETS))
def test_rules_of_any_shape_are_those_that_opencode_resolves(world: World, seed: int) -> None:
    head = some_head(random.Random(seed))
    compare(world, "tried", world.agent("tried", written(head).encode()))


def test_what_opencode_runs_is_what_the_host_s_verdict_allows(world: World) -> None:
    file = world.agent("tried", written(DENYING).encode())
    definition = parse(decode(file.read_bytes(), file.name), file.name)
    ours = rules(definition.head, world.around)
    place = host.Place(world.project, world.project, world.opencode.home)
    for command in TRIED:
        verdict = host.verdict(ours, command, place)
        assert world.denied("tried", command) == (verdict.action is Action.DENY), (command, verdict)
