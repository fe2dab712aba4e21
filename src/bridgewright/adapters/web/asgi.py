"""The inbox as an ASGI 3 application: mounts under FastAPI, Starlette or Litestar at any prefix, or
stands alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from bridgewright.adapters.web.door import (
    BODY_TIMEOUT_S,
    Asked,
    Body,
    Desk,
    admit,
    delivery,
    fields_of,
)
from bridgewright.core.model.inbound import Answer, Headers
from bridgewright.engine.drive.clock import Chance
from bridgewright.engine.receive import TOO_LARGE, TOO_SLOW

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery
    from bridgewright.engine.receive import Source

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Intake(Protocol):
    """What the inbox needs of the bridge on a loop, beside its desk."""

    async def take(self, source: Source, delivery: Delivery) -> Answer: ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class SenderGone(Exception):
    """The sender hung up before its body was complete."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """POST /<source> takes one delivery; anything else gets the answer its mistake deserves."""

    desk: Desk = field(repr=False)
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
        try:
            answer = await self._answer(asked_by(scope, _below(scope)), receive)
        except SenderGone:
            return
        await _reply(send, answer)

    async def _answer(self, asked: Asked, receive: Receive) -> Answer:
        source = admit(self.desk, asked)
        if isinstance(source, Answer):
            return source
        body = Body(source.max_body_bytes)
        try:
            async with asyncio.timeout(self.body_timeout_s):
                whole = await _read(receive, body)
        except TimeoutError:
            return self.desk.refused(TOO_SLOW, source)
        if not whole:
            return self.desk.refused(TOO_LARGE, source)
        return await self.take(asked, source, body.whole())

    async def take(self, asked: Asked, source: Source, body: bytes) -> Answer:
        """Take in what a request brought."""
        found = delivery(self.desk, source, asked, body, self.chance.now())
        return await self.intake.take(source, found)

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


def asked_by(scope: Mapping[str, Any], path: str) -> Asked:
    """A request from its scope; `path` is what is left below the mount."""
    peer = scope.get("client")
    return Asked(
        method=scope["method"],
        path=path,
        headers=Headers(scope["headers"]),
        query=scope.get("query_string", b""),
        scheme=scope.get("scheme", "http"),
        place=scope.get("raw_path") or quote(scope["path"]).encode(),
        peer=peer[0] if peer else None,
    )


def _below(scope: Scope) -> str:
    """The path below our mount. Servers and frameworks disagree on how much of the prefix we are mounted
    under is still in `path`: all of it, its end (behind a proxy), or nothing."""
    path: str = scope["path"].rstrip("/")
    prefix: str = scope.get("root_path", "").rstrip("/")
    while prefix:
        if path.startswith(prefix + "/"):
            return path[len(prefix) :]
        prefix = prefix[end:] if (end := prefix.find("/", 1)) > 0 else ""
    return path


async def _read(receive: Receive, body: Body) -> bool:
    """Read to the end, or as far as the body may grow."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderGone
        if not body.takes(message.get("body", b"")):
            return False
        more = message.get("more_body", False)
    return True


async def _reply(send: Send, answer: Answer) -> None:
    fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields_of(answer)]
    await send({"type": "http.response.start", "status": answer.status, "headers": fields})
    await send({"type": "http.response.body", "body": answer.body})
