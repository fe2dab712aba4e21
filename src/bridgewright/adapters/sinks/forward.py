"""Forwarding: a source's events handed on to an HTTP URL, for applications in any language."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING

import httpx2

from bridgewright.core.errors import ForwardRefused, PermanentFailure, RetryLater
from bridgewright.core.model.moment import from_datetime
from bridgewright.core.signing.standard import sign_standard, signing_key
from bridgewright.engine.drive.clock import now

if TYPE_CHECKING:
    from bridgewright.core.model.event import Event
    from bridgewright.core.model.secret import Secret

LONGEST_PUSHBACK_S = 86_400.0
_GONE = 410
_PUSHBACK = frozenset({429, 502, 503, 504})


class Forwarder:
    """An async handler that posts each event's body, byte for byte, signed as Standard Webhooks.

    `webhook-id` is the same at every attempt and after a redrive, so that the target can recognise
    a repeat. 2xx is success. 410 buries the event (the specification's way to say "stop").
    429, 502, 503 and 504 with `Retry-After` in seconds are waited for, up to a day; anything else,
    silence included, is an ordinary failed attempt. Redirects are not followed. `timeout_s` bounds
    the whole exchange.
    """

    __slots__ = ("_clients", "_key", "_timeout_s", "_url")

    def __init__(self, url: str, secret: Secret, *, timeout_s: float = 15.0) -> None:
        self._url = url
        self._key = signing_key(secret.reveal())
        self._timeout_s = timeout_s
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = (
            weakref.WeakKeyDictionary()
        )

    def __repr__(self) -> str:
        return "Forwarder(url=****)"

    async def __call__(self, event: Event) -> None:
        """Hand one event on."""
        fields = [
            *sign_standard([self._key], _message_id(event), event.body, now()),
            (b"content-type", event.headers.get("content-type", "application/json").encode()),
            (b"bridgewright-source", event.source.encode()),
            (b"bridgewright-event-type", event.type.encode("ascii", "replace")),
        ]
        try:
            async with asyncio.timeout(self._timeout_s):
                request = self._client().stream(
                    "POST", self._url, content=event.body, headers=fields
                )
                async with request as response:
                    status, pushback = response.status_code, response.headers.get("retry-after")
        except TimeoutError:
            msg = f"the target did not answer within {self._timeout_s:g} s"
            raise ForwardRefused(msg) from None
        except httpx2.HTTPError as error:
            msg = f"the target could not be reached ({type(error).__name__})"
            raise ForwardRefused(msg) from None
        _judge(status, pushback)

    async def close(self) -> None:
        """Close the connections kept open for the running loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = httpx2.AsyncClient(timeout=None, follow_redirects=False, trust_env=False)
            self._clients[loop] = client
        return client


def _message_id(event: Event) -> str:
    return f"bw_{event.id}_{from_datetime(event.received_at)}"


def _judge(status: int, pushback: str | None) -> None:
    if 200 <= status < 300:  # noqa: PLR2004 - the class of success
        return
    text = f"the target answered {status}"
    if status == _GONE:
        raise PermanentFailure(text)
    if status in _PUSHBACK and pushback is not None and pushback.isascii() and pushback.isdigit():
        after_s = min(float(pushback[:12]), LONGEST_PUSHBACK_S)
        raise RetryLater(after_s, text)
    raise ForwardRefused(text)
