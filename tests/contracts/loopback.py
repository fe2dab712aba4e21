"""A provider made small: a real server on loopback that answers by a script, and calls to it."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.adapters.transports.httpx2 import AsyncHttpx2Transport, Httpx2Transport
from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection
from bridgewright.engine.drive.calling import Timing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from bridgewright.core.model.call import Limits, Request, Response
    from bridgewright.core.model.fact import Fact
    from bridgewright.core.policy.profile import CallProfile

PATIENCE_S = 10.0


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


class _Server(http.server.ThreadingHTTPServer):
    """Takes those who come together: one that waits for a full queue comes a second later."""

    daemon_threads = True
    request_queue_size = 128


class Loopback:
    """Answers by `replies`, in order; the last one again and again. `received` is its journal."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.received: list[Received] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE_S)
        self._server.server_close()

    def _next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        loopback = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                fields = {name.lower(): value for name, value in self.headers.items()}
                loopback.received.append(Received(self.command, self.path, fields, body))
                reply = loopback._next()
                if reply.lost:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                if reply.kind:
                    self.send_header("Content-Type", reply.kind)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body) + (9 if reply.cut else 0)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Tests read the journal."""

        return Handler


_open: list[Httpx2Transport] = []


def wire() -> Httpx2Transport:
    """The default transport for threads, closed when the test is over."""
    made = Httpx2Transport()
    _open.append(made)
    return made


def hang_up() -> None:
    """Close what `wire` made."""
    while _open:
        _open.pop().close()


class OnLoop:
    """The default transport for loops, which here last for one call: no connection is kept."""

    def __init__(self) -> None:
        self._transport = AsyncHttpx2Transport()

    async def send(self, request: Request, limits: Limits) -> Response:
        try:
            return await self._transport.send(request, limits)
        finally:
            await self._transport.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()


class Clock:
    """Time in which waiting takes none; `waited` are the pauses, in seconds."""

    def __init__(self) -> None:
        self._skipped = 0
        self.waited: list[float] = []

    def ticks(self) -> int:
        return time.monotonic_ns() + self._skipped

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self._skipped += int(seconds * NS_PER_S)

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)
        await asyncio.sleep(0)

    def timing(self) -> Timing:
        return Timing(ticks=self.ticks, sleep=self.sleep, sleep_async=self.sleep_async)


@contextmanager
def calling(
    profile: CallProfile, clock: Clock, facts: list[Fact] | None = None
) -> Iterator[Caller]:
    """Calls by the default transports, whose pauses take no time."""
    transport = Httpx2Transport()
    yield Caller(
        profile,
        transport=transport,
        async_transport=OnLoop(),
        observer=None if facts is None else facts.append,
        timing=clock.timing(),
    )
    transport.close()


class Scene:
    """One connection to one server, whose pauses take no time."""

    def __init__(self, profile: CallProfile, *replies: Reply) -> None:
        self.server = Loopback(*(replies or (Reply(),)))
        self.clock = Clock()
        self.facts: list[Fact] = []
        self._calling = calling(profile, self.clock, self.facts)
        self.caller = self._calling.__enter__()

    def connection(
        self,
        secrets: Mapping[str, str],
        options: Mapping[str, str] | None = None,
        *,
        base_url: str | None = "",
    ) -> Connection:
        """A connection to this scene's server; `base_url` of None is the provider's own."""
        return Connection(
            self.caller.profile.provider,
            "",
            self.caller,
            {name: Secret(value) for name, value in secrets.items()},
            base_url=self.server.url if base_url == "" else base_url,
            options=options or {},
        )

    @property
    def received(self) -> list[Received]:
        return self.server.received

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._calling.__exit__(None, None, None)
        self.server.__exit__(kind, raised, trace)
