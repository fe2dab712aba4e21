"""What a definition's author did not mean: rules that never count, guards that are undone, unknown words.

None of it stops a run, for what we enforce is `strict`, whatever the definition says. A head that cannot be
read does.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.permissions.matching import action, matches, offered
from bridgewright.engineer.permissions.words import ANY, Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgewright.engineer.definition.words import Definition
    from bridgewright.engineer.permissions.words import Rule

_GUARDED = (("read", ".env"), ("external_directory", "/etc/*"))
"""What OpenCode asks about before it is allowed, unless a definition undoes that."""
_NEAR = 0.75


class Lint(StrEnum):
    """What is wrong, by name."""

    SHADOWED_RULE = "shadowed-rule"
    UNDONE_GUARD = "undone-guard"
    HIDDEN_TOOL = "hidden-tool"
    UNKNOWN_TOOL = "unknown-tool"
    UNKNOWN_KEY = "unknown-key"
    RETIRED_MODEL = "retired-model"
    ASK_HEADLESS = "ask-headless"
    OTHER_NAME = "other-name"
    NOT_PRIMARY = "not-primary"


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark: its name, its line (0: none that can be named), what is so, and how it is mended."""

    lint: Lint
    line: int
    what: str
    mend: str


@lru_cache(maxsize=1)
def known() -> dict[str, Any]:
    """The host's words, and models that are gone (`host.toml`)."""
    return tomllib.loads((files(__package__) / "host.toml").read_text("utf-8"))


def lint(definition: Definition, text: str, rules: Sequence[Rule]) -> tuple[Remark, ...]:
    """All remarks on a definition, whose file has this text and whose effective rules are these."""
    lines = _Lines(text)
    found = (
        *_shadowed(rules, lines),
        *_undone(rules, lines),
        *_hidden(rules, lines),
        *_tools(definition.head, lines),
        *_keys(definition.head, lines),
        *_model(definition.head, lines),
        *_asks(rules, lines),
        *_named(definition, lines),
    )
    return tuple(sorted(found, key=lambda remark: (remark.line, remark.lint)))


class _Lines:
    """Finds the line of a key of the head."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        fences = [at for at, line in enumerate(self._lines) if line.rstrip() == "---"]
        self._end = fences[1] if len(fences) > 1 else len(self._lines)

    def of(self, key: str, below: str = "") -> int:
        start = self.of(below) if below else 0
        pattern = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*:(?:\s|$)""")
        for at in range(start, self._end):
            if pattern.match(self._lines[at]):
                return at + 1
        return 0


def _own(rules: Sequence[Rule]) -> list[tuple[int, Rule]]:
    return [(at, rule) for at, rule in enumerate(rules) if rule.origin == "definition"]


def _shadowed(rules: Sequence[Rule], lines: _Lines) -> Iterator[Remark]:
    own = _own(rules)
    for at, rule in own:
        for later_at, later in own:
            if later_at > at and _covers(later, rule):
                what = (
                    f"{rule} never counts: {later} comes after it, and the last that matches counts"
                )
                mend = "put the rule that is for everything first"
                yield Remark(
                    Lint.SHADOWED_RULE, lines.of(rule.pattern, rule.permission), what, mend
                )
                break


def _covers(later: Rule, rule: Rule) -> bool:
    """Whether everything that matches a rule matches the later one. `?` stands for one character, which
    a pattern's `*` is not: no pattern that has one is said to cover another."""
    if "?" in later.pattern + later.permission:
        return False
    return matches(rule.permission, later.permission) and matches(rule.pattern, later.pattern)


def _undone(rules: Sequence[Rule], lines: _Lines) -> Iterator[Remark]:
    for permission, path in _GUARDED:
        own = [rule for _, rule in _own(rules) if matches(permission, rule.permission)]
        broad = next((rule for rule in reversed(own) if rule.pattern == ANY), None)
        if broad is not None and action(rules, permission, path) is Action.ALLOW:
            what = f"{broad} undoes what OpenCode asks about: {permission} of {path} is allowed"
            mend = f"remove {permission} from `tools` and `permission`, or deny {path} after it"
            line = lines.of(broad.permission, "tools") or lines.of(broad.permission)
            yield Remark(Lint.UNDONE_GUARD, line, what, mend)


def _hidden(rules: Sequence[Rule], lines: _Lines) -> Iterator[Remark]:
    for tool in ("bash", "edit", "read"):
        allowed = [
            rule
            for _, rule in _own(rules)
            if rule.permission == tool and rule.action is not Action.DENY
        ]
        if allowed and not offered(rules, tool):
            what = f"{tool} is not offered at all: the last rule for it denies everything"
            mend = "put the denial of everything first"
            yield Remark(Lint.HIDDEN_TOOL, lines.of(tool), what, mend)


def _tools(head: Mapping[str, object], lines: _Lines) -> Iterator[Remark]:
    words = known()
    for section in ("tools", "permission"):
        given = head.get(section)
        names = list(given) if isinstance(given, Mapping) else []
        for name in names:
            if name in words["tools"] or set(name) & set("*?"):
                continue
            near = words["meant"].get(name) or next(
                iter(difflib.get_close_matches(name, words["tools"], 1, _NEAR)), None
            )
            if near is None and "_" in name:
                continue  # a tool of an MCP server is called `server_tool`
            what = f"OpenCode has no tool {name}, and ignores it"
            mend = f"write {near}" if near else "remove it"
            yield Remark(Lint.UNKNOWN_TOOL, lines.of(name, section), what, mend)


def _keys(head: Mapping[str, object], lines: _Lines) -> Iterator[Remark]:
    keys: list[str] = known()["keys"]
    for key in head:
        if key not in keys:
            near = next(iter(difflib.get_close_matches(key, keys, 1, _NEAR)), None)
            what = f"{key} is no key of an agent: OpenCode keeps it as an option and says nothing"
            mend = f"write {near}" if near else "remove it"
            yield Remark(Lint.UNKNOWN_KEY, lines.of(key), what, mend)


def _model(head: Mapping[str, object], lines: _Lines) -> Iterator[Remark]:
    model = head.get("model")
    if isinstance(model, str) and model in known()["retired"]:
        what = f"{model} is retired since {known()['retired'][model]}"
        mend = "remove `model`, and let whoever runs the agent choose"
        yield Remark(Lint.RETIRED_MODEL, lines.of("model"), what, mend)


def _asks(rules: Sequence[Rule], lines: _Lines) -> Iterator[Remark]:
    for _, rule in _own(rules):
        if rule.action is Action.ASK:
            what = f"{rule}: where nobody is there to answer, OpenCode ends the run"
            line = lines.of(rule.pattern, rule.permission) or lines.of(rule.permission)
            yield Remark(Lint.ASK_HEADLESS, line, what, "write allow or deny")


def _named(definition: Definition, lines: _Lines) -> Iterator[Remark]:
    name, stem = definition.head.get("name"), PurePosixPath(definition.path).stem
    if isinstance(name, str) and name != stem:
        what = f"the agent is called {name}, and its file {stem}"
        yield Remark(Lint.OTHER_NAME, lines.of("name"), what, f"call it {stem}, or remove `name`")
    if definition.head.get("mode") == "subagent":
        what = (
            "it is a subagent: `opencode run --agent` falls back to another agent, with a warning"
        )
        yield Remark(Lint.NOT_PRIMARY, lines.of("mode"), what, "write primary or all")
