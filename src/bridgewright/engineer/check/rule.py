"""Words of `check`: a rule, a place that it objects to, and a problem as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.engineer.check.project import Project


class Severity(StrEnum):
    """An error stops a build; a warning does when it is asked for."""

    ERROR = "error"
    WARNING = "warning"


class Verdict(StrEnum):
    """Whether there is a problem, or whether that could not be told: which is never a pass."""

    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule objects, and to what; lines are counted from 1, columns from 0."""

    path: str
    line: int
    message: str
    column: int = 0
    verdict: Verdict = Verdict.PROBLEM


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that `check` looks for; `examples/CODE.txt` holds what it objects to, and what not."""

    code: str
    title: str
    severity: Severity
    why: str
    mend: str
    check: Callable[[Project], Iterator[Place]]


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found at a place, and how to mend it."""

    code: str
    path: str
    line: int
    column: int
    message: str
    mend: str
    severity: Severity
    verdict: Verdict


def problem(rule: Rule, place: Place) -> Problem:
    """What a rule says of a place."""
    return Problem(
        rule.code,
        place.path,
        place.line,
        place.column,
        place.message,
        rule.mend,
        rule.severity,
        place.verdict,
    )
