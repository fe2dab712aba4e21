"""What requests are authorised with: a token, a GitHub App, or one of its installations.

A flow says what has to be called and waited for, step by step; the transport's drivers do it, from
threads and from event loops. So one token is made for all of them, whoever asks.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import jwt
from githubkit.auth.base import BaseAuthStrategy

from bridgewright.connectors.github.calls.transport import CREDENTIALS
from bridgewright.connectors.github.paths import segments
from bridgewright.core.model.call import NS_PER_S, Request
from bridgewright.engine.drive.granted import Granted, Lease, is_refused

if TYPE_CHECKING:
    from collections.abc import Generator

    from githubkit import GitHubCore

    from bridgewright.core.model.call import Response
    from bridgewright.core.model.secret import Secret
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.drive.granted import Credentials, Flow

EARLY_S = 300.0
"""A token is replaced when it has less left: while one caller does, the others use the old one."""
MARGIN_S = 60.0
"""A token with less left is not used any more: it could expire on its way."""
SKEW_S = 30.0
"""A clock that is wrong by more is corrected, by the server's, when the server refuses our word."""
_JWT_BACK_S, _JWT_AHEAD_S = 60, 540
_APP_ONLY = re.compile(r"(?:app|marketplace_listing)(?:/.*)?|(?:orgs|users|repos)/.+/installation")


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
        if is_refused(call) and self.corrected(call.response):
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


class Installation:
    """An installation of an app. Its token is made when it is first needed, before it expires, and when
    GitHub refuses it; by one caller, for all that wait.

    `wanted` narrows the token (`repositories`, `repository_ids`, `permissions`), as GitHub names them;
    `tokens_url` is where it is made.
    """

    __slots__ = ("_granted", "app", "number", "tokens_url", "wanted")

    def __init__(
        self, app: App, number: int, base_url: str, wanted: dict[str, Any] | None = None
    ) -> None:
        self.app = app
        self.number = number
        self.wanted = wanted or {}
        self.tokens_url = f"{base_url.rstrip('/')}/app/installations/{number}/access_tokens"
        self._granted = Granted(self._fetch, time.monotonic_ns)

    def __repr__(self) -> str:
        return f"Installation({self.number} of {self.app})"

    def flow(self, request: Request) -> Flow:
        """One call with the installation's token; another with a new one when it is refused."""
        if _APP_ONLY.fullmatch("/".join(segments(urlsplit(request.url).path))):
            return (yield from self.app.flow(request))
        return (yield from self._granted.flow(request, _bearing))

    def _fetch(self) -> Flow:
        return self._read((yield from self.app.flow(self._asking())))

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


def _bearing(request: Request, token: str) -> Request:
    return _authorised(request, f"token {token}")


def _date(response: Response) -> float | None:
    value = response.header("date")
    try:
        return None if value is None else parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
