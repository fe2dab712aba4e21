"""Definitions of the shape that agents' files have, in our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.definition.reading import parse
from bridgewright.engineer.encoded import decode
from bridgewright.engineer.permissions.compiling import Surroundings, rules

if TYPE_CHECKING:
    from bridgewright.engineer.permissions.words import Rule

BRANCH = "agent/bridge"
BODY = f"\n# Work\n\n- **Branch Naming**: `{BRANCH}`.\n"
PERMISSIVE = """\
description: Connects us to others
mode: primary
model: opencode/glm-4.7-free
tools:
  write: true
  bash: true
  read: true
  grep_search: true
permission:
  bash:
    "git *": allow
    "*": allow
"""
GUARDED = """\
description: Connects us to others
mode: primary
permission:
  bash:
    "*": deny
    "git *": allow
    "echo *": allow
    "ls *": allow
    "python -m pytest *": allow
    "git push *": ask
"""
AROUND = Surroundings("/users/ann", "/users/ann/data")


def written(head: str, body: str = BODY) -> str:
    """The file of a head."""
    return f"---\n{head}---\n{body}"


def rules_of(head: str, project: object = None, around: Surroundings = AROUND) -> tuple[Rule, ...]:
    """The rules that hold for a head."""
    definition = parse(decode(written(head).encode(), "agent.md"), "agent.md")
    return rules(definition.head, around, project, "agent.md")
