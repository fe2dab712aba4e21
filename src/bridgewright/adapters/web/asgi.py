"""The inbox as an ASGI 3 application: mounts under FastAPI, Starlette or Litestar at any prefix, or
stands alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from bridgewright.adapters.web.origin import url_of
from bridgewright.core.model.inbound import Answer, Delivery, Headers
from bridgewright.engine.drive.clock import Chance
from bridgewright.engine.receive import (
    TOO_LARGE,
    TOO_SLOW,
    UNKNOWN_SOURCE,
    WRONG_METHOD,
    Source,
)

if TYPE_CHECKING:
    from bridgewright.core.model.network import Network

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_TIMEOUT_S = 20.0
"""How long a sender may take to send its body; every provider we know gives up sooner itself."""


class Intake(Protocol):
    """What the inbox needs of the bridge. `trusted` are the networks of our own proxies."""

    @property
    def trusted(self) -> tuple[Network, ...]: ...

    def source_at(self, path: str) -> Source | None: ...

    def refused(self, answer: Answer, source: Source | None) -> Answer: ...

    async def take(self, source: Source, delivery: Delivery) -> Answer: ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class BodyTooLarge(Exception):
    """The body is larger than the source allows."""


class SenderGone(Exception):
    """The sender hung up before its body was complete."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """POST /<source> takes one delivery; anything else gets the answer its mistake deserves."""

    intake: Intake = field(repr=False)
    chance: Chance = field(default_factory=Chance, repr=False)
    body_timeout_s: float = BODY_TIMEOUT_S

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1003})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        source = self._find(scope)
        try:
            answer = await self._answer(scope, receive, source)
        except SenderGone:
            return
        await _reply(send, answer)

    async def _answer(self, scope: Scope, receive: Receive, source: Source | None) -> Answer:
        if source is None:
            return self.intake.refused(UNKNOWN_SOURCE, None)
        if scope["method"] != "POST" and source.greeting is None:
            return self.intake.refused(WRONG_METHOD, source)
        headers = Headers(scope["headers"])
        try:
            async with asyncio.timeout(self.body_timeout_s):
                body = await _read(receive, headers, source.max_body_bytes)
        except BodyTooLarge:
            return self.intake.refused(TOO_LARGE, source)
        except TimeoutError:
            return self.intake.refused(TOO_SLOW, source)
        delivery = Delivery(
            source=source.name,
            headers=headers,
            body=body,
            received_at=self.chance.now(),
            method=scope["method"],
            query=scope.get("query_string", b""),
            url=self._url(scope, headers),
        )
        return await self.intake.take(source, delivery)

    def _url(self, scope: Scope, headers: Headers) -> str:
        peer = scope.get("client")
        return url_of(
            scope.get("scheme", "http"),
            headers,
            scope.get("raw_path") or quote(scope["path"]).encode(),
            scope.get("query_string", b""),
            peer[0] if peer else None,
            self.intake.trusted,
        )

    def _find(self, scope: Scope) -> Source | None:
        """The source a path means. Servers and frameworks disagree on how much of the prefix we are
        mounted under is still in `path`: all of it, its end (behind a proxy), or nothing."""
        path: str = scope["path"].rstrip("/")
        prefix: str = scope.get("root_path", "").rstrip("/")
        while prefix:
            if path.startswith(prefix + "/"):
                return self.intake.source_at(path[len(prefix) :])
            prefix = prefix[end:] if (end := prefix.find("/", 1)) > 0 else ""
        return self.intake.source_at(path)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.intake.open()
                except Exception as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.intake.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _read(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body, which is refused as soon as it is known to be over `limit` bytes."""
    declared = headers.first(b"content-length")
    if declared is not None and declared.isdigit() and _over(declared, limit):
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _over(declared: bytes, limit: int) -> bool:
    digits = declared.lstrip(b"0")
    return len(digits) > len(str(limit)) or int(digits or b"0") > limit


async def _reply(send: Send, answer: Answer) -> None:
    fields = [
        (name.lower().encode("ascii"), value.encode("latin-1")) for name, value in answer.headers
    ]
    if answer.content_type is not None:
        fields.append((b"content-type", answer.content_type.encode("latin-1")))
    fields.append((b"content-length", str(len(answer.body)).encode("ascii")))
    await send({"type": "http.response.start", "status": answer.status, "headers": fields})
    await send({"type": "http.response.body", "body": answer.body})
