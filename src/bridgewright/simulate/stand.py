"""Where a simulated provider stands: its port and thread, the mood it is in, and its journal."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.simulate.faults.journal import Journal
from bridgewright.simulate.listener import HOST, Listener, LoopThread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bridgewright.simulate.wire import Conversation, Heard, Reply

    Linger = Callable[[], Awaitable[None]]
    Answer = Callable[[Heard, Linger], Awaitable[Reply]]
    Refusal = Callable[["Mood"], Reply]


class Mood(StrEnum):
    """How a simulated provider treats requests.

    WELL answers. DOWN says 503, THROTTLING says 429; neither carries anything out. HANGING takes a
    request and never answers or carries it out. LOSING carries it out and closes the connection
    without an answer. SLOW takes its time over carrying it out.
    """

    WELL = "well"
    DOWN = "down"
    THROTTLING = "throttling"
    HANGING = "hanging"
    LOSING = "losing"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Spell:
    """A mood and how long it lasts: until so many requests have met it, or until an instant of the
    monotonic clock, whichever comes first; None means until told otherwise."""

    mood: Mood
    requests: int | None = None
    until_s: float | None = None

    def over(self, now_s: float) -> bool:
        """Whether it has passed."""
        return self.requests == 0 or (self.until_s is not None and now_s >= self.until_s)

    def met(self) -> Spell:
        """What is left of it when one more request has met it."""
        if self.requests is None:
            return self
        return Spell(self.mood, self.requests - 1, self.until_s)


_WELL = Spell(Mood.WELL)


class Stand:
    """Serves `answer` on loopback, unless its mood says otherwise; `refuse` words 503 and 429.

    An answer awaits the `linger` it is given between taking a request and carrying it out. `slow_s`
    is how long SLOW takes. Whatever arrives whole is in the journal; what came of it is the
    provider's own to tell.
    """

    def __init__(self, name: str, answer: Answer, refuse: Refusal, *, slow_s: float = 1.0) -> None:
        self.journal = Journal()
        self._name = name
        self._answer = answer
        self._refuse = refuse
        self._slow_s = slow_s
        self._spell = self._next = _WELL
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None
        self._listener: Listener | None = None

    def start(self) -> str:
        """Open the port, on a thread of its own; the URL, without a slash at its end."""
        self._thread = LoopThread(f"bridgewright-{self._name}")
        self._listener = Listener(self._conduct)
        return f"http://{HOST}:{self._thread.run(self._listener.start())}"

    def close(self) -> None:
        """Hang up on everybody and end the thread."""
        if self._thread is None or self._listener is None:
            return
        self._thread.run(self._listener.close())
        self._thread.close()
        self._thread = self._listener = None

    def be(
        self,
        mood: Mood,
        *,
        requests: int | None = None,
        seconds: float | None = None,
        after: int = 0,
    ) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise; the
        first `after` of them still well."""
        until_s = None if seconds is None else time.monotonic() + seconds
        spell = Spell(mood, requests, until_s)
        with self._lock:
            self._spell, self._next = (Spell(Mood.WELL, after), spell) if after else (spell, _WELL)

    def _meet(self) -> Mood:
        with self._lock:
            if self._spell.over(time.monotonic()):
                self._spell, self._next = self._next, _WELL
            mood = self._spell.mood
            self._spell = self._spell.met()
        return mood

    async def _slowly(self) -> None:
        await asyncio.sleep(self._slow_s)

    async def _conduct(self, conversation: Conversation) -> None:
        self.journal.connected()
        while True:
            heard = await conversation.hear()
            mood = self._meet()
            turned_away = mood in {Mood.DOWN, Mood.THROTTLING, Mood.HANGING}
            key = heard.header("idempotency-key")
            self.journal.enter(heard, happened=not turned_away, key=key)
            if mood is Mood.HANGING:
                return await conversation.silence()
            linger = self._slowly if mood is Mood.SLOW else _at_once
            reply = self._refuse(mood) if turned_away else await self._answer(heard, linger)
            if mood is Mood.LOSING:
                return None
            await conversation.say(reply.written())


async def _at_once() -> None:
    return
