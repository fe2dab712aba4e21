"""One request as an operation of GitHub's gets it: what was asked, by whom, of which repository."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.github.callers import ANONYMOUS, INSTALLED
from bridgewright.simulate.github.schema import hold
from bridgewright.simulate.github.trouble import invalid, not_found, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.simulate.github.callers import Caller
    from bridgewright.simulate.github.records import Account
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.routes import Shape
    from bridgewright.simulate.wire import Content, Heard, Reply

_DIGITS = 18
_END_S = 253_402_214_400.0
"""The last day that a date can name."""
_LEVELS = {"": 0, "read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True, slots=True)
class Need:
    """What an operation asks of its caller: the permission of an app (one of several), and its level;
    of a person, `role` is "" (whoever sees the repository), push or admin."""

    permissions: tuple[str, ...]
    level: str = "read"
    role: str = ""
    apps_only: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """How an operation is carried out. `creates` counts against the limit of new content; `who` may
    ask: any, the app itself, or any for free (free)."""

    run: Callable[[Ask], Reply]
    need: Need | None = None
    creates: bool = False
    who: str = "any"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that is going to be carried out; `body` is as its schema says."""

    heard: Heard = field(repr=False)
    world: World = field(repr=False)
    caller: Caller
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Content = field(repr=False)
    need: Need | None = None

    @property
    def me(self) -> Account:
        """Who is seen to do it."""
        return self.world.known(self.caller.login)

    @property
    def repository(self) -> Repository:
        """The repository that the path names, when the caller may do there what is asked: 404 for what
        it may not see, 403 for what it may see and not do."""
        found = self.world.repository(f"{self.names['owner']}/{self.names['repo']}")
        if found is None:
            raise not_found()
        if self.caller.kind == INSTALLED:
            self._permit(found)
        elif not self.world.sees(self.caller.login, found):
            raise not_found()
        elif self.need is not None:
            self._allow(found, self.need)
        return found

    @property
    def can_push(self) -> bool:
        """Whether the caller is more than a reader of the repository."""
        found = self.world.repository(f"{self.names['owner']}/{self.names['repo']}")
        if found is None:
            return False
        return self.caller.kind == INSTALLED or self.world.role(self.caller.login, found) != ""

    def number(self, name: str) -> int:
        """A number in the path; what is none names nothing."""
        text = self.names[name]
        if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS:
            raise not_found()
        return int(text)

    def instant(self, name: str) -> float | None:
        """A field of the query that is an instant, in seconds since 1970, or None."""
        return instant_of(self.query.get(name), name)

    def _permit(self, repository: Repository) -> None:
        grant = self.caller.grant
        installation = None if grant is None else self.world.installations.get(grant.installation)
        if grant is None or installation is None:
            raise not_found()
        chosen = grant.repositories
        inside = installation.account == repository.owner and (
            chosen is None or repository.number in chosen
        )
        if self.need is None:
            if not inside and repository.private:
                raise not_found()
            return
        reads = self.need.level == "read"
        if not inside and repository.private:
            raise not_found()
        if not inside and reads:
            return
        held = max(_LEVELS[grant.permissions.get(each, "")] for each in self.need.permissions)
        public = reads and not repository.private and self.need.role == ""
        if not inside or (held < _LEVELS[self.need.level] and not public):
            raise refused(403, "Resource not accessible by integration")

    def _allow(self, repository: Repository, need: Need) -> None:
        if need.apps_only:
            raise refused(403, "You must authenticate via a GitHub App.")
        role = self.world.role(self.caller.login, repository)
        if need.role == "admin" and role != "admin":
            raise not_found()
        if need.role == "push" and role == "":
            raise refused(403, "Must have admin rights to Repository.")


def asked(heard: Heard, shape: Shape) -> Content:
    """The body of a request, as its schema has it: 400 for no JSON, 422 for another shape.

    A body that may be a bare list is one of labels. A DELETE may bring its fields in the query.
    """
    if shape.body is None:
        return {}
    content: Any = {}
    if heard.body.strip():
        content = _parsed(heard.body)
    elif heard.method == "DELETE":
        content = dict(heard.query)
    if isinstance(content, list) and "oneOf" in shape.body:
        content = {"labels": content}
    if not isinstance(content, dict):
        raise refused(400, "Body should be a JSON object")
    hold(content, shape.body)
    return content


def filters(query: Mapping[str, str], shape: Shape, resource: str) -> Mapping[str, str]:
    """The query, whose choices are held to: 422 for another value of one."""
    for name, schema in shape.query.items():
        if name in query and "enum" in schema and query[name] not in schema["enum"]:
            raise invalid(resource, name)
    return query


def instant_of(text: str | None, name: str) -> float | None:
    """What a text like `2026-09-21T14:13:20Z` says, in seconds since 1970."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        at_s = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        at_s = -1.0
    if not 0 <= at_s < _END_S:
        raise refused(422, f"Invalid request.\n\n{name} is not a valid date-time.")
    return at_s


def anonymous(caller: Caller) -> bool:
    """Whether nobody knows who asks."""
    return caller.kind == ANONYMOUS


def _parsed(body: bytes) -> Any:
    try:
        found = json.loads(body, parse_constant=_no_number)
        if b"\\ud" in body.lower():
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise refused(400, "Problems parsing JSON") from None
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)
