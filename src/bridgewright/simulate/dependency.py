"""What a handler depends on: a small HTTP service on loopback that can fail and hang on request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bridgewright.simulate.listener import HOST, Listener, answering
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.wire import Heard

LATENCY_S = 0.02
"""How long an answer takes on a good day: that of a service next door."""


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
        self._listener = Listener(answering(self._judge))

    async def start(self) -> str:
        """Listen on a free port; the URL."""
        return f"http://{HOST}:{await self._listener.start()}"

    async def close(self) -> None:
        """Hang up on everybody."""
        await self._listener.close()

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

    async def _judge(self, heard: Heard) -> Reply:
        await asyncio.sleep(LATENCY_S)
        await self._flowing.wait()
        self.calls += 1
        if self.down:
            self.failures += 1
            return Reply(503)
        return Reply(200 if self.knows(heard.target) else 404)
