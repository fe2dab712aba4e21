"""A Conventional Commit, made of its parts: https://www.conventionalcommits.org/en/v1.0.0/, read 2026-11."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridgewright.core.errors import ConfigurationError

TYPES = ("feat", "fix", "docs", "test", "refactor", "perf", "build", "ci", "chore", "revert")
MOST_CHARS = 72
"""Of a subject: what GitHub shows of one without cutting it."""

SUBJECT = re.compile(
    rf"(?P<type>{'|'.join(TYPES)})(?:\((?P<scope>[a-z0-9][a-z0-9._/-]{{0,39}})\))?"
    r"(?P<breaking>!)?: (?P<what>\S.*)"
)
"""A subject that keeps to the convention."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a commit, and the title of a pull request, say: `feat(integration): add Acme`."""

    type: str
    scope: str
    what: str
    body: str = ""

    @property
    def subject(self) -> str:
        """The first line."""
        scope = f"({self.scope})" if self.scope else ""
        return f"{self.type}{scope}: {self.what}"

    @property
    def text(self) -> str:
        """All of it, as git takes it."""
        return (
            f"{self.subject}\n\n{self.body.strip()}\n" if self.body.strip() else f"{self.subject}\n"
        )


def message(kind: str, scope: str, what: str, body: str = "") -> Message:
    """A message of these parts; `ConfigurationError` for one that does not keep to the convention."""
    made = Message(kind, scope, " ".join(what.split()), body)
    wrong = _wrong(made)
    if wrong:
        raise ConfigurationError(
            f"the message of the commit {wrong}",
            remedy="say in a few words what the change does, as in: add the client of Acme",
        )
    return made


def _wrong(made: Message) -> str:
    if not made.what.isprintable() or not made.what:
        return "says nothing that can be printed"
    if made.what.endswith("."):
        return "ends with a full stop"
    if len(made.subject) > MOST_CHARS:
        return f"is longer than {MOST_CHARS} characters"
    if SUBJECT.fullmatch(made.subject) is None:
        return f"is none of the convention: {made.subject!r} (types: {', '.join(TYPES)})"
    return ""
