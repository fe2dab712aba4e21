"""A worker at work: keeps claiming while there is room, runs what it claimed, and goes home in order.

The crew knows nothing of items' rules: it is handed journeys and runs them on the loop it was
started on.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.core.errors import StoreError
from bridgewright.core.lifecycle.presence import SIGN_OF_LIFE_S
from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.model.moment import seconds_between
from bridgewright.engine.drive.clock import Time
from bridgewright.engine.drive.journeys import LoopWorld, run_async

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bridgewright.core.effects import Claims, Invoke, Journey, Ran
    from bridgewright.core.model.item import Claimed
    from bridgewright.engine.drive.clock import Ringing, Work
    from bridgewright.engine.drive.lanes import Lanes

AWAY_S = 1.0
"""Pause before a store that failed is asked again."""
SHORTEST_S = 0.001
"""Shortest sleep: an item due right now is looked for again after others had a turn."""
IDLE_S = 5.0
"""Longest sleep of an idle crew: the floor under every wake-up that might get lost."""
_ROUNDED_NS = 1_000
"""What an alarm comes later than an item is due, whose instant is in whole microseconds."""


class Errands(Protocol):
    """The journeys a crew runs."""

    def claim(self, limit: int, *, alone: bool) -> Journey[Claims]: ...

    def attempt(self, claimed: Claimed) -> Journey[None]: ...

    def abandon(self, claimed: Claimed) -> Journey[None]: ...

    def broke(self, claimed: Claimed, error: Exception) -> Journey[None]: ...

    def release(self, claimed: Claimed) -> Journey[None]: ...

    def renew(self, leases: tuple[tuple[int, int], ...]) -> Journey[tuple[int, ...]]: ...

    def enlist(self, *, stopped: bool = False) -> Journey[None]: ...

    def tidy(self) -> Journey[None]: ...

    def carry_on(self) -> Journey[None]: ...
    def ended(self, claimed: Claimed) -> None: ...

    def failed(self, errand: str, error: StoreError) -> None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard and how patiently a crew works.

    `concurrency`: attempts at once. `renew_s`: between two renewals of the leases held. `sign_s`:
    between two signs of life, and two rounds of tidying. `plan_s`: between two looks at plans that
    run. `drain_s`: how long a stop waits for attempts under way.
    """

    concurrency: int = 16
    renew_s: float = 20.0
    sign_s: float = SIGN_OF_LIFE_S
    plan_s: float = 1.0
    drain_s: float = 20.0


@dataclass(slots=True, eq=False)
class Crew:
    """One worker. `work()` runs until `stop()`, or until nothing is due when `until_idle`.

    `invoke` runs a handler; `lanes` are the threads in which it runs blocking ones, let go when the
    crew goes home.
    """

    errands: Errands
    world: LoopWorld
    invoke: Callable[[Invoke], Awaitable[Ran]]
    lanes: Lanes
    pace: Pace
    time: Time = field(default_factory=Time)
    _held: dict[tuple[int, int], Claimed] = field(default_factory=dict)
    _running: set[tuple[int, int]] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _clearing: bool = False
    _stopping: bool = False
    _released: int = 0
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _counting: LoopWorld = field(init=False)
    _works: dict[tuple[int, int], Work] = field(default_factory=dict)
    _own: Work | None = None

    def __post_init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._counting = replace(self.world, invoke=self._invoke)

    def wake(self) -> None:
        """Something may be due. Safe from any thread, and after the loop has closed."""
        watch = self.time.watch
        coming = None if watch is None else watch.begin("the wake of a worker")
        try:
            self._loop.call_soon_threadsafe(self._stir, coming)
        except RuntimeError:  # the loop is closed: there is nothing left to wake
            _over(coming)

    def stop(self) -> None:
        """Claim nothing more and end `work()`. Safe from any thread."""
        self._stopping = True
        self.wake()

    async def work(self, *, until_idle: bool = False) -> int:
        """Claim and run until stopped; returns how many claimed items were given back unbegun."""
        watch = self.time.watch
        self._own = None if watch is None else watch.begin("a worker")
        unpoke = None if watch is None else watch.poke(self.wake)
        unlisten = self.world.store.listen(self.wake)
        chores = [
            self._chore(self.pace.renew_s, "renew", self._renew),
            self._chore(self.pace.sign_s, "enlist", self.errands.enlist),
            self._chore(self.pace.sign_s, "tidy", self.errands.tidy),
            self._chore(self.pace.plan_s, "plans", self.errands.carry_on),
        ]
        try:
            await self._claim_until_stopped(until_idle=until_idle)
        finally:
            unlisten()
            if unpoke is not None:
                unpoke()
            await asyncio.shield(self._go_home(chores))
            _over(self._own)
        for chore in chores:
            if not chore.cancelled():
                chore.result()  # raises what ended it
        return self._released

    def _chore(
        self, seconds: float, errand: str, journey: Callable[[], Journey[Any]]
    ) -> asyncio.Task[None]:
        """Something done again and again. A worker that can no longer do it must not go on."""
        chore = asyncio.create_task(self._every(seconds, errand, journey))
        chore.add_done_callback(lambda _: self.stop())
        return chore

    async def _claim_until_stopped(self, *, until_idle: bool) -> None:
        while not self._stopping:
            self._woken.clear()
            room, alone = self._room(), not self._held
            if until_idle and alone:
                await self._once("tidy", self.errands.tidy)
                await self._once("plans", self.errands.carry_on)  # what it puts back is due now
            claims = await self._claim_to_the_end(room) if room > 0 else None
            for claimed in () if claims is None else claims.claimed:
                self._begin(claimed)
            if claims is not None and claims.poisoned:
                continue  # they took the places of others that may be due
            # What was held when the claim was made may have come back due after it.
            if until_idle and alone and claims is not None and _is_idle(claims):
                return
            if claims is None or len(claims.claimed) < room:
                await self._sleep(claims)

    def _room(self) -> int:
        """How many more to claim. A handler that has ended makes room before its settlement is on
        disk, so that both go in one transaction; a store that falls behind is not run away from. An
        item on its last life runs alone, and for that everything else comes to its end first."""
        if self._clearing and self._held:
            return 0
        free = self.pace.concurrency - len(self._running)
        return min(free, 2 * self.pace.concurrency - len(self._held))

    async def _claim_to_the_end(self, room: int) -> Claims | None:
        """Claim; if cancelled meanwhile, see what was claimed, so that it goes back."""
        with nullcontext() if self._own is None else self._own.here():
            claiming = asyncio.create_task(self._claim(room))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            self._stopping = True
            claims = await claiming
            for claimed in () if claims is None else claims.claimed:
                self._begin(claimed)
            raise

    async def _claim(self, room: int) -> Claims | None:
        try:
            claims = await run_async(self.errands.claim(room, alone=not self._held), self.world)
        except StoreError as error:
            self.errands.failed("claim", error)
            await self.world.sleep(AWAY_S)
            return None
        self._clearing = claims.suspects
        return claims

    async def _sleep(self, claims: Claims | None) -> None:
        """Until woken, or until something is due by the clock."""
        due_in_s = IDLE_S
        if claims is not None and claims.next_due_at is not None:
            due_in_s = seconds_between(self.world.chance.now(), claims.next_due_at)
            due_in_s = max(due_in_s, SHORTEST_S)
        elif claims is not None and self.time.watch is not None:
            await self._until_woken()  # by whoever moves the clock, before each move
            return
        timer = self._timer(due_in_s)
        try:
            await self._until_woken()
        finally:
            timer.cancel()

    def _timer(self, seconds: float) -> Ringing:
        """Have it woken in so many seconds, or before, where nobody tells when something is due."""
        if self.time.watch is None:
            return self._loop.call_later(min(seconds, IDLE_S), self._woken.set)
        at = self.time.ticks() + int(seconds * NS_PER_S) + _ROUNDED_NS
        return self.time.watch.alarm(at, self.wake)

    async def _until_woken(self) -> None:
        if self._own is not None and not self._woken.is_set():
            self._own.rest()
        try:
            await self._woken.wait()
        finally:
            if self._own is not None:
                self._own.resume()

    def _stir(self, coming: Work | None = None) -> None:
        """Have it look again; on the loop. It is at work from now on, and not from when it runs."""
        self._woken.set()
        if self._own is not None:
            self._own.resume()
        if coming is not None:
            coming.end()

    def _begin(self, claimed: Claimed) -> None:
        key = claimed.lease.item_id, claimed.lease.fence
        if self.time.watch is not None:
            self._works[key] = self.time.watch.begin(f"item {claimed.item.id}")
        self._held[key] = claimed
        self._running.add(key)
        task = self._loop.create_task(self._attempt(claimed, self._works.get(key)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attempt(self, claimed: Claimed, work: Work | None) -> None:
        with nullcontext() if work is None else work.here():
            await self._attempted(claimed)

    async def _attempted(self, claimed: Claimed) -> None:
        try:
            if self._stopping:
                self._released += 1
                await run_async(self.errands.release(claimed), self.world)
            else:
                await run_async(self.errands.attempt(claimed), self._counting)
        except asyncio.CancelledError:
            # The drain is over: this attempt is cut off here.
            await run_async(self.errands.abandon(claimed), self.world)
        except Exception as error:  # noqa: BLE001 - a fault of ours: told, and the item tried again
            message = f"the attempt of item {claimed.item.id} broke down"
            self._loop.call_exception_handler({"message": message, "exception": error})
            await run_async(self.errands.broke(claimed, error), self.world)
        finally:
            self._ended(claimed)

    async def _invoke(self, effect: Invoke) -> Ran:
        try:
            return await self.invoke(effect)
        finally:
            lease = effect.claimed.lease
            self._running.discard((lease.item_id, lease.fence))
            self._stir()

    def _ended(self, claimed: Claimed) -> None:
        key = claimed.lease.item_id, claimed.lease.fence
        self._held.pop(key, None)
        self._running.discard(key)
        self.errands.ended(claimed)
        self._stir()
        _over(self._works.pop(key, None))

    async def _every(
        self, seconds: float, errand: str, journey: Callable[[], Journey[Any]]
    ) -> None:
        watch = self.time.watch
        with nullcontext() if watch is None else watch.begin(f"the {errand} of a worker"):
            while True:
                await self._once(errand, journey)
                await self.time.rest_async(seconds)

    async def _once(self, errand: str, journey: Callable[[], Journey[Any]]) -> None:
        try:
            await run_async(journey(), self.world)
        except StoreError as error:
            self.errands.failed(errand, error)

    def _renew(self) -> Journey[tuple[int, ...]]:
        return self.errands.renew(tuple(self._held))

    async def _go_home(self, chores: list[asyncio.Task[None]]) -> None:
        """Wait for what is under way, cut off what takes too long, sign off."""
        self._stopping = True
        deadline = self._loop.time() + self.pace.drain_s
        while self._held and (left_s := deadline - self._loop.time()) > 0:
            self._woken.clear()
            timer = self._loop.call_later(left_s, self._woken.set)
            await self._until_woken()
            timer.cancel()
        for task in (*self._tasks, *chores):
            task.cancel()
        await asyncio.gather(*self._tasks, *chores, return_exceptions=True)
        self.lanes.close()
        try:
            await run_async(self.errands.enlist(stopped=True), self.world)
        except StoreError as error:
            self.errands.failed("enlist", error)


def _over(work: Work | None) -> None:
    if work is not None:
        work.end()


def _is_idle(claims: Claims) -> bool:
    """Whether nothing is due. What a rate holds back is."""
    return not claims.claimed and not (claims.held_back and claims.next_due_at is not None)
