"""The rules of a definition, in the order in which OpenCode puts them (1.18.33, run 2026-11-29)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.permissions.words import ANY, Action, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

_EDITS = frozenset({"write", "edit", "patch"})
_WHOLE = frozenset({"question", "webfetch", "websearch", "todowrite", "doom_loop"})
"""Permissions that take one action and no patterns: with patterns OpenCode does not start."""
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_MOST_INDEX = 2**32 - 2
_REMEDY = "write allow, ask or deny, or a mapping of patterns to them"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What OpenCode's own rules are made of: whose home it runs in, where it keeps data and temporary
    files, and the folders of the skills that it found."""

    home: str
    data: str
    temporary: str = "/tmp/opencode"  # noqa: S108 - OpenCode's own, named as it names it
    skills: tuple[str, ...] = ()

    @property
    def outputs(self) -> str:
        """Where long outputs of tools are put."""
        return f"{self.data}/opencode/tool-output/*"


def rules(
    head: Mapping[str, object],
    around: Surroundings,
    project: object = None,
    name: str = "definition",
) -> tuple[Rule, ...]:
    """All rules that hold for an agent: OpenCode's own, those of the project's `opencode.json`, and those
    of the head. `ConfigurationError` for what OpenCode would not start with, as an action that is none."""
    found = [
        *_defaults(around),
        *_of(project, around, "project", "opencode.json"),
        *_of(_asked(head, name), around, "definition", name),
    ]
    outputs = around.outputs
    explicit = any(
        (rule.permission, rule.pattern, rule.action) == ("external_directory", outputs, Action.DENY)
        for rule in found
    )
    if not explicit:
        found.append(Rule("external_directory", outputs, Action.ALLOW, "default"))
    return tuple(found)


def _defaults(around: Surroundings) -> Iterator[Rule]:
    yield Rule(ANY, ANY, Action.ALLOW, "default")
    yield Rule("doom_loop", ANY, Action.ASK, "default")
    yield Rule("external_directory", ANY, Action.ASK, "default")
    skills = (f"{folder}/*" for folder in around.skills)
    for place in (around.outputs, f"{around.temporary}/*", *skills):
        yield Rule("external_directory", place, Action.ALLOW, "default")
    for permission in ("question", "plan_enter", "plan_exit"):
        yield Rule(permission, ANY, Action.DENY, "default")
    read = {ANY: Action.ALLOW, "*.env": Action.ASK, "*.env.*": Action.ASK}
    for pattern, action in {**read, "*.env.example": Action.ALLOW}.items():
        yield Rule("read", pattern, action, "default")


def _asked(head: Mapping[str, object], name: str) -> dict[str, object]:
    """The head's old `tools` as permissions, and then `permission` over them: a key that both have
    keeps the place that `tools` gave it, which is how a catch-all comes to be the last."""
    found: dict[str, object] = {}
    tools = head.get("tools")
    if tools is not None and not isinstance(tools, Mapping):
        raise ConfigurationError("has `tools` that are no mapping", place=name, remedy=_REMEDY)
    for tool, wanted in _ordered(tools or {}):
        if not isinstance(wanted, bool):
            problem = f"says {wanted!r} of the tool {tool}"
            raise ConfigurationError(problem, place=name, remedy="write true or false")
        found["edit" if tool in _EDITS else tool] = "allow" if wanted else "deny"
    given = head.get("permission")
    if isinstance(given, str):
        given = {ANY: given}
    if given is not None and not isinstance(given, Mapping):
        raise ConfigurationError(
            "has a `permission` that is no mapping", place=name, remedy=_REMEDY
        )
    found.update((given or {}).items())
    return found


def _of(given: object, around: Surroundings, origin: str, name: str) -> Iterator[Rule]:
    if isinstance(given, str):
        given = {ANY: given}
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            "has a `permission` that is no mapping", place=name, remedy=_REMEDY
        )
    for permission, wanted in _ordered(given):
        if isinstance(wanted, Mapping):
            if permission in _WHOLE:
                problem = f"says patterns to {permission}, which takes one action"
                raise ConfigurationError(problem, place=name, remedy="write allow, ask or deny")
            for pattern, action in _ordered(wanted):
                expanded = _expanded(pattern, around.home)
                yield Rule(permission, expanded, _action(action, permission, name), origin)
        else:
            yield Rule(permission, ANY, _action(wanted, permission, name), origin)


def _ordered(given: Mapping[str, object]) -> list[tuple[str, object]]:
    """As JavaScript goes through an object: keys that are whole numbers first, by size."""
    numbers = [key for key in given if _INDEX.fullmatch(key) and int(key) <= _MOST_INDEX]
    first = sorted(numbers, key=int)
    return [(key, given[key]) for key in (*first, *(key for key in given if key not in numbers))]


def _action(given: object, permission: str, name: str) -> Action:
    if isinstance(given, str) and given in set(Action):
        return Action(given)
    problem = f"says {given!r} to {permission}, which is no action"
    raise ConfigurationError(problem, place=name, remedy=_REMEDY)


def _expanded(pattern: str, home: str) -> str:
    if pattern == "~" or pattern.startswith("~/"):
        return home + pattern[1:]
    if pattern.startswith("$HOME"):
        return home + pattern[len("$HOME") :]
    return pattern
