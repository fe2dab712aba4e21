"""The inbox's side of a bridge: see `adapters.web.door.Desk` and the intakes of ASGI and WSGI."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING

from bridgewright.core.errors import StoreClosed, StoreError
from bridgewright.core.model.fact import StoreFailed
from bridgewright.core.model.network import networks
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
    """Answers what can be answered before a delivery is whole."""

    __slots__ = ("_runtime", "trusted")

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.trusted = networks(runtime.settings.inbox.trusted_hops or "")

    def source_at(self, path: str) -> Source | None:
        """The source configured at this path."""
        return self._runtime.sources.get(path)

    def refused(self, answer: Answer, source: Source | None) -> Answer:
        """Tell that a delivery was turned away."""
        return refuse(answer, source, self._runtime.tell)


class LoopIntake:
    """Takes deliveries in on the running loop."""

    __slots__ = ("_look_after_s", "_looking", "_runtime", "_watch_s")

    def __init__(
        self, runtime: Runtime, *, look_after_s: float = LOOK_AFTER_S, watch_s: float = WATCH_S
    ) -> None:
        self._runtime = runtime
        self._look_after_s = look_after_s
        self._watch_s = watch_s
        self._looking: asyncio.Task[None] | None = None

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
        await self._runtime.time.rest_async(self._look_after_s)
        await self._look(self._runtime.look_around)
        await self._look(self._runtime.watch)
        while self._runtime.expects:
            await self._runtime.time.rest_async(self._watch_s)
            await self._look(self._runtime.watch)

    async def _look(self, journey: Callable[[], Journey[None]]) -> None:
        try:
            await self._runtime.run_async(journey())
        except StoreError as error:
            # The delivery that comes with it meets the same error, and answers with it.
            self._runtime.tell(StoreFailed("watch", error.code, str(error)))


class ThreadIntake:
    """Takes deliveries in, in the thread that brings them."""

    __slots__ = ("_look_after_s", "_runtime", "_watches")

    def __init__(self, runtime: Runtime, *, look_after_s: float = LOOK_AFTER_S) -> None:
        self._runtime = runtime
        self._look_after_s = look_after_s
        self._watches = 0  # the process that looks around: a child of a fork looks for itself

    def take(self, source: Source, delivery: Delivery) -> Answer:
        """Take a delivery in."""
        if self._watches != os.getpid():
            self._watches = os.getpid()
            self._later(self._look_after_s, self._runtime.look_around)
            self._later(self._look_after_s, self._runtime.watch)
        return self._runtime.run(receive(source, delivery, self._runtime.tell))

    def _later(self, seconds: float, journey: Callable[[], Journey[None]]) -> None:
        looking = threading.Timer(seconds, self._look, (journey,))
        looking.daemon = True
        looking.start()

    def _look(self, journey: Callable[[], Journey[None]]) -> None:
        try:
            self._runtime.run(journey())
        except StoreClosed:
            return  # the bridge was closed: nothing is watched any more
        except StoreError as error:
            # The delivery that comes with it meets the same error, and answers with it.
            self._runtime.tell(StoreFailed("watch", error.code, str(error)))
        if journey == self._runtime.watch and self._runtime.expects:
            self._later(WATCH_S, journey)
