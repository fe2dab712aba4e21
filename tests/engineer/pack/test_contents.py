"""What the pack says is true: its skills keep to the specification, its commands exist, its agent is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from bridgewright.cli import bridgewright
from bridgewright.engineer.definition import frontmatter
from bridgewright.engineer.definition.reading import default, find
from bridgewright.engineer.definition.words import Subject
from bridgewright.engineer.encoded import Encoded
from bridgewright.engineer.pack.contents import AGENT, SKILLS, entries, pieces
from bridgewright.engineer.pack.installing import install
from bridgewright.engineer.pack.surveying import survey
from bridgewright.engineer.pack.words import Host, Piece
from bridgewright.engineer.skills.reading import held

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALL = pieces(tuple(Host))
AGENT_FILE = next(each for each in ALL if each.path.endswith(f"{AGENT}.md"))
_COMMAND = re.compile(r"(?m)(?:^\s*|`)bridgewright ([^`\n]+)")
NAMED = "integrations.NAME.certify:target"


def test_every_skill_keeps_to_the_specification_for_both_hosts() -> None:
    skills = [each for each in ALL if each.path.endswith("/SKILL.md")]
    assert len(skills) == 2 * len(SKILLS)
    for each in skills:
        assert held(Encoded(each.text), each.path.split("/")[-2], each.path) == ()


def test_our_reader_finds_everything_in_the_agent(tmp_path: Path) -> None:
    install(tmp_path, survey(tmp_path))
    found, ours = find(tmp_path), default()
    assert found.path == AGENT_FILE.path
    for name in ("branch", "base", "memory", "findings", "tag", "scopes", "plan"):
        assert getattr(found, name) == getattr(ours, name), name
    assert [each.subject for each in found.criteria] == [each.subject for each in ours.criteria]
    assert Subject.UNKNOWN not in {each.subject for each in found.criteria}


def test_the_agent_has_no_model_no_legacy_tools_and_the_catch_all_first() -> None:
    head, _ = frontmatter.split(Encoded(AGENT_FILE.text).lines(), AGENT_FILE.path)
    assert set(head) == {"description", "mode", "permission"}
    assert head["mode"] == "primary"
    rules = head["permission"]
    assert isinstance(rules, dict)
    assert next(iter(rules.items())) == ("*", "deny")
    for tool in ("read", "edit", "bash"):
        inner = rules[tool]
        assert isinstance(inner, dict)
        assert next(iter(inner)) == "*"
        assert list(inner).count("*") == 1


def commands(text: str) -> Iterator[list[str]]:
    for found in _COMMAND.findall(text):
        told = re.sub(r'"[^"]*"', "TEXT", found.split(" > ")[0])
        yield told.split()


@pytest.mark.slow
@pytest.mark.parametrize("piece", ALL, ids=lambda piece: piece.path)
def test_every_command_that_a_text_names_exists_with_its_options(piece: Piece) -> None:
    for words in commands(piece.text):
        if words[0] in {"mcp", "mcp`"}:
            continue
        command, context, rest = bridgewright, click.Context(bridgewright), list(words)
        found: click.Command = command
        while isinstance(found, click.Group) and rest and rest[0].isalpha():
            inner = found.get_command(context, rest[0])
            if inner is None and found is not bridgewright:
                break
            assert inner is not None, f"{piece.path}: bridgewright {' '.join(words)}"
            found, context = inner, click.Context(inner)
            rest.pop(0)
        options = {name for each in found.params for name in each.opts}
        if isinstance(found, click.Group) and (look := found.get_command(context, "look")):
            options |= {name for each in look.params for name in each.opts}
        assert {word for word in rest if word.startswith("--")} <= options, f"{piece.path}: {words}"


def test_the_entries_start_our_server_of_tools() -> None:
    opencode, claude = entries(tuple(Host))
    assert opencode.value == {"type": "local", "command": ["bridgewright", "mcp"]}
    assert claude.value == {"command": "bridgewright", "args": ["mcp"]}


def test_commands_are_done_by_our_agent_and_every_named_skill_is_in_the_pack() -> None:
    told = [each for each in ALL if "/commands/" in each.path]
    assert len(told) == 3
    for each in told:
        head, _ = frontmatter.split(Encoded(each.text).lines(), each.path)
        assert head["agent"] == AGENT
        assert "$ARGUMENTS" in each.text
    for each in ALL:
        for name in re.findall(r"skills?\s+`([a-z-]+)`", each.text):
            assert name in SKILLS, f"{each.path}: {name}"
