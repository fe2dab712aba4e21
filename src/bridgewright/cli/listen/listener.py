"""A listener at work: one task asks, one forwards, one watches whether the server is heard."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.cli.listen.events import Away, Event
from bridgewright.cli.listen.health import SLEPT_S, Health, Look, pause_s
from bridgewright.core.lifecycle.routes import matches

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bridgewright.cli.listen.events import Page
    from bridgewright.cli.listen.feed import Feed
    from bridgewright.cli.listen.forwarding import Forwarder, Sent
    from bridgewright.cli.listen.showing import Board
    from bridgewright.core.model.moment import Moment

TICK_S = 1.0
ENOUGH = 5
"""Failures in a row after which one that is to end by itself gives up: some eight seconds."""
ROOM = 200
"""Events that are read ahead while the endpoint is slow. Beyond them it is only asked whether the server is
there."""


def look() -> Look:
    """Both clocks."""
    return Look(time.monotonic(), time.time())


async def tick() -> None:
    """Wait for the next look."""
    await asyncio.sleep(TICK_S)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a listener was asked to do. `keep` writes the cursor down."""

    after: int | None
    since: Moment | None
    heartbeat_s: int
    pattern: str = "*"
    until_idle: bool = False
    stop_on_failure: bool = False
    keep: Callable[[int], None] = field(default=lambda _: None, repr=False)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where a listener has time from; tests give scripted ones."""

    look: Callable[[], Look] = look
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    tick: Callable[[], Awaitable[None]] = tick


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the events so far. `why` is what ended it, where that was no request."""

    forwarded: int = 0
    failed: int = 0
    passed_over: int = 0
    reached: int | None = None
    why: str = ""


class Listener:
    """Asks, forwards and watches until it is stopped. One event is forwarded at a time, in their order; the
    cursor moves when an event was dealt with, so that a crash repeats one and loses none."""

    def __init__(
        self,
        plan: Plan,
        feed: Feed,
        board: Board,
        forwarder: Forwarder | None,
        clocks: Clocks | None = None,
    ) -> None:
        self._plan = plan
        self._feed = feed
        self._board = board
        self._forwarder = forwarder
        self._clocks = clocks or Clocks()
        self._coming: asyncio.Queue[Event | int] = asyncio.Queue()
        self._renewed = asyncio.Event()
        self._stopped = asyncio.Event()
        self.tally = Tally(reached=plan.after)
        silent_after_s = 2.0 * plan.heartbeat_s
        self.health = Health(silent_after_s, self._clocks.look().steady_s)
        self._was_well: bool | None = None
        self._held_up: Event | None = None

    def stop(self) -> None:
        """End it. What is being forwarded is not waited for, and comes again."""
        self._stopped.set()

    @property
    def is_well(self) -> bool:
        """Whether the server is heard now."""
        return self.health.is_well(self._clocks.look().steady_s)

    @property
    def words(self) -> str:
        """How it stands with the server, in words."""
        return self.health.words(self._clocks.look().steady_s)

    async def run(self) -> Tally:
        """Listen until stopped, or until there is nothing left where that was asked for."""
        tasks = [asyncio.create_task(each()) for each in (self._ask, self._deliver, self._watch)]
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait((*tasks, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, stopped):
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await self._feed.close()
            if self._forwarder is not None:
                await self._forwarder.close()
        for end in ended:
            if isinstance(end, Exception):
                raise end
        if self._held_up is not None and not self.tally.why:
            told = f"{self._held_up.type} {self._held_up.shown_id}"
            why = f"{told} still waited for somebody to listen at --to, and comes again next time"
            self.tally = replace(self.tally, why=why)
        return self.tally

    async def _ask(self) -> None:
        """Ask on and on; whatever was heard is put in the queue, in its order."""
        after, since, failures = self._plan.after, self._plan.since, 0
        while True:
            has_room = self._coming.qsize() < ROOM
            try:
                page = await self._asked(after, since, None if has_room else 0)
            except Away as error:
                failures += 1
                self.health = self.health.missed(str(error))
                self._tell_health()
                if self._plan.until_idle and failures == ENOUGH:
                    return
                await self._clocks.sleep(pause_s(failures))
                await self._feed.renew()
                continue
            if page is None:  # the machine slept: whatever was open is left behind
                await self._feed.renew()
                continue
            failures = 0
            self._heard(page)
            if has_room:
                after = page.reached
                if after is None and since is None:
                    since = page.at  # held up before it could say where now is: from here on
                if self._take(page):
                    await self._coming.join()
                    return
            else:
                await self._clocks.sleep(self._plan.heartbeat_s)

    async def _asked(
        self, after: int | None, since: Moment | None, limit: int | None
    ) -> Page | None:
        """One answer; None where the question is not waited for any more."""
        asking = asyncio.create_task(self._feed.ask(after, since, limit))
        renewed = asyncio.create_task(self._renewed.wait())
        try:
            await asyncio.wait((asking, renewed), return_when=asyncio.FIRST_COMPLETED)
            if self._renewed.is_set():
                self._renewed.clear()
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
                return None
            return asking.result()
        finally:
            asking.cancel()
            renewed.cancel()

    def _heard(self, page: Page) -> None:
        if self.health.heard_s is None and self._forwarder is not None:
            self._forwarder.meet(page.provider)
        self.health = self.health.heard(self._clocks.look().steady_s, held=page.held)
        self._tell_health()

    def _take(self, page: Page) -> bool:
        """Queue what was heard; whether that was all there is, where nothing more is asked for."""
        for event in page.events:
            self._coming.put_nowait(event)
        if page.reached is not None:
            self._coming.put_nowait(page.reached)
        return self._plan.until_idle and not (page.behind or page.held or page.events)

    async def _deliver(self) -> None:
        """Forward what is in the queue, one by one."""
        while True:
            coming = await self._coming.get()
            number = coming if isinstance(coming, int) else coming.id
            if not isinstance(coming, int) and not await self._dealt_with(coming):
                self.stop()
                return
            if self.tally.reached != number:
                self._plan.keep(number)
                self.tally = replace(self.tally, reached=number)
            self._coming.task_done()

    async def _dealt_with(self, event: Event) -> bool:
        """Whether the cursor may move past an event."""
        plan = self._plan
        is_early = plan.since is not None and plan.after is None and event.received_at < plan.since
        if is_early or not matches(plan.pattern, event.type):
            self._count("passed_over")
            return True
        if event.is_erased:
            self._count("passed_over")
            self._board.event(event, None, "erased: not forwarded")
            return True
        if self._forwarder is None:
            self._board.event(event, None)
            return True
        sent = await self._sent(event, self._forwarder)
        self._board.event(event, sent)
        if sent.is_good:
            self._count("forwarded")
            return True
        self._count("failed")
        if plan.stop_on_failure or sent.refused:
            why = f"{event.type} {event.shown_id} failed, and comes again next time"
            self.tally = replace(self.tally, why=why)
            return False
        return True

    def _count(self, name: str) -> None:
        self.tally = replace(self.tally, **{name: getattr(self.tally, name) + 1})

    async def _sent(self, event: Event, forwarder: Forwarder) -> Sent:
        """Forward one event. Where nobody listens nothing was sent: it is tried again until somebody does,
        for servers of developers restart all the time."""
        tries = 0
        while True:
            sent = await forwarder.send(event)
            if not sent.refused or self._plan.stop_on_failure or self._plan.until_idle:
                self._held_up = None
                return sent
            tries += 1
            self._held_up = event
            if tries == 1:
                told = f"{event.type} {event.shown_id}"
                self._board.loud(f"nobody listens at --to: {told} waits, and what comes after it")
            await self._clocks.sleep(pause_s(tries))

    async def _watch(self) -> None:
        """Look every second whether the server is heard, and whether the machine slept."""
        last = self._clocks.look()
        while True:
            await self._clocks.tick()
            now = self._clocks.look()
            gap_s = last.gap_s(now) - TICK_S
            if gap_s > SLEPT_S:
                self._board.loud(f"this machine was away for {gap_s:.0f} s: connecting anew")
                self._renewed.set()
            last = now
            self._tell_health()
            self._board.status(f"{self.health.words(now.steady_s)} | {self._counted()}")

    def _counted(self) -> str:
        tally = self.tally
        waiting = self._coming.qsize()
        texts = [f"{tally.forwarded} forwarded"]
        texts += [f"{tally.failed} failed"] if tally.failed else []
        texts += [f"{waiting} waiting"] if waiting > 1 else []
        texts += ["NOBODY LISTENS at --to"] if self._held_up is not None else []
        return ", ".join(texts)

    def _tell_health(self) -> None:
        """Say it when it changes, and loudly when it is not well."""
        steady_s = self._clocks.look().steady_s
        if self.health.is_well(steady_s):
            if self._was_well is False:
                self._board.say("connected again: what came in meanwhile follows")
            self._was_well = True
        elif self.health.is_alarming(steady_s) and self._was_well is not False:
            words = self.health.words(steady_s)
            self._board.loud(f"{words}. Nothing that comes in reaches you; trying again")
            self._was_well = False
