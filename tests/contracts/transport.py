"""The contract of a transport, for those of threads and of loops alike: what each test asks of them."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol, Self

from bridgewright.adapters.transports.aiohttp import AiohttpTransport
from bridgewright.adapters.transports.httpx2 import AsyncHttpx2Transport, Httpx2Transport
from bridgewright.adapters.transports.urllib3 import Urllib3Transport
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import NS_PER_S, Limits, Request, Response
from bridgewright.simulate.listener import Listener, LoopThread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.call import Phase, Trouble
    from bridgewright.core.ports import AsyncTransport, Transport
    from bridgewright.simulate.wire import Conversation

DEADLINE_S = 1.0
LATE_S = 5.0
"""What no attempt under test may take: its deadline, and much for a busy machine."""
ON_THREADS = {"httpx2": Httpx2Transport, "urllib3": Urllib3Transport}
ON_LOOPS = {"httpx2": AsyncHttpx2Transport, "aiohttp": AiohttpTransport}
KINDS = ("httpx2", "urllib3", "httpx2 on a loop", "aiohttp on a loop")


def limits(
    deadline_s: float = DEADLINE_S, connect_s: float = 0.5, idle_s: float = 30, most: int = 10**6
) -> Limits:
    """Limits from now on."""
    return Limits(time.monotonic_ns() + int(deadline_s * NS_PER_S), connect_s, idle_s, most)


class Wire(Protocol):
    """Any transport, asked from threads."""

    def send(self, request: Request, given: Limits) -> Response: ...

    def read(self, response: Response) -> Iterator[bytes]: ...

    def leave(self, response: Response) -> None: ...

    def close(self) -> None: ...


class Threaded:
    """A transport for threads, as it is."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def send(self, request: Request, given: Limits) -> Response:
        return self.transport.send(request, given)

    def read(self, response: Response) -> Iterator[bytes]:
        stream: Any = response.stream
        yield from stream

    def leave(self, response: Response) -> None:
        stream: Any = response.stream
        stream.close()

    def close(self) -> None:
        self.transport.close()


class Looped:
    """A transport for loops, on a loop in a thread of its own."""

    def __init__(self, transport: AsyncTransport) -> None:
        self.transport = transport
        self._thread = LoopThread("transport under test")

    def send(self, request: Request, given: Limits) -> Response:
        return self._thread.run(self.transport.send(request, given))

    def read(self, response: Response) -> Iterator[bytes]:
        stream: Any = response.stream
        pieces = aiter(stream)
        while True:
            try:
                yield self._thread.run(_next(pieces))
            except _OverError:
                return

    def leave(self, response: Response) -> None:
        stream: Any = response.stream
        self._thread.run(stream.aclose())

    def close(self) -> None:
        self._thread.run(self.transport.aclose())
        self._thread.close()


class _OverError(Exception):
    pass


async def _next(pieces: Any) -> bytes:
    try:
        found: bytes = await anext(pieces)
    except StopAsyncIteration:
        raise _OverError from None
    return found


def wire_of(kind: str, **options: Any) -> Wire:
    """A transport of a kind."""
    name, _, loop = kind.partition(" ")
    return Looped(ON_LOOPS[name](**options)) if loop else Threaded(ON_THREADS[name](**options))


def failure(wire: Wire, request: Request, given: Limits) -> tuple[Phase, Trouble]:
    """How sending fails, which it must in time."""
    begun = time.monotonic()
    try:
        answer = wire.send(request, given)
        for _ in wire.read(answer) if answer.stream is not None else ():
            pass
    except TransportError as error:
        assert time.monotonic() - begun < LATE_S
        return error.phase, error.trouble
    raise AssertionError(answer)


class Spoken:
    """A server that reads each request whole, and then says these very bytes.

    `hold` keeps the connection open without another word; otherwise it hangs up after the last
    `saying`. `requests` are heads and bodies as they came, `connections` how many there were.
    """

    def __init__(self, *sayings: bytes, hold: bool = False) -> None:
        self._sayings = sayings
        self._hold = hold
        self.connections = 0
        self.requests: list[bytes] = []
        self.heard = threading.Event()
        self._listener = Listener(self._conduct)
        self._thread = LoopThread("spoken")
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

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
            self.heard.set()
            await conversation.say(saying)
        if self._hold:
            await asyncio.Event().wait()


def answer(body: bytes = b"", *fields: str, status: str = "200 OK") -> bytes:
    """An answer as it stands on the wire, with its length."""
    head = "".join(f"{field}\r\n" for field in (*fields, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
