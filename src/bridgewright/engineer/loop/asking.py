"""What is asked for, from an issue at GitHub or from a prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.redact.values import redacted
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.guidance.visible import visible
from bridgewright.engineer.loop.tools.words import shortened
from bridgewright.engineer.loop.words import MOST_TASK_CHARS, Task

if TYPE_CHECKING:
    from bridgewright.core.redact.redaction import Redaction
    from bridgewright.engineer.delivery.hub import Hub, Place

PEOPLE = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Whose issues are taken: of who may write there anyway (author_association of REST, read 2026-11)."""
_OK = 200
_MOST_TITLE = 200
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
"""What GitHub's page of an issue does not show: nobody who read it there knows of it."""


def prompted(text: str, redaction: Redaction) -> Task:
    """The task that a person gave by hand. `ConfigurationError` for none, and for one that is too long."""
    if not text.strip() or len(text) > MOST_TASK_CHARS:
        raise ConfigurationError(
            f"a task has 1 to {MOST_TASK_CHARS} characters, not {len(text.strip())}",
            remedy="say what is to be integrated, and where its documentation is in the project",
        )
    return Task("", _shown(text, redaction))


def issued(hub: Hub, place: Place, number: int, redaction: Redaction, *, anybody: bool) -> Task:
    """The task that an issue is. `ConfigurationError` for one that is closed, is a pull request, or is by
    somebody who may not write to the repository, unless `anybody` is asked for; `DeliveryError` when GitHub
    does not give it."""
    answer = hub.ask("GET", f"repos/{place.slug}/issues/{number}")
    where = f"{place.slug}#{number}"
    if answer.status != _OK or not isinstance(answer.content, dict):
        raise DeliveryError(
            End.REFUSED,
            f"GitHub gives no issue {where}: {answer.said}",
            remedy="look at its number",
        )
    found = cast("dict[str, Any]", answer.content)
    author = str((found.get("user") or {}).get("login", ""))
    role = str(found.get("author_association", "NONE"))
    if "pull_request" in found or found.get("state") != "open":
        what = "is a pull request" if "pull_request" in found else "is not open"
        raise ConfigurationError(what, place=where, remedy="name an open issue")
    if role not in PEOPLE and not anybody:
        raise ConfigurationError(
            f"is by {author or 'somebody'}, who has no part in the repository ({role.lower()})",
            place=where,
            remedy="read it, and add --from-anybody if it may be worked on; its text is data for the"
            " model all the same",
        )
    title = _shown(str(found.get("title") or ""), redaction)[:_MOST_TITLE]
    text = _shown(_COMMENT.sub("", str(found.get("body") or "")), redaction)
    return Task(title, shortened(text, MOST_TASK_CHARS), number, author)


def _shown(text: str, redaction: Redaction) -> str:
    """Without what cannot be seen, and without secrets and personal data."""
    return redacted(visible(text)[0], redaction, named=True)
