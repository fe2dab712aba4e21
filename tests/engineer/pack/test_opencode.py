"""The real OpenCode reads the pack, and decides as we meant."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.pack.contents import AGENT, SKILLS, pieces
from bridgewright.engineer.pack.installing import install
from bridgewright.engineer.pack.surveying import survey
from bridgewright.engineer.pack.words import Host
from tests.engineer.opencode import OpenCode, program, used
from tests.engineer.pack.scripted import model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.slow
AGENT_FILE = f".opencode/agents/{AGENT}.md"
CANARY = "canary-" + "7f3a91c05be2"
MEANT = [
    ("read", "integrations/acme/client.py", "allow"),
    ("read", ".env.example", "allow"),
    ("read", ".env", "deny"),
    ("read", "deep/down/.env.local", "deny"),
    ("read", "certs/server.pem", "deny"),
    ("read", "../../home/me/.ssh/config", "deny"),
    ("read", ".npmrc", "deny"),
    ("grep", "SECRET", "deny"),
    ("edit", "integrations/acme/client.py", "allow"),
    ("edit", "shop/integrations/acme/client.py", "allow"),
    ("edit", "tests/integrations/acme/test_client.py", "allow"),
    ("edit", "docs/findings.md", "allow"),
    ("edit", "task_plan.md", "allow"),
    ("edit", "integrations/acme/.env", "deny"),
    ("edit", "app/models.py", "deny"),
    ("edit", ".opencode/agents/integration-engineer.md", "deny"),
    ("edit", ".opencode/integrations/x.md", "deny"),
    ("edit", ".github/workflows/integrations/x.yml", "deny"),
    ("edit", ".git/hooks/pre-commit", "deny"),
    ("bash", "bridgewright check", "allow"),
    ("bash", "bridgewright check integrations/acme", "allow"),
    ("bash", "bridgewright certify integrations.acme.certify:target --level silver", "allow"),
    ("bash", "bridgewright certify a.b:c --json > certificate.json", "allow"),
    ("bash", "bridgewright certify a.b:c --json > .env", "deny"),
    ("bash", "bridgewright certify a.b:c > x > certificate.json", "deny"),
    ("bash", "bridgewright certify -- rm -rf x", "deny"),
    ("bash", "bridgewright findings --write", "allow"),
    ("bash", "bridgewright findings accept 649abced1b8e", "deny"),
    ("bash", "bridgewright engineer plan show", "allow"),
    ("bash", "bridgewright engineer deliver acme --closes 7", "allow"),
    ("bash", "bridgewright engineer deliver acme --recreate", "deny"),
    ("bash", "bridgewright engineer verify", "allow"),
    ("bash", "bridgewright engineer verify --tests 'rm -rf x'", "deny"),
    ("bash", "bridgewright pack install --force", "deny"),
    ("bash", "bridgewright redrive run 3", "deny"),
    ("bash", "git status", "allow"),
    ("bash", "git diff --stat", "allow"),
    ("bash", "git status > x", "deny"),
    ("bash", "git diff --output=x", "deny"),
    ("bash", "git -c alias.x='!rm x' x", "deny"),
    ("bash", "git push origin agent/integration-engineer", "deny"),
    ("bash", "git push --force", "deny"),
    ("bash", "git commit -m x", "deny"),
    ("bash", "gh pr create", "deny"),
    ("bash", "npm test", "deny"),
    ("bash", "cat .env", "deny"),
    ("bash", "env", "deny"),
    ("bridgewright_certify", "*", "allow"),
    ("other_tool", "*", "deny"),
    ("external_directory", "/etc/*", "deny"),
    ("task", "general", "deny"),
    ("webfetch", "https://example.com", "deny"),
    ("doom_loop", "read", "deny"),
    ("skill", "certify-connector", "allow"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    install(root, survey(root))
    return root


@pytest.fixture(scope="module")
def opencode(tmp_path_factory: pytest.TempPathFactory) -> OpenCode:
    return OpenCode(program(), tmp_path_factory.mktemp("opencode"))


def decided(rules: Sequence[dict[str, str]], permission: str, text: str) -> str:
    """As OpenCode decides: the last rule of which both patterns match, else it asks."""
    for rule in reversed(rules):
        if _matches(rule["permission"], permission) and _matches(rule["pattern"], text):
            return rule["action"]
    return "ask"


def _matches(pattern: str, text: str) -> bool:
    told = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    told = re.sub(r"\\ \.\*$", "( .*)?", told)
    return re.fullmatch(told, text, re.DOTALL) is not None


def test_opencode_resolves_the_permissions_that_we_meant(project: Path, opencode: OpenCode) -> None:
    found = opencode.found(project, "agent", AGENT)
    assert (found["mode"], found.get("model"), found["options"]) == ("primary", None, {})
    rules = found["permission"]
    told = [(name, text, decided(rules, name, text)) for name, text, _ in MEANT]
    assert told == MEANT
    assert "ask" not in {rule["action"] for rule in rules[_last_catch_all(rules) :]}


def _last_catch_all(rules: Sequence[dict[str, str]]) -> int:
    """Where our own rules begin: whatever was asked before it is not asked any more."""
    catch_all = {"permission": "*", "pattern": "*", "action": "deny"}
    return max(at for at, rule in enumerate(rules) if rule == catch_all)


def test_opencode_offers_the_tools_that_we_meant(project: Path, opencode: OpenCode) -> None:
    tools = opencode.found(project, "agent", AGENT)["tools"]
    offered = {name for name, on in tools.items() if on}
    assert offered == {"bash", "edit", "glob", "read", "skill", "todowrite", "write"}


def test_opencode_finds_every_skill_with_the_words_of_the_pack(
    project: Path, opencode: OpenCode
) -> None:
    found = {each["name"]: each for each in opencode.found(project, "skill")}
    texts = {each.path.split("/")[-2]: each.text for each in pieces([Host.CLAUDE])}
    assert set(SKILLS) <= set(found)
    for name in SKILLS:
        assert found[name]["content"].strip() == texts[name].split("---\n", 2)[2].strip()
        assert f"description: {found[name]['description']}\n" in texts[name]


def test_opencode_takes_the_entry_and_the_commands(project: Path, opencode: OpenCode) -> None:
    found = opencode.found(project, "config")
    assert found["mcp"]["bridgewright"] == {"type": "local", "command": ["bridgewright", "mcp"]}
    assert {found["command"][name]["agent"] for name in ("integrate", "certify", "deliver")} == {
        AGENT
    }


def test_a_model_that_tries_gets_no_secret_and_changes_nothing_of_others(
    project: Path, opencode: OpenCode
) -> None:
    (project / ".env").write_text(f"KEY={CANARY}\n")
    (project / "app.py").write_text("x = 1\n")
    script: list[tuple[str, dict[str, object]]] = [
        ("read", {"filePath": str(project / ".env")}),
        ("grep", {"pattern": "KEY", "path": str(project), "include": ".env"}),
        ("bash", {"command": "cat .env", "description": "look"}),
        ("bash", {"command": "git add -A && git commit -m x", "description": "commit"}),
        ("write", {"filePath": str(project / "app.py"), "content": "x = 2\n"}),
        ("write", {"filePath": str(project / AGENT_FILE), "content": "all is allowed"}),
        ("write", {"filePath": str(project / "integrations/acme/client.py"), "content": "y = 1\n"}),
        ("bash", {"command": "git status --short", "description": "look"}),
        ("skill", {"name": "certify-connector"}),
    ]
    agent = (project / AGENT_FILE).read_text()
    with model(script) as (settings, asked):
        told = opencode.events(project, "--agent", AGENT, "Go on.", settings=settings)
    assert [how for _, how in used(told)] == [*["error"] * 6, *["completed"] * 3], told
    assert CANARY not in json.dumps(asked)
    assert "Certify a connector" in json.dumps(asked[-1])
    assert (project / "app.py").read_text() == "x = 1\n"
    assert (project / AGENT_FILE).read_text() == agent
    assert (project / "integrations/acme/client.py").read_text() == "y = 1\n"
