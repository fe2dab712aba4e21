"""Remarks on definitions, and both commands as people run them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.definition.reading import default, parse
from bridgewright.engineer.encoded import decode
from bridgewright.engineer.permissions import lints
from bridgewright.engineer.permissions.lints import Lint
from tests.engineer.permissions.agents import GUARDED, PERMISSIVE, rules_of, written

if TYPE_CHECKING:
    from pathlib import Path


def remarks(head: str) -> list[tuple[Lint, int]]:
    text = written(head)
    definition = parse(decode(text.encode(), "agent.md"), "agent.md")
    return [(each.lint, each.line) for each in lints.lint(definition, text, rules_of(head))]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (GUARDED.replace("ask", "deny"), []),
        (GUARDED, [(Lint.ASK_HEADLESS, 11)]),
        (
            PERMISSIVE,
            [
                (Lint.RETIRED_MODEL, 4),
                (Lint.UNDONE_GUARD, 8),
                (Lint.UNKNOWN_TOOL, 9),
                (Lint.SHADOWED_RULE, 12),
            ],
        ),
        (
            'permission:\n  bash:\n    "git *": allow\n    "*": deny\n',
            [(Lint.HIDDEN_TOOL, 3), (Lint.SHADOWED_RULE, 4)],
        ),
        (
            'permission:\n  bash:\n    "git *": allow\n    "g?t *": deny\n',
            [],
        ),
        (
            "permission:\n  read: allow\n  external_directory: allow\n",
            [(Lint.UNDONE_GUARD, 3), (Lint.UNDONE_GUARD, 4)],
        ),
        ("permision:\n  bash: allow\n", [(Lint.UNKNOWN_KEY, 2)]),
        ("tools:\n  grpe: true\n  shop_orders: true\n", [(Lint.UNKNOWN_TOOL, 3)]),
        ("name: other\nmode: subagent\n", [(Lint.OTHER_NAME, 2), (Lint.NOT_PRIMARY, 3)]),
    ],
)
def test_what_was_not_meant_is_remarked_at_its_line(
    head: str, found: list[tuple[Lint, int]]
) -> None:
    assert remarks(head) == found


def test_our_own_definition_has_no_remark() -> None:
    definition = default()
    assert lints.lint(definition, "", rules_of("mode: primary\n")) == ()


def run(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgewright", "engineer", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def agent(root: Path, head: str, encoding: str = "utf-8") -> Path:
    file = root / ".opencode" / "agent" / "integration-engineer.md"
    file.parent.mkdir(parents=True)
    file.write_bytes(written(head).replace("\n", "\r\n").encode(encoding))
    return file


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lint_shows_the_rules_of_a_project_whatever_it_is_written_in(
    tmp_path: Path, encoding: str
) -> None:
    agent(tmp_path, PERMISSIVE, encoding)
    skill = tmp_path / ".opencode" / "skills" / "planning" / "SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: Planning\ndescription: >\n  Plans\n  work.\n---\nPlan.\n")
    done = run(tmp_path, "lint", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert [each["lint"] for each in found["remarks"]] == [
        *("retired-model", "undone-guard", "unknown-tool", "shadowed-rule")
    ]
    assert "bash" in found["tools"]
    assert found["skills"] == 1
    assert {each["place"] for each in found["breaches"]} == {".opencode/skills/planning/SKILL.md"}
    assert {each["rule"] for each in found["breaches"]} == {"name", "folder"}
    assert found["rules"][0] == {
        "permission": "*",
        "pattern": "*",
        "action": "allow",
        "origin": "default",
    }


@pytest.mark.slow
def test_a_head_that_cannot_be_read_is_refused_for_opencode_would_run_it_without_a_rule(
    tmp_path: Path,
) -> None:
    file = agent(tmp_path, 'permission:\n  bash: {"*": deny\n')
    for words in (("lint",), ("explain", "git status"), ("lint", "--definition", str(file))):
        done = run(tmp_path, *words)
        assert done.returncode == 2, done.stdout
        assert "integration-engineer.md:3" in done.stderr


@pytest.mark.slow
def test_explain_prints_both_verdicts_and_ends_with_zero_only_where_both_allow(
    tmp_path: Path,
) -> None:
    agent(tmp_path, PERMISSIVE)
    (tmp_path / "opencode.json").write_text('{"permission": {"webfetch": "deny"}}')
    forced = run(tmp_path, "explain", "git push --force", "--json")
    told = json.loads(forced.stdout)
    assert (forced.returncode, told["host"]["action"], told["strict"]["action"]) == (
        *(1, "allow", "deny"),
    )
    assert run(tmp_path, "explain", "git status").returncode == 0
    (tmp_path / "opencode.json").write_text("{ // ours\n}")
    refused = run(tmp_path, "explain", "git status")
    assert refused.returncode == 2
    assert "opencode.json" in refused.stderr


@pytest.mark.slow
def test_our_own_pack_has_no_remark_and_its_skills_break_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bridgewright", "pack", "install", "--in", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    done = run(tmp_path, "lint", "--json")
    found = json.loads(done.stdout)
    assert (found["remarks"], found["breaches"], done.returncode) == ([], [], 0)
    assert found["skills"] > 0
