"""GitHub on loopback: its world, its front, its hooks, and what a test asks of them."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Self

from bridgewright.connectors.github.webhook import WEBHOOK
from bridgewright.simulate.clock import WallClock
from bridgewright.simulate.desk import Desk
from bridgewright.simulate.dispatch import Dispatch
from bridgewright.simulate.github import cards, following, history, refs, repositories, triggers
from bridgewright.simulate.github.code_routes import CHECKS, CODE, REPOSITORIES
from bridgewright.simulate.github.deliveries import SCHEDULE, Hooks
from bridgewright.simulate.github.front import Front
from bridgewright.simulate.github.hook_routes import APPS, HOOKS
from bridgewright.simulate.github.issue_routes import ISSUES, PULLS
from bridgewright.simulate.github.limits import Limits, Meter
from bridgewright.simulate.github.trouble import refused
from bridgewright.simulate.github.world import (
    AN_HOUR_S,
    BOT,
    HELLO,
    INSTALLATION,
    OCTO,
    ORGANIZATION,
    World,
    whole,
)
from bridgewright.simulate.routes import Routes
from bridgewright.simulate.simulator import close_stand, open_stand
from bridgewright.simulate.stand import Mood, Stand, Trade

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.faults.rules import Faults
    from bridgewright.simulate.github.ask import Operation
    from bridgewright.simulate.github.world import Repository
    from bridgewright.simulate.routes import Match
    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.wire import Content, Heard, Reply

TOKEN = "ghp_simulated"  # noqa: S105 - it opens nothing
"""The personal token of octo, who owns octo/hello and belongs to octo-org."""
_REFUSALS = {
    403: "Resource not accessible by personal access token",
    404: "Not Found",
    429: "API rate limit exceeded",
    500: "Server Error",
    502: "Server Error",
    503: "Service unavailable",
    504: "We couldn't respond to your request in time.",
}
_SLOWER = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)


class GitHubSimulator:
    """A GitHub for tests, demos and proofs: `start` gives the base URL of its API.

    octo is there with the repository octo/hello, whose token is `TOKEN`; `join` makes more people.
    The app `simulated` is installed on octo's account as installation 3; its word (a JWT) is taken on
    trust, or verified by `app_key`, a public key in PEM, where one is given. Tokens of installations
    are good for `lifetime_s`, `made` counts them, and `revoke` ends them all. `limits` are GitHub's own
    unless told: who asks faster gets what GitHub says. `issues` and `issues_per` are what was really
    made; `hooks` are the deliveries of every hook.
    """

    def __init__(  # noqa: PLR0913 - each may be set alone
        self,
        clock: Clock | None = None,
        *,
        faults: Faults | None = None,
        slow_s: float = 1.0,
        lifetime_s: float = AN_HOUR_S,
        limits: Limits | None = None,
        app_key: str | None = None,
    ) -> None:
        clock = clock or WallClock()
        trade = Trade("github", ROUTES, self._answer, self._refused, Desk(self))
        self.stand = Stand(trade, clock, faults=faults, slow_s=slow_s)
        self.dispatch = Dispatch(clock, WEBHOOK.sign, SCHEDULE)
        self.hooks = Hooks(clock.now, self.dispatch)
        self._now = clock.now
        self._limits = limits or Limits()
        self._lock = threading.RLock()
        self._followed: dict[str, Path] = {}
        self._world: World = self._new(lifetime_s)
        self._front = Front(lambda: self._world, app_key)

    def _new(self, lifetime_s: float) -> World:
        world = World(self._now, self.hooks, Meter(self._limits), self.stand.url)
        world.lifetime_s = lifetime_s
        world.install(OCTO, INSTALLATION)
        octo = world.enrol(OCTO)
        world.enrol(BOT, "Bot")
        world.enrol(ORGANIZATION, "Organization")
        world.members[ORGANIZATION] = {OCTO}
        world.tokens[TOKEN] = OCTO
        repositories.found_new(world, OCTO, HELLO, octo)
        return world

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self, port: int = 0) -> str:
        """Open for business; the base URL that stands for https://api.github.com."""
        url = open_stand(self, port)
        self._world.url = url
        return url

    def close(self) -> None:
        """Hang up on everybody."""
        close_stand(self)

    @property
    def url(self) -> str:
        """Its base URL, while it is open."""
        return self.stand.url

    @property
    def triggers(self) -> Mapping[str, tuple[str, ...]]:
        """The events that can be made to happen, each with the paths it takes values for."""
        return triggers.TRIGGERS

    def state(self) -> Content:
        """Everything it holds: no token, no secret, no text of anybody's."""
        with self._lock:
            return whole(self._world)

    def reset(self) -> None:
        """Be as new."""
        with self._lock:
            self.stand.reset()
            self.dispatch.reset()
            self.hooks.reset()
            self._followed.clear()
            self._world = self._new(self._world.lifetime_s)

    def trigger(self, event_type: str, overrides: Mapping[str, str]) -> Content:
        """Make an event happen, with all that belongs to it; its payload."""
        with self._lock:
            return triggers.trigger(self._world, event_type, overrides)

    def be(self, mood: Mood, *, requests: int | None = None, seconds: float | None = None) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds)

    @property
    def made(self) -> int:
        """How many tokens of installations were made."""
        return self._world.made

    @property
    def lifetime_s(self) -> float:
        """How long the next token of an installation is good for."""
        return self._world.lifetime_s

    @lifetime_s.setter
    def lifetime_s(self, seconds: float) -> None:
        """Have the tokens that are made from now on end after so many seconds."""
        self._world.lifetime_s = seconds

    def revoke(self) -> None:
        """End every token that an installation has."""
        with self._lock:
            self._world.grants.clear()

    def join(self, login: str, repository: str = "", role: str = "push") -> str:
        """Somebody of that name, and their token; with a role (push or admin) in a repository, if one
        is named."""
        with self._lock:
            account = self._world.enrol(login)
            if repository:
                self._found(repository).roles[account.login] = role
            word = f"ghp_{account.number:036d}"
            self._world.tokens[word] = account.login
            return word

    def install(self, login: str) -> int:
        """The app on somebody's account; the number of the installation."""
        with self._lock:
            return self._world.install(self._world.enrol(login).login).number

    def push(
        self,
        repository: str,
        branch: str,
        files: Mapping[str, bytes | None],
        message: str = "Change",
    ) -> str:
        """A commit more on a branch, as by git; its name. A branch that is new begins at the default
        one; None takes a file away."""
        with self._lock:
            found = self._found(repository)
            sender = self._world.known(found.owner)
            objects, parent = self._world.objects, found.refs.get(f"heads/{branch}", found.head)
            tree = dict(objects.files(parent))
            for path, content in files.items():
                if content is None:
                    tree.pop(path, None)
                else:
                    tree[path] = objects.blob(content)
            person = history.person(self._world, sender)
            commit = objects.commit(tree, (parent,) if parent else (), message, person)
            refs.move(self._world, found, f"heads/{branch}", commit.sha, sender)
            return commit.sha

    def follow(self, repository: str, folder: Path) -> None:
        """Have a repository's branches be those of a real one on this machine, bare by preference: what
        git pushes there is seen before the next request is answered. Files are ordinary ones here, and
        what is merged by the API is not written back."""
        with self._lock:
            self._followed[self._found(repository).full_name] = folder

    def issues(self, repository: str) -> tuple[Content, ...]:
        """Every issue and pull request of a repository (`octo/hello`), the oldest first."""
        with self._lock:
            found = self._world.repository(repository)
            if found is None:
                return ()
            return tuple(cards.issue(self._world, found, each) for each in found.issues.values())

    def issues_per(self, repository: str) -> Counter[str]:
        """How many issues there are for each title."""
        return Counter(str(issue["title"]) for issue in self.issues(repository))

    def _found(self, repository: str) -> Repository:
        found = self._world.repository(repository)
        if found is None:
            raise ValueError(f"there is no repository {repository!r}")
        return found

    async def _answer(self, heard: Heard, match: Match[Operation], linger: Linger) -> Reply:
        await linger()
        with self._lock:
            for name, folder in self._followed.items():
                following.bring(self._world, self._found(name), folder)
            return self._front.answer(heard, match)

    def _refused(self, status: int) -> Reply:
        if status == 429:  # noqa: PLR2004 - which GitHub words as 403 too
            error = refused(403, _SLOWER, retry_after="1")
        else:
            error = refused(status, _REFUSALS.get(status, "Server Error"))
        return self._front.stamped(error.trouble.reply())


ROUTES: Routes[Operation] = Routes((*ISSUES, *PULLS, *REPOSITORIES, *CODE, *CHECKS, *HOOKS, *APPS))
