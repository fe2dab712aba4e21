"""What plain requests are authorised with: a field of the header, or a token that OAuth2 grants.

The secret joins a request below httpx2: neither its objects nor its exceptions hold it. A flow says what
has to be called and waited for, step by step; the transport's drivers do it, from threads and from event
loops, so that one token is made for all of them, whoever asks.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode, urlsplit

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import NS_PER_S, Request
from bridgewright.engine.drive.granted import Granted, Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.call import Ticks
    from bridgewright.core.model.secret import Secret
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.connection import Connection
    from bridgewright.engine.drive.granted import Credentials, Flow

KEY_HEADER = "X-Api-Key"
"""Where an API key goes unless it is told otherwise."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "bearer": ("token",),
    "api_key": ("api_key",),
    "basic": ("username", "password"),
    "oauth2": ("client_id", "client_secret"),
}
"""The credentials of each kind, as `[connections.NAME.secrets]` names them."""
EARLY_S = 60.0
"""A token is replaced when it has less left, or less than a tenth, but not in its first half: while one
caller does, the others use the old one."""
MARGIN_S = 10.0
"""A token with less left, or less than a tenth, is not used any more: it could expire on its way."""
USUAL_S = 3_600.0
"""How long a token is good when its answer does not say (RFC 6749, 5.1 recommends that it does)."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Word:
    """A field of the header that is the same for every request; one that a request brings stands."""

    name: str
    value: str = field(repr=False)

    def flow(self, request: Request) -> Flow:
        """One call."""
        return (yield _with(request, self.name, self.value))


class Grant:
    """OAuth2 client credentials (RFC 6749, 4.4).

    The client shows itself by Basic, which every server of this grant must take (RFC 6749, 2.3.1).
    """

    __slots__ = ("_form", "_granted", "_now", "_word", "url")

    def __init__(
        self, url: str, client: tuple[Secret, Secret], scopes: str, now: Callable[[], Ticks]
    ) -> None:
        self.url = url
        name, secret = (quote_plus(each.reveal()) for each in client)
        self._word = _basic(name, secret)
        wanted = {"scope": scopes} if scopes else {}
        self._form = urlencode({"grant_type": "client_credentials", **wanted}).encode()
        self._now = now
        self._granted = Granted(self._fetch, now)

    def __repr__(self) -> str:
        return f"Grant({self.url})"

    def flow(self, request: Request) -> Flow:
        """One call with the token; another with a new one when it is refused."""
        return (yield from self._granted.flow(request, _bearing))

    def _fetch(self) -> Flow:
        began = self._now()
        return _read((yield self._asking()), began)

    def _asking(self) -> Request:
        headers = (
            ("accept", "application/json"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", self._word),
        )
        return Request("POST", self.url, headers, self._form)


def credentials_of(connection: Connection) -> Credentials | None:
    """What a connection's requests are authorised with, None for nothing.

    `ConfigurationError` for credentials of two kinds, for half of a pair, and for OAuth2 without a
    `token_url`, or with one that a stranger could listen to.
    """
    place, secrets, options = (
        f"connection {connection.name}",
        connection.secrets,
        connection.options,
    )
    kinds = [kind for kind, names in KINDS.items() if secrets.keys() & set(names)]
    if len(kinds) > 1:
        problem = f"has credentials of two kinds: {' and '.join(kinds)}"
        raise ConfigurationError(problem, place=place, remedy="keep those that the API wants")
    if not kinds:
        return None
    [kind] = kinds
    missing = [name for name in KINDS[kind] if name not in secrets]
    if missing:
        problem = f"has no {missing[0]}, which {kind} needs"
        remedy = (
            f'refer to it under [connections.{connection.name}.secrets]: {missing[0]} = "env:NAME"'
        )
        raise ConfigurationError(problem, place=place, remedy=remedy)
    first, *more = (secrets[name] for name in KINDS[kind])
    if kind == "oauth2":
        url = _token_url(options.get("token_url", ""), place)
        return Grant(url, (first, more[0]), options.get("scopes", ""), connection.caller.now)
    if kind == "api_key":
        return Word(options.get("key_header", KEY_HEADER).lower(), first.reveal())
    word = _basic(first.reveal(), more[0].reveal()) if more else f"Bearer {first.reveal()}"
    return Word("authorization", word)


def _token_url(url: str, place: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname:
        problem = "has a client_id, and no token_url to show it at"
        raise ConfigurationError(problem, place=place, remedy='say where: token_url = "https://…"')
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        problem = "has a token_url that is not https, and the client's secret would go there"
        raise ConfigurationError(problem, place=place, remedy="use https (RFC 6749, 3.2)")
    return url


def _read(call: Call, began: Ticks) -> Lease | Call:
    """The token in an answer, counted from when it was asked for."""
    if call.error is not None or call.response is None:
        return call
    found: dict[str, Any] = json.loads(call.response.body)
    told = found.get("expires_in")
    good_s = USUAL_S
    if isinstance(told, int | float | str):
        try:
            good_s = max(0.0, min(float(told), 10 * 86_400.0))
        except ValueError:
            good_s = USUAL_S
    early_s = good_s - min(max(EARLY_S, good_s / 10), good_s / 2)
    last_s = good_s - min(MARGIN_S, good_s / 10)
    ends_at = began + int(last_s * NS_PER_S)
    return Lease(str(found["access_token"]), began + int(early_s * NS_PER_S), ends_at)


def _basic(name: str, secret: str) -> str:
    return f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"


def _with(request: Request, name: str, value: str) -> Request:
    if request.header(name) is not None:
        return request
    return replace(request, headers=(*request.headers, (name, value)))


def _bearing(request: Request, token: str) -> Request:
    return _with(request, "authorization", f"Bearer {token}")
