"""Forwarding: a source's events handed on to an HTTP URL, for applications in any language."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING

import httpcore2
import httpx2

from bridgewright.adapters.sinks.guarded import Guarded
from bridgewright.core.errors import ForwardRefused, PermanentFailure, RetryLater
from bridgewright.core.model.moment import from_datetime
from bridgewright.core.signing import keyring
from bridgewright.core.signing.standard import sign_standard, signing_key
from bridgewright.engine.drive.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridgewright.adapters.sinks.guarded import LookUp
    from bridgewright.core.model.event import Event
    from bridgewright.core.model.network import Network
    from bridgewright.core.model.secret import Secret

MOST_CONNECTIONS = 100
MOST_IDLE = 20
IDLE_S = 5.0
LONGEST_PUSHBACK_S = 86_400.0
_GONE = 410
_PUSHBACK = frozenset({429, 502, 503, 504})
_WIRE = (
    httpcore2.ProtocolError,
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    OSError,
)


class Forwarder:
    """An async handler that posts each event's body, byte for byte, signed as Standard Webhooks.

    Every key signs each event, in the order given: a receiver takes any signature that its own key
    verifies, so that either side can change keys without losing an event. `whsec_` keys sign as `v1`,
    `whsk_` keys as `v1a`.

    `webhook-id` is the same at every attempt and after a redrive, so that the target can recognise
    a repeat. 2xx is success. 410 buries the event (the specification's way to say "stop").
    429, 502, 503 and 504 with `Retry-After` in seconds are waited for, up to a day; anything else,
    silence included, is an ordinary failed attempt. Redirects are not followed. `timeout_s` bounds
    the whole exchange.

    Nothing is sent to an address outside the public internet unless one of `allowed` holds it. That
    too is a failed attempt: no event is lost while an operator mends a name or a setting.
    `resolver` makes what finds a name's addresses, once for each event loop.
    """

    __slots__ = ("_allowed", "_keys", "_pools", "_resolver", "_target", "_timeout_s")

    def __init__(
        self,
        url: str,
        secrets: Sequence[Secret],
        *,
        resolver: Callable[[], LookUp],
        allowed: Sequence[Network] = (),
        timeout_s: float = 15.0,
    ) -> None:
        self._target = httpx2.URL(url)
        self._keys = keyring.bind("forward", secrets, signing_key).keys
        self._resolver = resolver
        self._allowed = tuple(allowed)
        self._timeout_s = timeout_s
        self._pools: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, httpcore2.AsyncConnectionPool
        ] = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        return "Forwarder(url=****)"

    async def __call__(self, event: Event) -> None:
        """Hand one event on."""
        try:
            async with asyncio.timeout(self._timeout_s):
                status, pushback = await self._post(event)
        except TimeoutError:
            msg = f"the target did not answer within {self._timeout_s:g} s"
            raise ForwardRefused(msg) from None
        except _WIRE as error:
            msg = f"the target could not be reached ({type(error).__name__})"
            raise ForwardRefused(msg) from None
        _judge(status, pushback)

    async def _post(self, event: Event) -> tuple[int, bytes | None]:
        """The status of the answer, and its `Retry-After`."""
        fields = [
            (b"host", self._target.netloc),
            (b"user-agent", b"bridgewright"),
            *sign_standard(self._keys, _message_id(event), event.body, now()),
            (b"content-type", event.headers.get("content-type", "application/json").encode()),
            (b"bridgewright-source", event.source.encode()),
            (b"bridgewright-event-type", event.type.encode("ascii", "replace")),
        ]
        url = httpcore2.URL(
            scheme=self._target.raw_scheme,
            host=self._target.raw_host,
            port=self._target.port,
            target=self._target.raw_path,
        )
        limits = {"timeout": {"connect": self._timeout_s}}
        request = self._pool().stream(
            "POST", url, headers=fields, content=event.body, extensions=limits
        )
        async with request as response:
            found = (value for name, value in response.headers if name.lower() == b"retry-after")
            return response.status, next(found, None)

    async def close(self) -> None:
        """Close the connections kept open for the running loop."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()

    def _pool(self) -> httpcore2.AsyncConnectionPool:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            pool = self._pools[loop] = httpcore2.AsyncConnectionPool(
                ssl_context=httpx2.create_ssl_context(trust_env=False),
                max_connections=MOST_CONNECTIONS,
                max_keepalive_connections=MOST_IDLE,
                keepalive_expiry=IDLE_S,
                network_backend=Guarded(self._resolver(), self._allowed),
            )
        return pool


def _message_id(event: Event) -> str:
    return f"bw_{event.id}_{from_datetime(event.received_at)}"


def _judge(status: int, pushback: bytes | None) -> None:
    if 200 <= status < 300:  # noqa: PLR2004 - the class of success
        return
    text = f"the target answered {status}"
    if status == _GONE:
        raise PermanentFailure(text)
    if status in _PUSHBACK and pushback is not None and pushback.isdigit():
        after_s = min(float(pushback[:12]), LONGEST_PUSHBACK_S)
        raise RetryLater(after_s, text)
    raise ForwardRefused(text)
