"""A thousand callers at once, from threads and from a loop, and callers that are cancelled anywhere."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import NS_PER_S, Limits, Request, Response, Safety
from bridgewright.core.policy.breaker import BreakerState
from bridgewright.core.policy.numbers import BreakerNumbers, CallNumbers, Quota
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.drive.calling import Timing
from bridgewright.engine.drive.clock import Chance
from tests.rules.call.test_interleaved import most_within
from tests.rules.call.world import DONE, REFUSED, RESET, Answer, World, answer, profile, url
from tests.tries import tries

CALLERS = 1_000
READ = Request("GET", url(Safety.SAFE))
PATIENT = CallNumbers(
    deadline_s=60.0,
    max_attempts=1,
    concurrency=CALLERS,
    breaker=BreakerNumbers(consecutive=3, probes=2, successes=2),
)


@dataclass
class Held:
    """A provider that answers when told to, and counts who is with it."""

    released: threading.Event = field(default_factory=threading.Event)
    now: int = 1_000 * NS_PER_S
    inside: int = 0
    most: int = 0
    count: threading.Lock = field(default_factory=threading.Lock)

    def ticks(self) -> int:
        return self.now

    def send(self, request: Request, limits: Limits) -> Response:
        with self.count:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.released.wait(30)
        with self.count:
            self.inside -= 1
        return DONE

    def close(self) -> None:
        """Nothing is open."""


def half_open(caller: Caller, passes: Held | World) -> None:
    """A breaker that opened, and whose time is over."""
    [scope] = caller.scopes() or (caller.begin(READ).scope,)
    breaker = scope.breaker
    for _ in range(PATIENT.breaker.consecutive):
        permit = breaker.permit(passes.now)
        assert permit is not None
        breaker.settle(permit, passes.now, failed=True)
    assert breaker.state is BreakerState.OPEN
    passes.now = breaker.opens_until


@pytest.mark.slow
def test_a_thousand_threads_send_no_more_probes_than_configured() -> None:
    provider = Held()
    caller = Caller(
        profile(PATIENT),
        transport=provider,
        chance=Chance(World().moment, lambda: 0.5),
        timing=Timing(ticks=provider.ticks),
    )
    half_open(caller, provider)
    refused = threading.Semaphore(0)
    start = threading.Barrier(CALLERS)
    outcomes: Counter[str] = Counter()

    def ask() -> None:
        start.wait()
        call = caller.call(READ)
        outcomes[call.refused or "sent"] += 1
        if call.refused:
            refused.release()

    threads = [threading.Thread(target=ask) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for _ in range(CALLERS - PATIENT.breaker.probes):
        assert refused.acquire(timeout=30)
    provider.released.set()
    for thread in threads:
        thread.join(30)
    assert provider.most == PATIENT.breaker.probes
    assert outcomes == {"sent": 2, "breaker": CALLERS - 2}
    assert caller.account.bulkhead.busy == 0


def test_a_thousand_threads_share_few_places_and_none_is_lost() -> None:
    provider = Held()
    provider.released.set()
    numbers = replace(PATIENT, concurrency=3, queue=CALLERS)
    caller = Caller(profile(numbers), transport=provider)
    done: Counter[str] = Counter()
    start = threading.Barrier(200)

    def ask() -> None:
        start.wait()
        for _ in range(5):
            done[caller.call(READ).refused] += 1

    threads = [threading.Thread(target=ask) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert provider.most <= 3
    assert done == {"": CALLERS}
    assert caller.account.bulkhead.busy == caller.account.bulkhead.parked == 0


@dataclass
class Loop(World):
    """A provider on an event loop: each attempt takes some turns of the loop."""

    turns: int = 3
    inside: int = 0
    most: int = 0

    async def send_async(self, request: Request, limits: Limits) -> Response:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            for _ in range(self.turns):
                await asyncio.sleep(0)
            return self.send(request, limits)
        finally:
            self.inside -= 1

    def on_loop(self, numbers: CallNumbers, **quotas: tuple[Quota, ...]) -> Caller:
        return Caller(
            profile(numbers),
            quotas={name.removeprefix("all"): each for name, each in quotas.items()},
            async_transport=OnLoop(self),
            chance=Chance(self.moment, self.roll),
            timing=Timing(self.ticks, self.sleep, self.sleep_async, lambda: "minted"),
        )


@dataclass
class OnLoop:
    world: Loop

    async def send(self, request: Request, limits: Limits) -> Response:
        return await self.world.send_async(request, limits)

    async def aclose(self) -> None:
        """Nothing is open."""


def test_a_thousand_tasks_send_no_more_probes_than_configured() -> None:
    world = Loop(turns=50)
    caller = world.on_loop(PATIENT)
    half_open(caller, world)

    async def crowd() -> Counter[str]:
        calls = await asyncio.gather(*(caller.call_async(READ) for _ in range(CALLERS)))
        return Counter(call.refused for call in calls)

    assert asyncio.run(crowd()) == {"": 2, "breaker": CALLERS - 2}
    assert world.most == PATIENT.breaker.probes


BUSY = CallNumbers(
    deadline_s=30.0,
    max_attempts=3,
    concurrency=2,
    queue=20,
    breaker=BreakerNumbers(consecutive=4, open_s=0.5, probes=1, successes=1),
)
meetings = st.sampled_from([Answer(DONE), REFUSED, RESET, answer(429), answer(503, after_s=0.2)])


@settings(max_examples=tries(150), deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.none() | st.integers(0, 60)), min_size=1, max_size=12
    ),
    st.lists(meetings, max_size=40),
    st.integers(0, 6),
)
def test_tasks_cancelled_at_any_await_leave_nothing_behind(
    lives: list[tuple[int, int | None]], script: list[Answer], turns: int
) -> None:
    world = Loop(list(script), turns=turns)
    quota = Quota(20, 5.0)
    caller = world.on_loop(BUSY, all=(quota,))

    async def live(born: int, dies: int | None) -> None:
        for _ in range(born):
            await asyncio.sleep(0)
        task = asyncio.ensure_future(caller.call_async(READ))
        for _ in range(1_000 if dies is None else dies):
            if task.done():
                break
            await asyncio.sleep(0)
        if dies is not None:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled() or task.result().ended

    async def everybody() -> None:
        await asyncio.gather(*(live(*each) for each in lives))

    asyncio.run(everybody())
    bulkhead = caller.account.bulkhead
    assert bulkhead.busy == bulkhead.parked == world.inside == 0
    assert world.most <= BUSY.concurrency
    for scope in caller.scopes():
        half_opened = scope.breaker.state is BreakerState.HALF_OPEN
        assert not half_opened or not scope.breaker.refuses(world.now)
    assert most_within([(send.at, 1) for send in world.sends], 5 * NS_PER_S) <= quota.limit


def test_the_place_given_to_a_waiter_that_was_cancelled_goes_to_the_next() -> None:
    world = Loop(turns=2)
    caller = world.on_loop(replace(BUSY, concurrency=1))

    async def three() -> list[str]:
        first, second, third = (asyncio.ensure_future(caller.call_async(READ)) for _ in range(3))
        await first
        second.cancel()
        ended = await asyncio.gather(second, third, return_exceptions=True)
        return [type(each).__name__ for each in ended]

    assert asyncio.run(three()) == ["CancelledError", "Call"]
    assert caller.account.bulkhead.busy == 0


def test_a_slow_group_holds_up_nobody_else() -> None:
    world = Loop()
    caller = world.on_loop(CallNumbers(), all=(Quota(900, 60.0),), search=(Quota(30, 60.0),))
    for _ in range(5):
        search = caller.begin(Request("GET", url(Safety.SAFE, "search")))
        search.step(world.now, lambda _: pytest.fail("nobody has to wait for a place"))
    other = caller.begin(READ)
    other.step(world.now, lambda _: pytest.fail("nobody has to wait for a place"))
    assert other.sent_count or other.wake_at - world.now < NS_PER_S


def test_an_abandoned_attempt_has_spent_its_units() -> None:
    world = World()
    caller = world.caller(CallNumbers(), {"": (Quota(1, 10.0),)})
    first = caller.begin(READ)
    assert caller.admit(first) is not None
    caller.abandon(first)
    second = caller.begin(READ)
    assert caller.admit(second) is not None
    assert sum(world.slept) >= 10


def test_a_result_of_the_wire_is_never_raised() -> None:
    world = World([RESET])
    call = world.caller(replace(PATIENT, max_attempts=1)).call(READ)
    assert isinstance(call.trouble, TransportError)
