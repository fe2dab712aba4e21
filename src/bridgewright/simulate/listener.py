"""Listens on loopback and holds conversations; on a loop that runs already, or on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from bridgewright.simulate.wire import LARGEST_HEAD, Conversation, NotHttpError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from pathlib import Path

    from bridgewright.simulate.wire import Heard, Reply

    Conduct = Callable[[Conversation], Awaitable[None]]

HOST = "127.0.0.1"
BACKLOG = 512
Answer = TypeVar("Answer")


class Listener:
    """Conducts every connection to a free port of loopback; when `conduct` returns, hangs up."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._servers: list[asyncio.Server] = []
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._taken = 0
        self._closed = False

    async def start(self, port: int = 0) -> int:
        """Listen, on any free port unless told; the port."""
        server = await asyncio.start_server(
            self._take, HOST, port, limit=LARGEST_HEAD, backlog=BACKLOG
        )
        self._servers.append(server)
        taken: int = server.sockets[0].getsockname()[1]
        return taken

    async def start_at(self, socket: Path) -> None:
        """Listen at a socket of the file system too."""
        self._servers.append(
            await asyncio.start_unix_server(self._take, socket, limit=LARGEST_HEAD, backlog=BACKLOG)
        )

    async def close(self) -> None:
        """Hang up on everybody, and wait until nobody is served any more."""
        self._closed = True
        loop = asyncio.get_running_loop()
        for server in self._servers:
            for each in server.sockets:
                loop.remove_reader(each.fileno())
        # Nobody is accepted any more. Who was, a moment ago, is taken in the next turn of the loop, and of
        # a server that is closed by then asyncio would lose his socket.
        await asyncio.sleep(0)
        for server in self._servers:
            server.close()
        serving = tuple(self._open.values())
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed:
            writer.close()
            return
        self._taken += 1
        task = asyncio.create_task(self._serve(Conversation(self._taken, reader, writer)))
        self._open[writer] = task
        task.add_done_callback(lambda _: self._hang_up(writer))  # runs though the task never began

    def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        del self._open[writer]
        writer.close()

    async def _serve(self, conversation: Conversation) -> None:
        try:
            await self._conduct(conversation)
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the caller hung up, or was killed
        except NotHttpError as error:
            await conversation.refuse(error)
        except asyncio.CancelledError:
            return  # the listener closes, and this connection with it


def answering(answer: Callable[[Heard], Awaitable[Reply]]) -> Conduct:
    """Conducts a connection as a healthy server does: answers request after request."""

    async def conduct(conversation: Conversation) -> None:
        while True:
            reply = await answer(await conversation.hear())
            await conversation.say(reply.written())

    return conduct


class LoopThread:
    """An event loop on a thread of its own, for servers that blocking callers talk to."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._begun: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Do some work on the loop, and wait for what comes of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work on the loop, and wait for nothing; what it raises is the loop's to report."""
        self._loop.call_soon_threadsafe(self._start, work)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    def close(self) -> None:
        """End what runs on the loop, stop it and let the thread end."""
        self.run(_ended())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _ended() -> None:
    """Cancel whatever else runs here: a connection taken a moment ago, say."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
