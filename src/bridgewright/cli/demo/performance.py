"""One performance of the demo: everything is set up, played, told, left to be explored, taken down."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.cli.demo import tales
from bridgewright.cli.demo.children import DemoError
from bridgewright.cli.demo.display import TICK_S, a_display
from bridgewright.cli.demo.figures import figures
from bridgewright.cli.demo.ledger import balance
from bridgewright.cli.demo.play import Play
from bridgewright.cli.demo.premises import premises
from bridgewright.cli.demo.script import Timing, chapters, encore
from bridgewright.cli.demo.shop import Shop
from bridgewright.cli.demo.stage import Urls, staged
from bridgewright.cli.exits import Exit
from bridgewright.cli.screen import note
from bridgewright.engine.drive.clock import now
from bridgewright.simulate.courier import Courier
from bridgewright.simulate.dependency import Dependency
from bridgewright.simulate.payloads import customer_number
from bridgewright.simulate.stripe.simulator import StripeSimulator

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bridgewright.cli.demo.display import Display
    from bridgewright.cli.demo.ledger import Books, Ledger
    from bridgewright.cli.screen import Screen

MISSING_EVERY, MISSING_REST = 16, 7
"""One customer in sixteen is missing from the shop's books at first."""
ENCORE_S = 20.0


@dataclass(frozen=True, slots=True)
class Wish:
    """Which day, how many deliveries, and whether everything stays up when it is over."""

    seed: int
    deliveries: int
    stays: bool


def perform(wish: Wish, screen: Screen) -> Exit:
    """Play the demo; how it ended."""
    try:
        return asyncio.run(_interruptible(_performance(wish, screen)))
    except DemoError as error:
        note(f"the demo cannot go on: {error}")
        return Exit.UNWELL


async def _interruptible(performance: Coroutine[Any, Any, Exit]) -> Exit:
    """Run a performance that Ctrl-C and SIGTERM end in order, with everything taken down."""
    playing = asyncio.create_task(performance)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        note("interrupted; every process was ended and the folder removed")
        return Exit.INTERRUPTED


async def _performance(wish: Wish, screen: Screen) -> Exit:
    async with AsyncExitStack() as stack:
        dependency = Dependency(_is_listed)
        stack.push_async_callback(dependency.close)
        timing = Timing.of(wish.deliveries)
        stripe = stack.enter_context(StripeSimulator())
        urls = Urls(await dependency.start(), stripe.start())
        place = stack.enter_context(premises(os.environ))
        stage = stack.enter_context(staged(urls, timing.patience, place))
        shop = Shop(stage, dependency, stripe)
        stack.push_async_callback(shop.close)
        inboxes = await shop.guard(shop.open())
        courier = await stack.enter_async_context(Courier(*inboxes, keys=stage.keys, now=now))
        evening = _Evening(wish, timing, shop, courier, inboxes)
        ledger = await evening.play(screen)
        if wish.stays:
            # Ending it from the keyboard is how this is meant to end.
            with suppress(asyncio.CancelledError):
                await shop.guard(evening.stay())
    return Exit.OK if ledger.balances else Exit.UNWELL


@dataclass(frozen=True, slots=True)
class _Evening:
    """A performance once everything is up."""

    wish: Wish
    timing: Timing
    shop: Shop
    courier: Courier
    inboxes: tuple[str, ...]

    async def play(self, screen: Screen) -> Ledger:
        """Play the day, compare the books and say what they come to."""
        began_at_s = time.monotonic()

        def elapsed_s() -> float:
            return time.monotonic() - began_at_s

        with a_display(elapsed_s, self.wish.seed) as display:
            ticking = asyncio.create_task(self._tick(display, elapsed_s))
            try:
                books = await self.shop.guard(self._day(display))
                await self._look(display, elapsed_s())
                display.end()
            finally:
                ticking.cancel()
                with suppress(asyncio.CancelledError):
                    await ticking
        ledger = balance(books)
        tales.tell_books(books, ledger)
        screen.answer("demo", self._content(ledger, elapsed_s()))
        screen.say(ledger.line())
        return ledger

    async def stay(self) -> None:
        """Leave a few dead letters, say what can be tried, and stay up."""
        self.shop.dependency.knows = lambda _path: False
        dead = encore(self.wish.seed)
        await self.courier.play(dead)
        await self.shop.until(
            lambda seen: sum(seen.dead_by_cause.values()) >= len(dead.parcels), ENCORE_S
        )
        self.shop.dependency.knows = lambda _path: True
        tales.tell_commands(self.shop.stage, self.inboxes, len(dead.parcels))
        await asyncio.Event().wait()

    async def _day(self, display: Display) -> Books:
        day = {chapter.name: chapter for chapter in chapters(self.wish.seed, self.wish.deliveries)}
        return await Play(self.shop, self.courier, self.timing, display).run(day)

    async def _tick(self, display: Display, elapsed_s: Callable[[], float]) -> None:
        while True:
            await self._look(display, elapsed_s())
            await asyncio.sleep(TICK_S)

    async def _look(self, display: Display, at_s: float) -> None:
        for move in self.shop.breaker_moves():
            state, _, reason = move.partition(" ")
            display.say(f"the worker's breaker for Stripe is {state}: {reason}")
        display.show(figures(at_s, self.courier.book, await self.shop.survey(), self.shop))

    def _content(self, ledger: Ledger, elapsed_s: float) -> dict[str, object]:
        counts = asdict(ledger)
        problems = counts.pop("problems")
        stays = self.wish.stays
        return {
            "balanced": ledger.balances,
            "seed": self.wish.seed,
            "deliveries": self.wish.deliveries,
            "seconds": round(elapsed_s, 1),
            "ledger": counts,
            "problems": list(problems),
            "url": self.inboxes[0] if stays else None,
            "settings": str(self.shop.stage.settings_file) if stays else None,
        }


def _is_listed(path: str) -> bool:
    """Whether the shop's books know who is asked for; they miss some customers at first."""
    number = customer_number(path.rpartition("/")[2]) if path.startswith("/customers/") else -1
    return number % MISSING_EVERY != MISSING_REST
