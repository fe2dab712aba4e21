"""What a definition says of the work, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.definition.frontmatter import Value


class Subject(StrEnum):
    """What a criterion or a standard is about, where that can be judged by a machine."""

    BRANCHING = "branching"
    COMMITS = "commits"
    RESILIENCE = "resilience"
    FINDINGS = "findings"
    SECRETS = "secrets"
    TIMEOUTS = "timeouts"
    LOGGING = "logging"
    LIMITS = "limits"
    CORE_LOGIC = "core logic"
    PLANNING = "planning"
    TESTS = "tests"
    UNKNOWN = "unknown"
    """Nobody here can say whether it is met: it is shown as undecided, never as met."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One criterion or standard: its name, its words, its line, and what it is about."""

    name: str
    text: str
    line: int
    subject: Subject


@dataclass(frozen=True, slots=True)
class Definition:
    """An agent's file. `path` is how messages call it; `scopes` are those of its examples of commits;
    `plan` says that it wants plan files; `findings` is the file that they go to, each as `- [TAG] …`.
    """

    path: str
    head: Mapping[str, Value] = field(repr=False)
    body: str = field(repr=False)
    branch: str
    base: str
    memory: tuple[str, ...]
    findings: str
    tag: str
    scopes: tuple[str, ...]
    plan: bool
    standards: tuple[Clause, ...]
    criteria: tuple[Clause, ...]

    def place(self, clause: Clause) -> str:
        """`FILE:LINE` of a criterion or standard."""
        return f"{self.path}:{clause.line}"
