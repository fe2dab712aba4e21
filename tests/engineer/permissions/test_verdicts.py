"""What is said to command lines: by OpenCode, and by us."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.permissions import host, strict
from bridgewright.engineer.permissions.words import Action
from tests.engineer.permissions.agents import BRANCH, GUARDED, PERMISSIVE, rules_of

CORPUS = tomllib.loads((Path(__file__).parent / "corpus.toml").read_text("utf-8"))
PLACE = host.Place(Path("/srv/shop"), Path("/srv/shop"), Path("/users/ann"))
WORK = strict.Work(BRANCH, "main")
ALLOWING = rules_of(PERMISSIVE)
GUARDING = rules_of(GUARDED)


@pytest.mark.parametrize("command", CORPUS["workflow"])
def test_what_a_branch_needs_is_allowed(command: str) -> None:
    found = strict.verdict(ALLOWING, command, WORK)
    assert found.action is Action.ALLOW, found.reasons


@pytest.mark.parametrize("command", CORPUS["hostile"])
def test_what_leads_out_of_the_work_is_denied_though_the_definition_allows_all(
    command: str,
) -> None:
    found = strict.verdict(ALLOWING, command, WORK)
    assert found.action is Action.DENY, found.reasons


@pytest.mark.parametrize("command", [*CORPUS["workflow"], *CORPUS["hostile"]])
def test_what_a_rule_denies_is_denied_by_us_too(command: str) -> None:
    theirs = host.verdict(GUARDING, command, PLACE)
    ours = strict.verdict(GUARDING, command, WORK)
    order = [Action.ALLOW, Action.ASK, Action.DENY]
    assert theirs.action is not Action.DENY or order.index(ours.action) >= order.index(Action.ASK)


@given(st.text(max_size=60))
def test_any_text_has_a_verdict_or_is_refused_and_never_without_a_reason(command: str) -> None:
    try:
        found = strict.verdict(ALLOWING, command, WORK)
    except ConfigurationError:
        return
    assert found.reasons


@given(
    st.sampled_from(["git", "rm", "cat", "python"]),
    st.lists(st.sampled_from(["", "'", '"', "\\"]), min_size=6, max_size=6),
)
def test_quoting_a_command_s_name_changes_nothing(name: str, marks: list[str]) -> None:
    odd = "".join(
        f"{mark}{letter}{mark}" if mark in {"'", '"'} else f"{mark}{letter}"
        for letter, mark in zip(name, marks, strict=False)
    )
    plain, quoted = (
        strict.verdict(GUARDING, f"{each} x", WORK).action for each in (name, odd + name[6:])
    )
    assert quoted is plain or quoted is Action.DENY


@pytest.mark.parametrize(
    ("command", "action", "parts"),
    [
        ("git status", Action.ALLOW, ["git status"]),
        ("git status > /etc/x", Action.ALLOW, ["git status > /etc/x"]),
        ("git log; rm x", Action.DENY, ["git log", "rm x"]),
        ("cd /opt/x && git log", Action.ASK, ["/opt/*", "git log"]),
        ("cd src && git log", Action.ALLOW, ["git log"]),
        ("> /etc/x", Action.ALLOW, []),
        ("{ echo a; } > /etc/x", Action.ALLOW, ["echo a"]),
        ("A=1 git log", Action.DENY, ["A=1 git log"]),
        ('echo "$(rm x)"', Action.DENY, ['echo "$(rm x)"', "rm x"]),
        ("\\git log", Action.DENY, ["\\git log"]),
        ("git push", Action.ASK, ["git push"]),
        ("cat ../y", Action.DENY, ["/srv/*", "cat ../y"]),
    ],
)
def test_opencode_looks_at_the_source_of_each_command(
    command: str, action: Action, parts: list[str]
) -> None:
    found = host.verdict(GUARDING, command, PLACE)
    assert found.action is action
    assert [reason.part for reason in found.reasons] == parts


def test_only_folders_of_the_work_are_written() -> None:
    work = strict.Work(BRANCH, "main", writable=("integrations/parcels",))
    for command, action in {
        "touch integrations/parcels/a.py": Action.ALLOW,
        "echo a > integrations/parcels/a.py": Action.ALLOW,
        "touch integrations/parcels2/a.py": Action.DENY,
        "echo a >> README.md": Action.DENY,
        "rm -r integrations": Action.DENY,
    }.items():
        assert strict.verdict(ALLOWING, command, work).action is action, command


def test_a_runner_that_a_rule_names_is_allowed() -> None:
    assert strict.verdict(GUARDING, "python -m pytest -q", WORK).action is Action.ALLOW
    assert strict.verdict(GUARDING, "python -c 1", WORK).action is Action.DENY
