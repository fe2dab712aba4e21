"""OpenCode's wildcard and its order: of all rules that match, the last counts (1.18.33, run 2026-11-29)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bridgewright.engineer.permissions.words import ANY, Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.engineer.permissions.words import Rule

_EDITS = frozenset({"edit", "write", "apply_patch"})
"""Tools that ask for the permission `edit`."""
_REST = " .*"


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    made = "".join(
        {"*": ".*", "?": "."}.get(letter) or re.escape(letter)
        for letter in pattern.replace("\\", "/")
    )
    made = made.replace("\\ ", " ")
    if made.endswith(_REST):
        made = f"{made.removesuffix(_REST)}( .*)?"
    return re.compile(made, re.DOTALL)


def matches(text: str, pattern: str) -> bool:
    """Whether all of `text` is `pattern`: `*` is anything, slashes and line ends too, `?` one character;
    ` *` at the end may be missing; a backslash is a slash in both."""
    return _compiled(pattern).fullmatch(text.replace("\\", "/")) is not None


def deciding(rules: Sequence[Rule], permission: str, text: str) -> Rule | None:
    """The rule that counts for a text, which is the last that matches. None: OpenCode asks."""
    for rule in reversed(rules):
        if matches(permission, rule.permission) and matches(text, rule.pattern):
            return rule
    return None


def action(rules: Sequence[Rule], permission: str, text: str) -> Action:
    """What the rules say to a text."""
    found = deciding(rules, permission, text)
    return Action.ASK if found is None else found.action


def offered(rules: Sequence[Rule], tool: str) -> bool:
    """Whether OpenCode offers a tool to the model at all: not if the last rule for it, whatever its
    pattern, is to deny everything."""
    permission = "edit" if tool in _EDITS else tool
    last = next((rule for rule in reversed(rules) if matches(permission, rule.permission)), None)
    return last is None or last.pattern != ANY or last.action is not Action.DENY
