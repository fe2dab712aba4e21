"""What a handler depends on: a small HTTP service on loopback that can fail and hang on request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LATENCY_S = 0.02
"""How long an answer takes on a good day: that of a service next door."""
_REASONS = {200: b"OK", 404: b"Not Found", 503: b"Service Unavailable"}
_LARGEST_HEAD = 16_384


class Dependency:
    """Answers every POST with 200; with 404 where `knows` does not know the path; with 503 while it
    is `down`; and with nothing at all while it `holds`.

    `calls` and `failures` count the answers given, and those of them that were 503.
    """

    def __init__(self, knows: Callable[[str], bool] = lambda _path: True) -> None:
        self.knows = knows
        self.down = False
        self.calls = 0
        self.failures = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def start(self) -> str:
        """Listen on a free port; the URL."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=_LARGEST_HEAD, backlog=512
        )
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        self.flow()
        serving = [task for task in self._open.values() if task is not None]
        for writer in tuple(self._open):
            writer.close()
        await asyncio.gather(*serving, return_exceptions=True)

    def hold(self) -> None:
        """Take requests and answer none, until `flow`."""
        self._flowing.clear()

    def flow(self) -> None:
        """Answer, first of all what was held."""
        self._flowing.set()

    @property
    def holds(self) -> bool:
        """Whether it answers nothing at present."""
        return not self._flowing.is_set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            while True:
                path = await _request(reader)
                writer.write(_response(await self._judge(path)))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the caller hung up, or was killed
        finally:
            self._open.pop(writer, None)
            writer.close()

    async def _judge(self, path: str) -> int:
        await asyncio.sleep(LATENCY_S)
        await self._flowing.wait()
        self.calls += 1
        if self.down:
            self.failures += 1
            return 503
        return 200 if self.knows(path) else 404


async def _request(reader: asyncio.StreamReader) -> str:
    """Read one request; its path."""
    head = await reader.readuntil(b"\r\n\r\n")
    request, *fields = head.decode("latin-1").split("\r\n")
    for field in fields:
        name, _, value = field.partition(":")
        if name.lower() == "content-length":
            await reader.readexactly(int(value))
    return request.split(" ")[1]


def _response(status: int) -> bytes:
    return b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\n\r\n" % (status, _REASONS[status])
