"""The play itself: the courier sends a day, act by act, and the shop is put through it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from bridgewright.cli.demo import books
from bridgewright.cli.demo.script import ACTS
from bridgewright.core.model.item import Cause, State
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanState
from bridgewright.simulate.stand import Mood

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bridgewright.cli.demo.display import Display
    from bridgewright.cli.demo.ledger import Books
    from bridgewright.cli.demo.script import Timing
    from bridgewright.cli.demo.shop import Shop
    from bridgewright.core.model.operation import Overview
    from bridgewright.simulate.courier import Courier
    from bridgewright.simulate.day import Chapter

ENOUGH_DEAD = 5
"""Dead letters that an outage must have made before it may end."""
OUTAGE_AT_MOST_S = 20.0
CLOSED_WITHIN_S = 10.0
"""How long the breaker may take to see that Stripe is back: its probes are the deliveries to come."""
ENOUGH_LEASED = 14
"""Of the 16 items that each worker has at once: so many under way make a kill worth watching."""
LEASED_WITHIN_S = 3.0
GLANCE_S = 0.0005
"""How closely the journal is watched for the worst moment."""
KILL_WITHIN_S = 10.0
DRAIN_S = 180.0
"""How long the worker may take to finish everything: a day does on one busy core."""
ROUNDS = 3
ACTOR = "operator@demo"
REASONS = {
    Cause.EXHAUSTED: "the shop's books answer again",
    Cause.PERMANENT: "the missing customers were entered",
    Cause.UNHANDLED: "the next release handles issues",
}


class Play:
    """One day with one shop."""

    def __init__(self, shop: Shop, courier: Courier, timing: Timing, display: Display) -> None:
        self._leased_at_kill: frozenset[str] = frozenset()
        self._shop = shop
        self._courier = courier
        self._timing = timing
        self._display = display

    async def run(self, day: Mapping[str, Chapter]) -> Books:
        """Play every act; what is in the books at its end."""
        turns: dict[str, Callable[[Chapter], Awaitable[None]]] = {
            "outage": self._outage,
            "kill": self._kill,
            "locked": self._locked,
        }
        for act in ACTS:
            self._display.act(act)
            if act.name in day:
                await turns.get(act.name, self._courier.play)(day[act.name])
            else:
                await self._operate()
        bridge, journal = self._shop.bridge, self._shop.stage.journal
        charged = self._shop.stripe.charges_per("order")
        return await books.read(self._courier.book, bridge, journal, self._leased_at_kill, charged)

    async def _outage(self, chapter: Chapter) -> None:
        """What handlers call is down for most of the chapter, and until it has cost something."""
        self._shop.dependency.down = True
        self._shop.stripe.be(Mood.DOWN)
        self._display.say("the shop's books and Stripe answer 503 from here on")
        await asyncio.gather(self._courier.play(chapter), self._recover())

    async def _recover(self) -> None:
        await asyncio.sleep(self._timing.outage_s)
        await self._shop.until(
            lambda seen: _dead(seen, "exhausted") >= ENOUGH_DEAD, OUTAGE_AT_MOST_S
        )
        self._shop.dependency.down = False
        self._shop.stripe.be(Mood.WELL)
        overview = await self._shop.survey()
        waiting = sum(source.waiting for source in overview.sources)
        self._display.say(
            f"both are back: {_dead(overview, 'exhausted')} items ran out of attempts,"
            f" {waiting} wait for another"
        )
        await _until(lambda: self._shop.breaker_is == "closed", CLOSED_WITHIN_S)

    async def _kill(self, chapter: Chapter) -> None:
        """Let handlers pile up, let them all go at once, and kill their worker as the first of them
        writes its line: the handler has run, and the store does not know it."""
        self._shop.dependency.hold()
        await asyncio.gather(self._courier.play(chapter), self._kill_and_replace())

    async def _kill_and_replace(self) -> None:
        shop = self._shop
        enough = ENOUGH_LEASED * shop.stage.premises.pairs
        await shop.until(lambda seen: _leased(seen) >= enough, LEASED_WITHIN_S)
        await shop.until(lambda seen: _leased(seen) > 0, KILL_WITHIN_S)
        pid = shop.doomed
        await self._worst_moment(pid)
        await shop.kill_worker()
        rows = [row async for row in books.every_item(shop.bridge, Selection(state=State.LEASED))]
        leased = frozenset(books.key_of(row) for row in rows)
        self._leased_at_kill = held = leased & books.begun_by(pid, shop.stage.begun)
        self._display.say(
            f"worker {pid} is dead by SIGKILL (exit code -9), {len(held)} items in its hands"
        )
        await shop.release("app:next_release")
        self._display.say(
            f"the next release takes over; those {len(held)} come back as leases end,"
            f" within {self._timing.patience.lease_s:g} s"
        )

    async def _worst_moment(self, pid: int) -> None:
        """When this worker's first handler has written its line."""
        journal, mark = self._shop.stage.journal, f"{pid} "
        before = journal.stat().st_size
        self._shop.dependency.flow()

        def has_written() -> bool:
            if journal.stat().st_size == before:
                return False
            with journal.open(encoding="utf-8") as file:
                file.seek(before)
                return any(line.startswith(mark) for line in file)

        await _until(has_written, KILL_WITHIN_S)

    async def _locked(self, chapter: Chapter) -> None:
        """Hold the store until deliveries were turned away. No delivery of this chapter is forged: a
        rejection that cannot be written down is still a 401, but then nobody has counted it."""
        book = self._courier.book
        before = book.turned_away
        premises = self._shop.stage.premises
        async with self._shop.locked():
            self._display.say(premises.lock_words)
            playing = asyncio.create_task(self._courier.play(chapter))
            enough = before + len(chapter.parcels) // 2
            at_most_s = premises.lock_at_most_s
            await _until(lambda: book.turned_away >= enough or playing.done(), at_most_s)
        self._display.say("the lock is gone; what was turned away with 503 comes again")
        await playing
        turned_away = book.turned_away - before
        self._display.say(f"{turned_away} answers were 503; each of those deliveries is in by now")

    async def _operate(self) -> None:
        """Put back what is dead, in rounds: an item whose last attempt a killed worker had is buried
        only when its lease has run out."""
        await self._drain()
        for _ in range(ROUNDS):
            for cause in REASONS:
                await self._redrive(cause)
            await self._drain()
            if not (await self._shop.survey()).dead_by_cause:
                return

    async def _redrive(self, cause: Cause) -> None:
        bridge = self._shop.bridge
        if cause is Cause.PERMANENT:
            self._shop.dependency.knows = _everybody
        plan = await bridge.redrive.plan(Selection(cause=cause), reason=REASONS[cause], actor=ACTOR)
        if not plan.total:
            return
        self._display.say(f"plan {plan.id}: {plan.total} {cause}, frozen; because {plan.reason}")
        await asyncio.sleep(self._timing.look_s)
        plan = await bridge.redrive.run(plan.id, actor=ACTOR, expect_count=plan.total)
        while plan.state is PlanState.RUNNING:
            plan = await bridge.redrive.advance(plan.id)
        self._display.say(f"plan {plan.id}: run by {ACTOR}, {plan.put_back} wait again")

    async def _drain(self) -> None:
        await self._shop.until(lambda seen: not _unfinished(seen), DRAIN_S)


def _everybody(_path: str) -> bool:
    return True


def _dead(overview: Overview, cause: str) -> int:
    return overview.dead_by_cause.get(cause, 0)


def _leased(overview: Overview) -> int:
    return sum(source.leased for source in overview.sources)


def _unfinished(overview: Overview) -> int:
    return sum(source.waiting + source.leased for source in overview.sources)


async def _until(holds: Callable[[], bool], within_s: float) -> None:
    """Look closely at something of another process, for a while."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 - what another process does sets no event here
                await asyncio.sleep(GLANCE_S)
