"""The inbox's side of a bridge: see `adapters.web.asgi.Intake`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bridgewright.adapters.web.origin import networks
from bridgewright.core.errors import StoreError
from bridgewright.core.model.fact import StoreFailed
from bridgewright.engine.receive import receive, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.bridge.runtime import Runtime
    from bridgewright.core.effects import Journey
    from bridgewright.core.model.inbound import Answer, Delivery
    from bridgewright.engine.receive import Source

LOOK_AFTER_S = 5.0
"""How long after its first delivery an inbox looks whether anybody works: workers that are started
together with it have signed in by then."""
WATCH_S = 30.0
"""How often an inbox looks whether a source has fallen silent, where settings say how long it may be."""


class Desk:
    """Answers the inbox from one runtime."""

    __slots__ = ("_looking", "_runtime", "trusted")

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.trusted = networks(runtime.settings.inbox.trusted_hops or "")
        self._looking: asyncio.Task[None] | None = None

    def source_at(self, path: str) -> Source | None:
        """The source configured at this path."""
        return self._runtime.sources.get(path)

    def refused(self, answer: Answer, source: Source | None) -> Answer:
        """Tell that a delivery was turned away."""
        return refuse(answer, source, self._runtime.tell)

    async def take(self, source: Source, delivery: Delivery) -> Answer:
        """Take a delivery in."""
        self._watch()
        return await self._runtime.run_async(receive(source, delivery, self._runtime.tell))

    async def open(self) -> None:
        """Refuse to start what cannot work."""
        self._runtime.check()
        self._watch()

    async def close(self) -> None:
        """Let the process end: what was acknowledged is on disk already."""
        if self._looking is not None:
            self._looking.cancel()
        self._runtime.stop()

    def _watch(self) -> None:
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_around())

    async def _look_around(self) -> None:
        await asyncio.sleep(LOOK_AFTER_S)
        await self._look(self._runtime.look_around)
        await self._look(self._runtime.watch)
        while self._runtime.expects:
            await asyncio.sleep(WATCH_S)
            await self._look(self._runtime.watch)

    async def _look(self, journey: Callable[[], Journey[None]]) -> None:
        try:
            await self._runtime.run_async(journey())
        except StoreError as error:
            # The delivery that comes with it meets the same error, and answers with it.
            self._runtime.tell(StoreFailed("watch", error.code, str(error)))
