"""Where a simulated provider stands: its port and thread, its operations, the faults it plays, and its
journal."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from bridgewright.simulate.clock import WallClock, resting, serving
from bridgewright.simulate.faults import kinds
from bridgewright.simulate.faults.journal import Journal
from bridgewright.simulate.faults.rules import Faults, Kind, Phase, Rule, When
from bridgewright.simulate.listener import HOST, Listener, LoopThread
from bridgewright.simulate.routes import Match, Routes, unsimulated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.wire import Conversation, Heard, Reply

    Linger = Callable[[], Awaitable[None]]
    Refusal = Callable[[int], Reply]
    Desk = Callable[[Heard], Reply | None]

Handler = TypeVar("Handler")


class Mood(StrEnum):
    """How a simulated provider treats requests, whatever they ask for.

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


_REMEMBERED = 256
"""Targets whose last answer is kept, for stale reads."""
_MOODS = {
    Mood.DOWN: Rule(Kind.STATUS, status=503),
    Mood.THROTTLING: Rule(Kind.STATUS, status=429),
    Mood.HANGING: Rule(Kind.STALL),
    Mood.LOSING: Rule(Kind.CLOSE, phase=Phase.AFTER_EFFECT),
    Mood.SLOW: Rule(Kind.SLOW),
}


@dataclass(frozen=True, slots=True)
class Trade(Generic[Handler]):
    """What makes a provider: its name, its operations, how it answers one of them, and how it words a
    refusal by status. An answer awaits the `linger` it is given between taking a request and carrying
    it out. `desk` answers whoever operates the simulator, below `/_sim/`; None is no such request.
    `operation_of` names what is asked for where method and path do not tell, "" for what is not
    simulated; its route's unless told. `refuse_to` words refusals that depend on the request, and the
    501 for what is not simulated."""

    name: str
    routes: Routes[Handler]
    answer: Callable[[Heard, Match[Handler], Linger], Awaitable[Reply]]
    refuse: Refusal
    desk: Desk = lambda _heard: None
    operation_of: Callable[[Heard, Match[Handler]], str] = lambda _heard, match: (
        match.route.operation
    )
    refuse_to: Callable[[Heard, int], Reply] | None = None


class Stand(Generic[Handler]):
    """Serves a trade on loopback, unless a fault or its mood says otherwise.

    `faults` may be shared with other stands: a rule names the provider. `slow_s` is how long SLOW
    takes, by the clock. Whatever arrives whole is in the journal; what came of it is the provider's
    own to tell. What is not simulated is answered 501 and kept in `unmatched`.
    """

    def __init__(
        self,
        trade: Trade[Handler],
        clock: Clock | None = None,
        *,
        faults: Faults | None = None,
        slow_s: float = 1.0,
    ) -> None:
        self.clock = clock or WallClock()
        self.faults = faults or Faults(self.clock)
        self.journal = Journal()
        self.url = ""
        self.unmatched: list[tuple[Heard, tuple[str, ...]]] = []
        self._trade = trade
        self._moods = Faults(self.clock)
        self._slow_s = slow_s
        self._lock = threading.Lock()
        self._under_way = 0
        self._read: dict[str, Reply] = {}
        self.thread: LoopThread | None = None
        self._own: LoopThread | None = None
        self._listener: Listener | None = None

    @property
    def name(self) -> str:
        """The provider's."""
        return self._trade.name

    @property
    def routes(self) -> Routes[Handler]:
        """What it can be asked."""
        return self._trade.routes

    @property
    def under_way(self) -> int:
        """How many requests are being carried out or answered: not those that only wait for the
        clock, or for their caller to give up."""
        with self._lock:
            return self._under_way

    def start(self, port: int = 0) -> str:
        """Open the port, any free one unless told, on a thread of its own, unless `thread` is one that
        it shares; the URL, without a slash at its end."""
        if self.thread is None:
            self.thread = self._own = LoopThread(f"bridgewright-{self.name}")
        self._listener = Listener(self._conduct)
        self.url = f"http://{HOST}:{self.thread.run(self._listener.start(port))}"
        return self.url

    def listen_at(self, socket: Path) -> None:
        """Answer at a socket of the file system too, once the port is open: for clients such as `gh`
        that address their provider's own host by one, without TLS. It is not removed at the end."""
        if self.thread is None or self._listener is None:
            raise RuntimeError(f"{self.name} is not open: start it first")
        self.thread.run(self._listener.start_at(socket))

    def close(self) -> None:
        """Hang up on everybody and end the thread."""
        if self.thread is None or self._listener is None:
            return
        self.thread.run(self._listener.close())
        self._listener = None
        if self._own is not None:
            self._own.close()
            self.thread = self._own = None

    def reset(self) -> None:
        """Forget what arrived, and be well."""
        self.journal.clear()
        self.unmatched.clear()
        self._moods.clear()
        self._read.clear()

    def be(
        self,
        mood: Mood,
        *,
        requests: int | None = None,
        seconds: float | None = None,
        after: int = 0,
    ) -> None:
        """Treat what comes like this: for so many requests, for so long by the clock, or until told
        otherwise; the first `after` of them still well."""
        self._moods.clear()
        if mood is Mood.WELL or requests == 0:
            return
        planned = _MOODS[mood]
        ends_s = math.inf if seconds is None else seconds
        when = When(after=after, first=requests, ends_s=ends_s)
        self._moods.add(
            Rule(
                planned.kind,
                when=when,
                phase=planned.phase,
                status=planned.status,
                seconds=self._slow_s,
            )
        )

    async def _conduct(self, conversation: Conversation) -> None:
        self.journal.connected()
        while await self.take(conversation, await conversation.hear()):
            continue

    async def take(self, conversation: Conversation, heard: Heard) -> bool:
        """Answer one request, also one that came in elsewhere; whether the connection goes on."""
        asked_of_us = self._trade.desk(heard)
        if asked_of_us is not None:
            await conversation.say(asked_of_us.written())
            return True
        what = f"{self.name} at {heard.method} {heard.path}"
        with self._busy(), serving(self.clock, what, conversation.port):
            goes_on = await self._served(conversation, heard)
        return goes_on and (heard.header("connection") or "").lower() != "close"

    async def _served(self, conversation: Conversation, heard: Heard) -> bool:
        match = self._trade.routes.find(heard.method, heard.path)
        operation = self._trade.operation_of(heard, match) if match else ""
        match = match if operation else None
        called = f"{self.name}.{operation}"
        rule = self._moods.meet(called, heard) or self.faults.meet(called, heard)
        early = rule is not None and rule.phase is Phase.BEFORE_EFFECT and rule.kind != Kind.SLOW
        attempt = self.journal.enter(
            heard,
            happened=match is not None and not early,
            key=heard.header("idempotency-key"),
            operation=operation,
            fault=str(rule or ""),
        )
        if rule is not None and early:
            return await self._struck(conversation, heard, attempt, rule)
        before = self._read.get(heard.target)
        reply = await self._carried_out(heard, match, rule)
        if heard.method == "GET":
            self._keep(heard.target, reply)
        if rule is not None and rule.kind is Kind.STALE_READ:
            reply = before or reply
        if rule is None or rule.kind is Kind.SLOW:
            self.journal.answered(attempt, reply.status)
            await conversation.say(reply.written_to(heard.method))
            return True
        return await self._struck(conversation, heard, attempt, rule, reply)

    async def _carried_out(
        self, heard: Heard, match: Match[Handler] | None, rule: Rule | None
    ) -> Reply:
        if match is None:
            nearest = self._trade.routes.nearest(heard.method, heard.path)
            self.unmatched.append((heard, nearest))
            word = self._trade.refuse_to
            return word(heard, 501) if word else unsimulated(self.name, heard, nearest)
        seconds = rule.seconds if rule is not None and rule.kind is Kind.SLOW else 0.0

        async def linger() -> None:
            if seconds:
                with self._waiting():
                    await self.clock.sleep(seconds)

        return await self._trade.answer(heard, match, linger)

    async def _struck(
        self,
        conversation: Conversation,
        heard: Heard,
        attempt: int,
        rule: Rule,
        reply: Reply | None = None,
    ) -> bool:
        if rule.kind is Kind.STATUS:
            word = self._trade.refuse_to
            said = word(heard, rule.status) if word else self._trade.refuse(rule.status)
            refusal = kinds.with_retry_after(said, rule)
            self.journal.answered(attempt, refusal.status)
            await conversation.say(refusal.written())
            return True
        if rule.kind is Kind.STALL:
            with self._waiting(), resting(self.clock):
                return await kinds.say(conversation, rule, reply, self.clock.now())
        return await kinds.say(conversation, rule, reply, self.clock.now())

    def _keep(self, target: str, reply: Reply) -> None:
        """Remember what was read, for those who are to read it once more: the latest of a few."""
        self._read.pop(target, None)
        self._read[target] = reply
        if len(self._read) > _REMEMBERED:
            del self._read[next(iter(self._read))]

    def _busy(self) -> _Counting:
        return _Counting(self._count, 1)

    def _waiting(self) -> _Counting:
        return _Counting(self._count, -1)

    def _count(self, by: int) -> None:
        with self._lock:
            self._under_way += by


@dataclass(frozen=True, slots=True)
class _Counting:
    """Counts on the way in, and back on the way out."""

    count: Callable[[int], None]
    by: int

    def __enter__(self) -> None:
        self.count(self.by)

    def __exit__(self, *failure: object) -> None:
        self.count(-self.by)
