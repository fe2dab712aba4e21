"""What came in, for listeners: see `adapters.web.relay.Inbound`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bridgewright.adapters.web.relay import Question, Relay
from bridgewright.engine.control import listen

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.adapters.web.relay import Question
    from bridgewright.bridge.awaited import AsyncBridge
    from bridgewright.bridge.runtime import Runtime
    from bridgewright.core.model.listening import Stretch
    from bridgewright.core.model.moment import Moment

PACE_S = 0.05
"""The shortest pause between two looks: on a busy store something is committed all the time, and seldom for
the source that is listened to."""
LOOK_S = 1.0
"""How often it is looked for what no notice came of: an unreadable delivery leaves nothing due."""


class Listening:
    """Reads a source on, and waits where there is nothing: not for longer than the server stays."""

    __slots__ = ("_is_ending", "_runtime")

    def __init__(self, runtime: Runtime, is_ending: Callable[[], bool]) -> None:
        self._runtime = runtime
        self._is_ending = is_ending

    def provider(self, source: str) -> str | None:
        """Whose webhooks a source's are."""
        sources = self._runtime.settings.sources
        return next((one.provider for one in sources if one.name == source), None)

    def now(self) -> Moment:
        """The server's clock."""
        return self._runtime.chance.now()

    async def heard(self, question: Question) -> Stretch:
        """What came in after an item; where that is nothing, what comes within `wait_s`."""
        after = question.after
        loop = asyncio.get_running_loop()
        ends_at_s = loop.time() + question.wait_s
        stirred = asyncio.Event()

        def stir() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(stirred.set)

        forget = self._runtime.store.listen(stir)
        try:
            while True:
                stirred.clear()
                reading = listen(question.source, after, question.since, question.limit)
                stretch = await self._runtime.run_async(reading)
                left_s = ends_at_s - loop.time()
                if stretch.items or left_s <= 0 or self._is_ending():
                    return stretch
                after = stretch.reached if after is None else after
                await _within(stirred, min(left_s, LOOK_S))
                await asyncio.sleep(PACE_S)
        finally:
            forget()


async def _within(stirred: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stirred.wait()
    except TimeoutError:
        return


def relay_of(bridge: AsyncBridge, is_ending: Callable[[], bool]) -> Relay | None:
    """What listeners ask, None where the settings hold no token for them. `is_ending` says whether the
    server has been told to end: it waits for the questions that are open."""
    token = bridge.settings.serve.listen_token
    if token is None:
        return None
    return Relay(Listening(bridge._runtime, is_ending), token)  # noqa: SLF001 - a part of the bridge
