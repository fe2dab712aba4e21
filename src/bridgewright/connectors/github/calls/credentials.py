"""What requests are authorised with: a token, a GitHub App, or one of its installations.

A flow says what has to be called and waited for, step by step; the transport's drivers do it, from
threads and from event loops. So one token is made for all of them, whoever asks.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import httpx
import jwt
from githubkit.auth.base import BaseAuthStrategy

from bridgewright.connectors.github.calls.transport import CREDENTIALS
from bridgewright.connectors.github.paths import segments
from bridgewright.core.model.call import NS_PER_S, Request
from bridgewright.engine.drive.calling import begin_anew_after_fork, make_lock

if TYPE_CHECKING:
    from githubkit import GitHubCore

    from bridgewright.core.model.call import Response, Ticks
    from bridgewright.core.model.secret import Secret
    from bridgewright.engine.call.call import Call

Flow = Generator[Request | Future[Any], Any, Any]
"""Yields a request to call, or a future to wait for; is sent the call, or what the future brought (the
future itself when the deadline came first). Returns the call that answers what was asked."""

EARLY_S = 300.0
"""A token is replaced when it has less left: while one caller does, the others use the old one."""
MARGIN_S = 60.0
"""A token with less left is not used any more: it could expire on its way."""
SKEW_S = 30.0
"""A clock that is wrong by more is corrected, by the server's, when the server refuses our word."""
_JWT_BACK_S, _JWT_AHEAD_S = 60, 540
_OK, _UNAUTHORIZED = 300, 401
_APP_ONLY = re.compile(r"(?:app|marketplace_listing)(?:/.*)?|(?:orgs|users|repos)/.+/installation")


class Credentials(Protocol):
    """Authorises requests."""

    def flow(self, request: Request) -> Flow:
        """Have the request called as ours."""


class Strategy(BaseAuthStrategy):
    """How githubkit is told whose a request is. The secret joins it below the SDK: neither its objects
    nor its exceptions hold it."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials

    def __repr__(self) -> str:
        return f"Strategy({self.credentials})"

    def get_auth_flow(self, github: GitHubCore[Any]) -> httpx.Auth:
        """What marks the requests of one client."""
        del github
        return _Mark(self.credentials)


class _Mark(httpx.Auth):
    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.extensions[CREDENTIALS] = self._credentials
        yield request


@dataclass(frozen=True, slots=True)
class Token:
    """A token that somebody made at GitHub."""

    secret: Secret

    def flow(self, request: Request) -> Flow:
        """One call."""
        return (yield _authorised(request, f"Bearer {self.secret.reveal()}"))


class App:
    """A GitHub App: it signs for itself, for ten minutes at most."""

    __slots__ = ("_key", "app_id", "skew_s")

    def __init__(self, app_id: str, key: Secret) -> None:
        self.app_id = app_id
        self._key = key
        self.skew_s = 0.0

    def __repr__(self) -> str:
        return f"App({self.app_id})"

    def flow(self, request: Request) -> Flow:
        """One call; a second one when only our clock was wrong."""
        call = yield self.signed(request)
        if _is_refused(call) and self.corrected(call.response):
            call = yield self.signed(request)
        return call

    def signed(self, request: Request) -> Request:
        """The request with the app's word, good for nine minutes by the server's clock."""
        now = int(time.time() + self.skew_s)
        claims = {"iss": self.app_id, "iat": now - _JWT_BACK_S, "exp": now + _JWT_AHEAD_S}
        return _authorised(request, f"Bearer {jwt.encode(claims, self._key.reveal(), 'RS256')}")

    def corrected(self, response: Response) -> bool:
        """Whether the server's clock tells another time than the one we signed with."""
        at = _date(response)
        skew_s = 0.0 if at is None else at - time.time()
        if abs(skew_s - self.skew_s) < SKEW_S:
            return False
        self.skew_s = skew_s
        return True


@dataclass(frozen=True, slots=True)
class Lease:
    """An installation's token and how long it is good, in ticks of ours."""

    token: str
    early_at: Ticks
    ends_at: Ticks

    def __repr__(self) -> str:
        return "Lease(****)"


class Installation:
    """An installation of an app. Its token is made when it is first needed, before it expires, and when
    GitHub refuses it; by one caller, for all that wait.

    `wanted` narrows the token (`repositories`, `repository_ids`, `permissions`), as GitHub names them;
    `tokens_url` is where it is made.
    """

    __slots__ = (
        "__weakref__",
        "_flight",
        "_lease",
        "_lock",
        "app",
        "number",
        "tokens_url",
        "wanted",
    )

    def __init__(
        self, app: App, number: int, base_url: str, wanted: dict[str, Any] | None = None
    ) -> None:
        self.app = app
        self.number = number
        self.wanted = wanted or {}
        self.tokens_url = f"{base_url.rstrip('/')}/app/installations/{number}/access_tokens"
        self._lease: Lease | None = None
        self.after_fork()
        begin_anew_after_fork(self)

    def __repr__(self) -> str:
        return f"Installation({self.number} of {self.app})"

    def after_fork(self) -> None:
        """A child knows the token, and nobody who is making one."""
        self._lock = make_lock()
        self._flight: Future[Lease | Call | None] | None = None

    def flow(self, request: Request) -> Flow:
        """One call with the installation's token; another with a new one when it is refused."""
        if _APP_ONLY.fullmatch("/".join(segments(urlsplit(request.url).path))):
            return (yield from self.app.flow(request))
        lease = yield from self._leased(request, None)
        if not isinstance(lease, Lease):
            return lease
        call = yield _authorised(request, f"token {lease.token}")
        if not _is_refused(call) or not _again(request):
            return call
        lease = yield from self._leased(request, lease)
        if not isinstance(lease, Lease):
            return lease
        return (yield _authorised(request, f"token {lease.token}"))

    def _leased(self, request: Request, spent: Lease | None) -> Flow:
        """A good token that is not the spent one, or the call that brought none."""
        ours: Future[Lease | Call | None] = Future()
        while True:
            with self._lock:
                lease, flight = self._lease, self._flight
                now = time.monotonic_ns()
                good = lease is not None and lease is not spent and now < lease.ends_at
                if lease is not None and good and (now < lease.early_at or flight is not None):
                    return lease
                if flight is None:
                    self._flight = ours
            if flight is None:
                made = yield from self._made(ours)
                return lease if good and not isinstance(made, Lease) else made
            made = yield flight
            if made is flight:  # the deadline came first: the engine says so in its own words
                return (yield request)
            if made is not None:
                return made

    def _made(self, flight: Future[Lease | Call | None]) -> Flow:
        """Make a token, for us and for those who wait."""
        made: Lease | Call | None = None
        try:
            call = yield from self.app.flow(self._asking())
            made = self._read(call)
            return made
        finally:  # whoever waits for a caller that gave up begins anew
            with self._lock:
                if isinstance(made, Lease):
                    self._lease = made
                self._flight = None
            flight.set_result(made)

    def _asking(self) -> Request:
        headers = (("accept", "application/vnd.github+json"), ("content-type", "application/json"))
        return Request("POST", self.tokens_url, headers, json.dumps(self.wanted).encode())

    def _read(self, call: Call) -> Lease | Call:
        """The token in an answer; its end counts from the server's own time, whatever ours says."""
        if call.error is not None or call.response is None:
            return call
        found = json.loads(call.response.body)
        now_s = _date(call.response)
        now_s = time.time() + self.app.skew_s if now_s is None else now_s
        ends = datetime.fromisoformat(found["expires_at"]).astimezone(UTC).timestamp()
        ends_at = time.monotonic_ns() + int((ends - now_s - MARGIN_S) * NS_PER_S)
        return Lease(found["token"], ends_at - int((EARLY_S - MARGIN_S) * NS_PER_S), ends_at)


def _authorised(request: Request, word: str) -> Request:
    others = (pair for pair in request.headers if pair[0] != "authorization")
    return replace(request, headers=(*others, ("authorization", word)))


def _is_refused(call: Call) -> bool:
    return call.response is not None and call.response.status == _UNAUTHORIZED


def _again(request: Request) -> bool:
    body = request.body
    return body is None or isinstance(body, bytes) or body.replayable


def _date(response: Response) -> float | None:
    value = response.header("date")
    try:
        return None if value is None else parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
