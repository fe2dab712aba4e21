"""A provider made small: a real server on loopback that answers by a script, and a clock for calls to it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from bridgewright.core.model.call import NS_PER_S
from bridgewright.engine.drive.calling import Timing
from bridgewright.simulate.listener import HOST, Listener, LoopThread
from bridgewright.simulate.wire import Reply as Said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.wire import Conversation


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as the server saw it; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `lost` reads the request and hangs up instead; `cut` promises more than it sends."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    lost: bool = False
    cut: bool = False


class Loopback:
    """Answers by `replies`, in order; the last one again and again. `received` is its journal."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.received: list[Received] = []
        self.url = ""
        self._thread = LoopThread("loopback")
        self._listener = Listener(self._conduct)

    def __enter__(self) -> Self:
        self.url = f"http://{HOST}:{self._thread.run(self._listener.start())}"
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.run(self._listener.close())
        self._thread.close()

    def _next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    async def _conduct(self, conversation: Conversation) -> None:
        while True:
            heard = await conversation.hear()
            fields = dict(heard.headers)
            self.received.append(Received(heard.method, heard.target, fields, heard.body))
            reply = self._next()
            if reply.lost:
                return
            kind = [("content-type", reply.kind)] if reply.kind else []
            said = Said(reply.status, (*kind, *reply.headers.items()), reply.body)
            await conversation.say(said.head(len(reply.body) + 9 * reply.cut) + reply.body)
            if reply.cut:
                return


class Clock:
    """Time in which waiting takes none; `waited` are the pauses, in seconds."""

    def __init__(self) -> None:
        self._skipped = 0
        self.waited: list[float] = []

    def ticks(self) -> int:
        """Monotonic nanoseconds, the skipped ones among them."""
        return time.monotonic_ns() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Skip it, and note it."""
        self.waited.append(seconds)
        self._skipped += int(seconds * NS_PER_S)

    async def sleep_async(self, seconds: float) -> None:
        """The same for coroutines; others get a turn."""
        self.sleep(seconds)
        await asyncio.sleep(0)

    def timing(self) -> Timing:
        """What a caller goes by."""
        return Timing(ticks=self.ticks, sleep=self.sleep, sleep_async=self.sleep_async)
