"""Any transport asked from threads, those of event loops too: what a transport's suite sends by."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import NS_PER_S, Limits, Request, Response
from bridgewright.simulate.listener import LoopThread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.call import Phase, Trouble
    from bridgewright.core.ports import AsyncTransport, Transport

DEADLINE_S = 1.0
LATE_S = 5.0
"""How long after its deadline an attempt under test may end: much, for a busy machine."""


class Wire(Protocol):
    """Any transport, asked from threads. `read` gives the pieces of a streamed answer, `leave` closes
    one that is not read to its end."""

    def send(self, request: Request, given: Limits) -> Response: ...

    def read(self, response: Response) -> Iterator[bytes]: ...

    def leave(self, response: Response) -> None: ...

    def close(self) -> None: ...


class Make(Protocol):
    """Makes a new transport, in a `Threaded` or a `Looped`. With `max_connections` it has no more open
    at once; without, as many as it likes."""

    def __call__(self, **options: int) -> Wire: ...


class Threaded:
    """A transport for threads, as it is."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def send(self, request: Request, given: Limits) -> Response:
        """Put it on the wire."""
        return self.transport.send(request, given)

    def read(self, response: Response) -> Iterator[bytes]:
        """Piece after piece of a stream."""
        stream: Any = response.stream
        yield from stream

    def leave(self, response: Response) -> None:
        """Give up a stream before its end."""
        stream: Any = response.stream
        stream.close()

    def close(self) -> None:
        """Let go of every connection."""
        self.transport.close()


class Looped:
    """A transport for loops, on a loop in a thread of its own."""

    def __init__(self, transport: AsyncTransport) -> None:
        self.transport = transport
        self._thread: LoopThread | None = LoopThread("transport under test")

    def send(self, request: Request, given: Limits) -> Response:
        """Put it on the wire."""
        return self._loop().run(self.transport.send(request, given))

    def read(self, response: Response) -> Iterator[bytes]:
        """Piece after piece of a stream."""
        stream: Any = response.stream
        pieces = aiter(stream)
        while True:
            try:
                yield self._loop().run(_next(pieces))
            except _OverError:
                return

    def leave(self, response: Response) -> None:
        """Give up a stream before its end."""
        stream: Any = response.stream
        self._loop().run(stream.aclose())

    def close(self) -> None:
        """Let go of every connection, twice, as a transport must bear; then end the loop."""
        if self._thread is None:
            return
        for _ in range(2):
            self._thread.run(self.transport.aclose())
        self._thread.close()
        self._thread = None

    def _loop(self) -> LoopThread:
        assert self._thread is not None, "it was closed"
        return self._thread


class _OverError(Exception):
    pass


async def _next(pieces: Any) -> bytes:
    try:
        found: bytes = await anext(pieces)
    except StopAsyncIteration:
        raise _OverError from None
    return found


def limits(
    deadline_s: float = DEADLINE_S, connect_s: float = 0.5, idle_s: float = 30, most: int = 10**6
) -> Limits:
    """Limits from now on."""
    return Limits(time.monotonic_ns() + int(deadline_s * NS_PER_S), connect_s, idle_s, most)


def failure(wire: Wire, request: Request, given: Limits) -> tuple[Phase, Trouble]:
    """How sending fails, which it must in time."""
    try:
        answer = wire.send(request, given)
        for _ in wire.read(answer) if answer.stream is not None else ():
            pass
    except TransportError as error:
        assert time.monotonic_ns() < given.deadline + LATE_S * NS_PER_S
        return error.phase, error.trouble
    raise AssertionError(answer)
