"""A GitHub that keeps issues in memory: create, list, get; tokens of installations; a little GraphQL.

Nothing here recognises a repeat, as nothing does at GitHub. Shapes after GitHub's REST API as the
schemas of `githubkit` 0.16 have it.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import Counter
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Self

from bridgewright.simulate.hooks import Hooks
from bridgewright.simulate.stand import Mood, Stand
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.wire import Content, Heard

TOKEN = "ghp_simulated"  # noqa: S105 - it opens nothing
"""The personal token that a simulator knows."""
AN_HOUR_S = 3_600.0
_ISSUES = re.compile(r"/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)/issues(?:/(?P<number>[0-9]+))?")
_TOKENS = re.compile(r"/app/installations/(?P<number>[0-9]+)/access_tokens")
_LIMIT = 5_000


class GitHubSimulator:
    """A GitHub for tests, demos and proofs: `start` gives the base URL of its API.

    A request needs `TOKEN`, or the token of an installation, which is made for whoever brings a
    signed word of an app (it is not verified) and is good for `lifetime_s`. `be` says how it treats
    requests; `issues` and `issues_per` are what it really made; `made` counts tokens. `now` is its
    clock. `revoke` ends every installation's token. `hooks` are what it told its hooks.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        *,
        lifetime_s: float = AN_HOUR_S,
        slow_s: float = 1.0,
    ) -> None:
        self.stand = Stand("github", self._answer, self._refused, slow_s=slow_s)
        self.lifetime_s = lifetime_s
        self.made = 0
        self._now = now
        self._serial = itertools.count(1)
        self._issues: dict[str, list[Content]] = {}
        self._tokens: dict[str, float] = {}
        self.hooks = Hooks(now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self) -> str:
        """Open for business; the base URL that stands for https://api.github.com."""
        return self.stand.start()

    def close(self) -> None:
        """Hang up on everybody."""
        self.stand.close()

    def be(self, mood: Mood, *, requests: int | None = None, seconds: float | None = None) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds)

    def revoke(self) -> None:
        """End every token that an installation has."""
        self._tokens.clear()

    def issues(self, repository: str) -> tuple[Content, ...]:
        """Every issue of a repository (`octo/hello`), oldest first."""
        return tuple(self._issues.get(repository, ()))

    def issues_per(self, repository: str) -> Counter[str]:
        """How many issues there are for each title."""
        return Counter(str(issue["title"]) for issue in self.issues(repository))

    async def _answer(self, heard: Heard, linger: Linger) -> Reply:
        await linger()
        return self._stamped(self._judged(heard))

    def _stamped(self, reply: Reply) -> Reply:
        number = next(self._serial)
        now = self._now()
        stamps = (
            ("date", formatdate(now, usegmt=True)),
            ("x-github-request-id", f"C0FE:{number:08X}"),
            ("x-ratelimit-limit", str(_LIMIT)),
            ("x-ratelimit-remaining", str(_LIMIT - number)),
            ("x-ratelimit-reset", str(int(now + AN_HOUR_S))),
        )
        told = {name for name, _ in reply.headers}
        kept = tuple(stamp for stamp in stamps if stamp[0] not in told)
        return Reply(reply.status, (*reply.headers, *kept), reply.body)

    def _refused(self, mood: Mood) -> Reply:
        if mood is Mood.THROTTLING:
            text = "You have exceeded a secondary rate limit. Please wait a few minutes."
            return self._stamped(_trouble(403, text, **{"retry-after": "1"}))
        return self._stamped(_trouble(503, "Service unavailable"))

    def _judged(self, heard: Heard) -> Reply:  # noqa: PLR0911 - one for each kind of path
        kind, _, word = (heard.header("authorization") or "").partition(" ")
        tokens = _TOKENS.fullmatch(heard.path)
        if tokens is not None or heard.path.partition("/hook/")[0] == "/app":
            signed = kind == "Bearer" and word.count(".") == 2  # noqa: PLR2004 - the parts of a JWT
            if not signed:
                return _trouble(401, "A JSON web token could not be decoded")
            if tokens is not None:
                return self._token()
            if heard.path == "/app":
                return json_reply({"id": 1, "slug": "simulated"})
            return self.hooks.answer(heard) or _trouble(404, "Not Found")
        if word != TOKEN and self._tokens.get(word, 0) <= self._now():
            return _trouble(401, "Bad credentials")
        if heard.path == "/graphql":
            return _graphql(heard)
        found = _ISSUES.fullmatch(heard.path)
        if found is None:
            return self.hooks.answer(heard) or _trouble(404, "Not Found")
        return self._about(heard, f"{found['owner']}/{found['repo']}", found["number"])

    def _token(self) -> Reply:
        self.made += 1
        token = f"ghs_{self.made:036d}"
        ends = self._now() + self.lifetime_s
        self._tokens[token] = ends
        at = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return json_reply({"token": token, "expires_at": at, "permissions": {}}, 201)

    def _about(self, heard: Heard, repository: str, number: str | None) -> Reply:
        issues = self._issues.setdefault(repository, [])
        if heard.method == "POST" and number is None:
            return self._create(heard, repository, issues)
        if number is None:
            body = json.dumps(issues[::-1]).encode()
            return Reply(200, (("content-type", "application/json; charset=utf-8"),), body)
        found = next((each for each in issues if str(each["number"]) == number), None)
        if found is None:
            return _trouble(404, "Not Found")
        if heard.method == "PATCH":
            found |= _asked(heard)
        return json_reply(found)

    def _create(self, heard: Heard, repository: str, issues: list[Content]) -> Reply:
        asked = _asked(heard)
        if not asked.get("title"):
            missing = {"resource": "Issue", "field": "title", "code": "missing_field"}
            return json_reply({"message": "Validation Failed", "errors": [missing]}, 422)
        number = len(issues) + 1
        at = datetime.fromtimestamp(int(self._now()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        issue = {
            "id": next(self._serial),
            "number": number,
            "title": asked["title"],
            "body": asked.get("body"),
            "state": "open",
            "url": f"https://api.github.com/repos/{repository}/issues/{number}",
            "created_at": at,
            "updated_at": at,
        }
        issues.append(issue)
        return json_reply(issue, 201)


def _graphql(heard: Heard) -> Reply:
    document = str(_asked(heard).get("query", ""))
    if "limited" in document:
        return json_reply(
            {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
        )
    return json_reply({"data": {"viewer": {"login": "octo"}}})


def _asked(heard: Heard) -> dict[str, Any]:
    try:
        found = json.loads(heard.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _trouble(status: int, message: str, **headers: str) -> Reply:
    content = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return json_reply(content, status, **headers)
