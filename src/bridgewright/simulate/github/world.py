"""Everything that a simulated GitHub holds, and who may see it."""

from __future__ import annotations

import base64
import functools
import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridgewright.simulate.github.git import Objects
from bridgewright.simulate.github.records import Account, Grant, Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.github.deliveries import Hooks
    from bridgewright.simulate.github.limits import Meter
    from bridgewright.simulate.github.records import (
        CheckRun,
        Comment,
        Hook,
        Issue,
        Label,
        Review,
        Status,
    )
    from bridgewright.simulate.wire import Content

OCTO, HELLO, ORGANIZATION = "octo", "hello", "octo-org"
"""Who is there from the beginning: octo, with the repository octo/hello, in the organization octo-org."""
_REMEMBERED = 256
AN_HOUR_S = 3_600.0
"""How long the token of an installation is good for."""
SLUG = "simulated"
BOT = f"{SLUG}[bot]"
INSTALLATION = 3
APP = 1
PERMISSIONS = {
    "administration": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "repository_hooks": "write",
    "statuses": "write",
}
"""What the app may do wherever it is installed."""


class Repository:
    """One repository and all that is in it. `roles` says who may push or administrate, besides its
    owner; whoever has a role sees it though it be private."""

    def __init__(self, number: int, owner: str, name: str, at_s: float) -> None:
        self.number = number
        self.owner = owner
        self.name = name
        self.description: str | None = None
        self.private = False
        self.default_branch = "main"
        self.parent = ""
        self.made_at_s = self.changed_at_s = self.pushed_at_s = at_s
        self.numbers = itertools.count(1)
        self.roles: dict[str, str] = {}
        self.refs: dict[str, str] = {}
        self.issues: dict[int, Issue] = {}
        self.labels: dict[str, Label] = {}
        self.comments: dict[int, Comment] = {}
        self.reviews: dict[int, Review] = {}
        self.checks: dict[int, CheckRun] = {}
        self.statuses: list[Status] = []
        self.hooks: dict[int, Hook] = {}
        self.stars: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"Repository({self.full_name!r})"

    @property
    def full_name(self) -> str:
        """Owner and name: `octo/hello`."""
        return f"{self.owner}/{self.name}"

    @property
    def head(self) -> str:
        """The commit that its default branch stands at, "" while it is empty."""
        return self.refs.get(f"heads/{self.default_branch}", "")


class World:
    """The whole of it; `url` is where its API is. Names of people and repositories are found whatever
    their case, as at GitHub."""

    def __init__(self, now: Callable[[], float], hooks: Hooks, meter: Meter, url: str = "") -> None:
        self.now = now
        self.hooks = hooks
        self.meter = meter
        self.url = url
        self.lifetime_s = AN_HOUR_S
        self.made = 0
        self.objects = Objects()
        self.app_hook: Hook | None = None
        self.members: dict[str, set[str]] = {}
        self.tokens: dict[str, str] = {}
        self.grants: dict[str, Grant] = {}
        self.installations: dict[int, Installation] = {}
        self._serial = itertools.count(1)
        self._accounts: dict[str, Account] = {}
        self._repositories: dict[str, Repository] = {}
        self.began_at_s = now()

    def serial(self) -> int:
        """A number that nothing else has."""
        return next(self._serial)

    @property
    def repositories(self) -> tuple[Repository, ...]:
        """All of them, the oldest first; safe to ask for from any thread."""
        return tuple(self._repositories.values())

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Everybody, the oldest first."""
        return tuple(self._accounts.values())

    def account(self, login: str) -> Account | None:
        """Somebody of that name, or None."""
        return self._accounts.get(login.lower())

    def known(self, login: str) -> Account:
        """Somebody who is there: what was made names nobody else."""
        return self._accounts[login.lower()]

    def enrol(self, login: str, kind: str = "User") -> Account:
        """The account of that name, made when there is none."""
        found = self.account(login)
        if found is None:
            found = Account(self.serial(), login, kind, self.now())
            self._accounts[login.lower()] = found
        return found

    def repository(self, full_name: str) -> Repository | None:
        """A repository by `owner/name`, or None."""
        return self._repositories.get(full_name.lower())

    def found(self, repository: str) -> Repository:
        """A repository that is there: nothing names another."""
        return self._repositories[repository.lower()]

    def keep(self, owner: str, name: str) -> Repository:
        """A new, empty repository."""
        made = Repository(self.serial(), owner, name, self.now())
        self._repositories[made.full_name.lower()] = made
        return made

    def forget(self, repository: Repository) -> None:
        """Take a repository away with all that is in it."""
        self._repositories.pop(repository.full_name.lower(), None)
        for number in repository.hooks:
            self.hooks.forget(f"repos/{repository.full_name}/hooks/{number}")

    def install(self, login: str, number: int | None = None) -> Installation:
        """The app on somebody's account, on all repositories and with all that it may do."""
        number = number or self.serial()
        made = Installation(number, login, PERMISSIONS, self.now())
        self.installations[number] = made
        return made

    def issue(self, grant: Grant) -> str:
        """A new token of an installation, in GitHub's form; `made` counts them."""
        self.made += 1
        word = f"ghs_{self.made:036d}"
        self.grants[word] = grant
        return word

    def role(self, login: str, repository: Repository) -> str:
        """What somebody is to a repository: admin, push, or "" for a stranger."""
        if login == repository.owner or login in self.members.get(repository.owner, ()):
            return "admin"
        return repository.roles.get(login, "")

    def sees(self, login: str, repository: Repository) -> bool:
        """Whether somebody may know that a repository is there."""
        return not repository.private or self.role(login, repository) != ""


def stamp(at_s: float | None) -> str | None:
    """An instant as GitHub writes it, `2026-09-21T14:13:20Z`; None for none."""
    if at_s is None:
        return None
    return _written(int(at_s))


@functools.lru_cache(maxsize=_REMEMBERED)
def _written(second: int) -> str:
    """What happens within a second is written alike, and writing it is dear."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@functools.lru_cache(maxsize=_REMEMBERED)
def node(kind: str, number: int) -> str:
    """The global id of an object, in GitHub's form."""
    packed = base64.urlsafe_b64encode(number.to_bytes(8, "big")).decode().rstrip("=")
    return f"{kind}_kwDO{packed}"


def whole(world: World) -> Content:
    """Everything, as its operator sees it: no token, no secret."""
    return {
        "accounts": [each.login for each in world.accounts],
        "installations": sorted(world.installations),
        "repositories": {each.full_name: _held(each) for each in world.repositories},
    }


def _held(repository: Repository) -> Content:
    return {
        "private": repository.private,
        "refs": dict(repository.refs),
        "labels": [each.name for each in tuple(repository.labels.values())],
        "issues": [
            {
                "number": each.number,
                "title": each.title,
                "state": each.state,
                "labels": list(each.labels),
                "pull_request": each.pull is not None,
                "merged": each.pull is not None and each.pull.merged_at_s is not None,
            }
            for each in tuple(repository.issues.values())
        ],
        "comments": len(repository.comments),
        "reviews": len(repository.reviews),
        "check_runs": len(repository.checks),
        "statuses": len(repository.statuses),
        "hooks": [
            {"id": each.number, "url": each.url, "events": list(each.events), "on": each.active}
            for each in tuple(repository.hooks.values())
        ],
    }
