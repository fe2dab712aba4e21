"""Time that is moved by hand: nobody who waits for it is overlooked, whatever thread or loop he is on."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.simulate.clock import (
    UnsettledError,
    VirtualClock,
    WallClock,
    resting,
    sending,
    serving,
)
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

WELL_WITHIN_S = 10.0
lengths = st.integers(1, 40).map(lambda tenths: tenths / 4)
naps = st.lists(st.lists(lengths, min_size=1, max_size=4), min_size=1, max_size=5)


def due(plans: list[list[float]]) -> list[tuple[float, int]]:
    """When each sleeper of `plans` wakes, in the order of time."""
    at = []
    for who, plan in enumerate(plans):
        passed = 0.0
        for seconds in plan:
            passed += seconds
            at.append((passed, who))
    return sorted(at)


@given(naps)
@settings(max_examples=tries(40), deadline=None)
def test_every_thread_wakes_at_its_instant_and_in_order(plans: list[list[float]]) -> None:
    clock = VirtualClock(0.0)
    woken: list[tuple[float, int]] = []

    def nap(who: int) -> None:
        for seconds in plans[who]:
            clock.wait(seconds)
            woken.append((clock.now(), who))

    napping = [clock.start(lambda who=who: nap(who)) for who in range(len(plans))]
    clock.run_until_idle()
    for each in napping:
        each.result(WELL_WITHIN_S)
    assert [at for at, _ in woken] == [at for at, _ in due(plans)]
    assert sorted(woken) == due(plans)
    assert clock.sleepers == 0


@given(naps)
@settings(max_examples=tries(40), deadline=None)
def test_every_task_wakes_at_its_instant_and_in_order(plans: list[list[float]]) -> None:
    woken: list[tuple[float, int]] = []

    async def nap(clock: VirtualClock, who: int) -> None:
        for seconds in plans[who]:
            await clock.sleep(seconds)
            woken.append((clock.now(), who))

    async def night() -> float:
        clock = VirtualClock(0.0)
        napping = [asyncio.create_task(nap(clock, who)) for who in range(len(plans))]
        passed_s = await clock.run_until_idle_async()
        await asyncio.gather(*napping)
        return passed_s

    passed_s = asyncio.run(night())
    assert sorted(woken) == due(plans)
    assert [at for at, _ in woken] == [at for at, _ in due(plans)]
    assert passed_s == due(plans)[-1][0]


@given(naps, st.lists(lengths, min_size=1, max_size=6))
@settings(max_examples=tries(40), deadline=None)
def test_however_it_is_moved_everybody_wakes_at_the_same_instants(
    plans: list[list[float]], moves: list[float]
) -> None:
    clock = VirtualClock(0.0)
    woken: list[float] = []

    def nap(who: int) -> None:
        for seconds in plans[who]:
            clock.wait(seconds)
            woken.append(clock.now())

    napping = [clock.start(lambda who=who: nap(who)) for who in range(len(plans))]
    for seconds in moves:
        clock.advance(seconds)
        assert woken == [at for at, _ in due(plans) if at <= clock.now()]
    clock.run_until_idle()
    for each in napping:
        each.result(WELL_WITHIN_S)
    assert clock.now() == max(sum(moves), due(plans)[-1][0])


def test_who_begins_to_wait_while_it_is_moved_is_not_passed_over() -> None:
    clock = VirtualClock(0.0)
    woken: list[float] = []

    def breed(left: int) -> None:
        clock.wait(1.0)
        woken.append(clock.now())
        if left:
            clock.start(lambda: breed(left - 1))

    clock.start(lambda: breed(9))
    clock.advance(5.0)
    assert woken == [1.0, 2.0, 3.0, 4.0, 5.0]
    clock.advance(100.0)
    assert woken == [float(n) for n in range(1, 11)]


@pytest.mark.slow
def test_what_a_task_made_belongs_to_it() -> None:
    """Three branches of one piece of work sleep in turns: time passes while all of them do."""
    clock = VirtualClock(0.0)

    async def branch(seconds: float) -> float:
        await clock.sleep(seconds)
        await clock.sleep(seconds)
        return clock.now()

    async def together() -> list[float]:
        return list(await asyncio.gather(branch(1.0), branch(2.0), branch(3.0)))

    ended = clock.start(lambda: asyncio.run(together()))
    clock.run_until_idle()
    assert ended.result(WELL_WITHIN_S) == [2.0, 4.0, 6.0]


def test_those_who_only_look_around_stop_nobody_and_come_first() -> None:
    clock = VirtualClock(0.0)
    seen: list[tuple[str, float]] = []

    async def look() -> None:
        while True:
            await clock.sleep(1.0, idle=True)
            seen.append(("looked", clock.now()))

    async def day() -> None:
        looking = asyncio.create_task(look())
        sleeping = asyncio.create_task(clock.sleep(3_600.0))
        sleeping.add_done_callback(lambda _: seen.append(("woke", clock.now())))
        await clock.advance_async(7_200.0)
        looking.cancel()

    asyncio.run(day())
    assert seen == [("looked", 3_600.0), ("woke", 3_600.0), ("looked", 7_200.0)]


def test_time_stands_still_for_a_client_until_its_provider_rests() -> None:
    clock = VirtualClock(0.0, patience_s=0.02)
    asking = clock.begin("a call", apart=True)
    asking.fly(4_711)
    with pytest.raises(UnsettledError, match="a call"):
        clock.advance(1.0)
    with serving(clock, "a provider", 4_711), resting(clock):
        clock.advance(1.0)
    with pytest.raises(UnsettledError, match="a call"):
        clock.advance(1.0)
    asking.end()
    clock.advance(1.0)
    assert clock.now() == 2.0


def test_another_clients_silence_does_not_count_for_this_one() -> None:
    clock = VirtualClock(0.0, patience_s=0.02)
    asking = clock.begin("a call", apart=True)
    asking.fly(4_711)
    with (
        serving(clock, "a provider", 4_712),
        resting(clock),
        pytest.raises(UnsettledError, match="a call"),
    ):
        clock.advance(1.0)


def test_who_is_asked_is_waited_for_and_asked_again_after_news() -> None:
    clock = VirtualClock(0.0)
    left, asked = [2], threading.Semaphore(0)

    def ask() -> None:
        asked.release()
        if left[0]:
            left[0] -= 1
            clock.start(lambda: clock.wait(1.0))

    take_back = clock.poke(ask)
    clock.run_until_idle()
    assert (left, clock.now()) == ([0], 2.0)
    take_back()
    while asked.acquire(blocking=False):
        pass
    clock.advance(1.0)
    assert not asked.acquire(blocking=False)


def test_what_repeats_itself_for_ever_is_said_to() -> None:
    clock = VirtualClock(0.0)
    stopped = threading.Event()

    def repeat() -> None:
        while not stopped.is_set():
            clock.wait(10.0)

    repeating = clock.start(repeat)
    with pytest.raises(UnsettledError, match=r"after 100 s of virtual time 1 still wait"):
        clock.run_until_idle(within_s=100.0)
    stopped.set()
    clock.advance(10.0)
    repeating.result(WELL_WITHIN_S)


def test_a_sleeper_that_is_cancelled_is_forgotten() -> None:
    clock = VirtualClock(0.0)

    async def journey() -> None:
        sleeping = asyncio.create_task(clock.sleep(10.0))
        await clock.advance_async(1.0)
        assert (clock.sleepers, clock.next_at()) == (1, 10.0)
        sleeping.cancel()
        await asyncio.gather(sleeping, return_exceptions=True)
        assert (clock.sleepers, clock.next_at()) == (0, None)

    asyncio.run(journey())
    assert clock.works.counting == 0


def test_a_sleeper_whose_loop_has_ended_holds_nobody_up() -> None:
    clock = VirtualClock(0.0)
    loop = asyncio.new_event_loop()
    sleeping = loop.create_task(clock.sleep(10.0))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    clock.advance(20.0)
    del sleeping
    assert clock.now() == 20.0


def test_it_only_moves_on() -> None:
    with pytest.raises(ValueError, match=r"not by -1 s"):
        VirtualClock().advance(-1.0)


def test_real_time_takes_no_part_in_it() -> None:
    clock = WallClock()
    with serving(clock, "a provider", 1), sending(clock, "a webhook"), resting(clock):
        pass
    assert clock.now() > 1_700_000_000.0


@pytest.fixture(autouse=True)
def _nobody_is_left_behind() -> Iterator[None]:
    before = threading.active_count()
    yield
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and threading.active_count() > before:
            thread.join(0.5)
