"""GitHub as a delivery needs it: four questions of its REST API, by whoever carries them there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from bridgewright.core.errors import ConfigurationError

GITHUB = "github.com"
_URL = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/\s]*@)?(?P<host>[A-Za-z0-9.-]+)(?::\d+)?/"
    r"|(?:[\w.-]+@)?(?P<scp>[A-Za-z0-9.-]+):(?!/))"
    r"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,38})/(?P<name>[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?"
)
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub answered: its status, and its JSON."""

    status: int
    content: Any = field(repr=False)

    @property
    def said(self) -> str:
        """What it complained of, in one line."""
        content = self.content if isinstance(self.content, dict) else {}
        errors = [
            str(each.get("message", each.get("code", ""))) if isinstance(each, dict) else str(each)
            for each in content.get("errors", ())
        ]
        text = "; ".join(filter(None, [str(content.get("message", "")), *errors]))
        return " ".join(text.split())[:600] or f"status {self.status}"


@dataclass(frozen=True, slots=True)
class Place:
    """A repository at a host: `owner/name`."""

    host: str
    slug: str

    @property
    def owner(self) -> str:
        """Whose it is."""
        return self.slug.partition("/")[0]


class Hub(Protocol):
    """Who carries a question to GitHub. An answer of any status is an answer; `DeliveryError` when none
    came (`unreachable`), or nobody may ask (`no_gh`)."""

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """One request below the API's root, such as `repos/octo/hello/pulls`."""
        ...


def place_of(url: str, slug: str = "") -> Place:
    """The repository that a remote's URL names; `slug` (`owner/name`) where the URL does not say it.
    `ConfigurationError` when neither does."""
    found = _URL.fullmatch(url)
    if slug:
        if _SLUG.fullmatch(slug) is None:
            raise ConfigurationError(f"{slug[:120]!r} is no repository", remedy="write owner/name")
        return Place((found["host"] or found["scp"]) if found else GITHUB, slug)
    if found is None:
        raise ConfigurationError(
            "the remote's URL does not say which repository of GitHub it is",
            remedy="name it with --repo owner/name",
        )
    return Place(found["host"] or found["scp"], f"{found['owner']}/{found['name']}")
