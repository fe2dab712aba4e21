"""Asking a server what came in: one question at a time, held open by the server until there is something."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import httpx2

from bridgewright.cli.listen.events import Away, Event, Page
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.moment import Moment

if TYPE_CHECKING:
    from bridgewright.core.model.secret import Secret

GRACE_S = 5.0
"""How much longer than it was asked to wait a server may take: its store may be busy."""
CONNECT_S = 5.0
_OK, _REDIRECT, _UNAUTHORIZED, _NOT_FOUND, _CONFLICT = 200, 300, 401, 404, 409


class Feed:
    """A source of one server. `heartbeat_s` is how long the server waits where there is nothing to tell:
    an answer at least so often is what makes it healthy."""

    __slots__ = ("_client", "_has_answered", "_heartbeat_s", "_is_new", "_source", "_token", "_url")

    def __init__(self, server: str, source: str, token: Secret, heartbeat_s: int) -> None:
        self._url = f"{server}/listen/{source}"
        self._source = source
        self._token = token
        self._heartbeat_s = heartbeat_s
        self._has_answered = False
        self._is_new = True
        self._client = self._opened()

    def __repr__(self) -> str:
        return f"Feed({self._url!r})"

    async def ask(self, after: int | None, since: Moment | None, limit: int | None = None) -> Page:
        """What came after an item (None: since then, or from now on); `Away` when nobody answers it, and
        `ConfigurationError` when asking again cannot help."""
        given = {"after": after, "since": since if after is None else None, "limit": limit}
        query = {name: value for name, value in given.items() if value is not None}
        # Over a new connection the first answer comes at once: whether anybody is there is known soon.
        query["wait_s"] = 0 if limit == 0 or self._is_new else self._heartbeat_s
        shown = {"authorization": f"Bearer {self._token.reveal()}"}
        try:
            answer = await self._client.get(self._url, params=query, headers=shown)
        except httpx2.TimeoutException:
            raise Away("no answer in time") from None
        except httpx2.HTTPError as error:
            raise Away(_words(error)) from None
        if answer.status_code != _OK:
            self._refuse(answer, after)
        self._has_answered, self._is_new = True, False
        try:
            return page_of(answer.json())
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise Away("the answer is not one of bridgewright serve") from None

    async def renew(self) -> None:
        """Leave every connection behind, and make new ones."""
        old, self._client, self._is_new = self._client, self._opened(), True
        await old.aclose()

    async def close(self) -> None:
        """Release the connection."""
        await self._client.aclose()

    def _opened(self) -> httpx2.AsyncClient:
        timeout = httpx2.Timeout(self._heartbeat_s + GRACE_S, connect=CONNECT_S)
        return httpx2.AsyncClient(timeout=timeout, follow_redirects=False)

    def _refuse(self, answer: httpx2.Response, after: int | None) -> None:
        status, why = answer.status_code, _why(answer)
        if status == _UNAUTHORIZED:
            problem = "the server does not take this token"
            remedy = "compare it with what [serve] listen_token refers to on the server"
        elif why == "unknown_source":
            problem = f"the server has no source {self._source!r}"
            remedy = "`bridgewright sources ls` lists its sources, there"
        elif why == "cursor_ahead":
            problem = (
                f"the cursor is at item {after}, which this server's store never had: it is another"
            )
            remedy = "begin anew with --since 1h, or give another --name"
        elif status == _NOT_FOUND and not self._has_answered:
            problem = "the server gives nothing to listeners, or is no bridgewright serve"
            remedy = "set [serve] listen_token there, and name its URL with --server"
        elif status // 100 == _REDIRECT // 100:
            problem = (
                f"the server answers {status}: it leads elsewhere, and the token is not taken there"
            )
            remedy = "name the place it leads to with --server"
        else:
            raise Away(f"the server answers {status}{f' ({why})' if why else ''}")
        raise ConfigurationError(problem, remedy=remedy)


def page_of(told: dict[str, Any]) -> Page:
    """What a server told, from its JSON; `KeyError`, `TypeError` or `ValueError` for what is none of ours."""
    return Page(
        provider=str(told["provider"]),
        at=Moment(int(told["at"])),
        reached=None if told["reached"] is None else int(told["reached"]),
        behind=bool(told["behind"]),
        held=bool(told["held"]),
        events=tuple(_event(one) for one in told["events"]),
    )


def _event(told: dict[str, Any]) -> Event:
    return Event(
        id=int(told["id"]),
        type=str(told["type"]),
        event_id=told["event_id"],
        received_at=Moment(int(told["received_at"])),
        headers=tuple((n.encode("latin-1"), v.encode("latin-1")) for n, v in told["headers"]),
        body=base64.b64decode(told["body"], validate=True),
        replays=told["replays"],
    )


def _why(answer: httpx2.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return ""
    why = told.get("error") if isinstance(told, dict) else None
    return why[:64] if isinstance(why, str) else ""


def _words(error: httpx2.HTTPError) -> str:
    """What went wrong on the way, without what was sent."""
    if isinstance(error, httpx2.ConnectError):
        return "nobody answers there"
    return f"the connection was lost ({type(error).__name__})"
