"""All rules over one project: what they found, and what is excused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check import catalogue, exemptions
from bridgewright.engineer.check.rule import Severity, Verdict, problem

if TYPE_CHECKING:
    from datetime import date

    from bridgewright.engineer.check.project import Project
    from bridgewright.engineer.check.rule import Problem, Rule


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found, by place, how much of it is excused, and how much was looked at: so many modules,
    these integrations, so many rules."""

    problems: tuple[Problem, ...]
    excused: tuple[Problem, ...]
    modules: int = 0
    integrations: tuple[str, ...] = ()
    rules: int = 0

    @property
    def certain(self) -> tuple[Problem, ...]:
        """What is a problem."""
        return tuple(each for each in self.problems if each.verdict is Verdict.PROBLEM)

    @property
    def undecided(self) -> tuple[Problem, ...]:
        """What may be one: it is shown and counted, and never a pass."""
        return tuple(each for each in self.problems if each.verdict is Verdict.UNKNOWN)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that stop a build whatever was asked for."""
        return tuple(each for each in self.certain if each.severity is Severity.ERROR)


def catalogued(today: date) -> tuple[Rule, ...]:
    """Every rule, on a day: exemptions end."""
    return (*catalogue.RULES, exemptions.rule(today), exemptions.UNREAD)


def inspect(project: Project, today: date, rules: tuple[Rule, ...] = ()) -> Inspection:
    """Hold a project against every rule, or against these. An exemption excuses what it names on its
    own line; one that does not hold excuses nothing, and neither does any excuse itself."""
    rules = rules or catalogued(today)
    found = [problem(rule, place) for rule in rules for place in rule.check(project)]
    holds = {
        (module.path, each.line, code)
        for module in project.modules
        for each in exemptions.exemptions(module.text, today)
        if not each.wrong
        for code in each.codes
    }
    told: dict[tuple[str, str, int, int, str], Problem] = {}
    for each in found:
        told.setdefault((each.path, each.code, each.line, each.column, each.message), each)
    ordered = sorted(told.values(), key=lambda each: (each.path, each.line, each.column, each.code))
    excused = tuple(each for each in ordered if (each.path, each.line, each.code) in holds)
    return Inspection(
        tuple(each for each in ordered if each not in excused),
        excused,
        len(project.modules),
        tuple(each.name for each in project.manifests),
        len(rules),
    )
