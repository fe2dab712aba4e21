"""A server that says the very bytes it is told to: answers as no library would write them."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Self

from bridgewright.simulate.listener import HOST, Listener, LoopThread

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Conversation


class Spoken:
    """A server that reads each request whole, and then says these very bytes.

    `hold` keeps the connection open without another word; otherwise it hangs up after the last
    `saying`. `requests` are bodies as they came, `targets` what was asked for, `connections` how many
    there were; `heard` is set by the first request.
    """

    def __init__(self, *sayings: bytes, hold: bool = False) -> None:
        self._sayings = sayings
        self._hold = hold
        self.connections = 0
        self.requests: list[bytes] = []
        self.targets: list[str] = []
        self.heard = threading.Event()
        self._listener = Listener(self._conduct)
        self._thread = LoopThread("spoken")
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}/"

    def __enter__(self) -> Self:
        self.port = self._thread.run(self._listener.start())
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.run(self._listener.close())
        self._thread.close()

    async def _conduct(self, conversation: Conversation) -> None:
        self.connections += 1
        for saying in self._sayings:
            heard = await conversation.hear()
            self.requests.append(heard.body)
            self.targets.append(heard.target)
            self.heard.set()
            await conversation.say(saying)
        if self._hold:
            await asyncio.Event().wait()


def answer(body: bytes = b"", *fields: str, status: str = "200 OK") -> bytes:
    """An answer as it stands on the wire, with its length."""
    head = "".join(f"{field}\r\n" for field in (*fields, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
