"""Rules and verdicts as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ANY = "*"
"""The pattern that everything matches."""


class Action(StrEnum):
    """What a rule says. Without a person there, `ask` is a no: `opencode run` rejects it and ends."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


_WORSE = (Action.ALLOW, Action.ASK, Action.DENY)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: for a permission (`bash`, `read`, a tool's name) and a text that matches, an action.
    `origin` is who wrote it: `default` is OpenCode's own, `project` the project's `opencode.json`."""

    permission: str
    pattern: str
    action: Action
    origin: str = "definition"

    def __str__(self) -> str:
        return f"{self.permission} {self.pattern} {self.action}"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is as it is, for one part of what was asked about."""

    action: Action
    part: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be done, and why: the worst of its reasons. Without a reason nothing was looked at, and
    that is `allow`, as OpenCode has it; our own verdict always has one."""

    reasons: tuple[Reason, ...]

    @property
    def action(self) -> Action:
        """The worst of all parts."""
        return worst(reason.action for reason in self.reasons)


def worst(actions: Iterable[Action]) -> Action:
    """Deny before ask before allow; allow when there are none."""
    return max(actions, key=_WORSE.index, default=Action.ALLOW)
