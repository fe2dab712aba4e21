"""Deadlines on a loop: kept, told apart from a caller's cancellation, left behind by nobody."""

from __future__ import annotations

import asyncio
import time

import pytest

from bridgewright.engine.drive.sweeper import TICK_S, until


def in_s(seconds: float) -> int:
    return time.monotonic_ns() + int(seconds * 1e9)


@pytest.mark.parametrize("seconds", [-1, 0, 0.02, 1.01])
def test_a_deadline_ends_what_waits_longer(seconds: float) -> None:
    async def wait() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError), until(in_s(seconds)):
            await asyncio.Event().wait()
        return time.monotonic() - began

    assert asyncio.run(wait()) >= seconds - TICK_S


def test_what_ends_in_time_is_left_alone_and_leaves_nothing() -> None:
    async def work() -> int:
        with until(in_s(30)) as entry:
            await asyncio.sleep(0)
        assert entry not in entry._sweeper.entries  # noqa: SLF001
        return 7

    assert asyncio.run(work()) == 7


@pytest.mark.parametrize("seconds", [0.5, 30])
def test_a_cancellation_by_the_caller_stays_one(seconds: float) -> None:
    async def scenario() -> tuple[bool, int]:
        inside = asyncio.Event()

        async def wait() -> None:
            with until(in_s(seconds)):
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(wait())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return task.cancelled(), task.cancelling()

    assert asyncio.run(scenario()) == (True, 1)


def test_the_caller_wins_when_both_come_together() -> None:
    async def scenario() -> bool:
        entry = until(in_s(30))

        async def wait() -> None:
            with entry:
                await asyncio.Event().wait()

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        entry.fire()
        with pytest.raises(asyncio.CancelledError):
            await task
        return task.cancelled()

    assert asyncio.run(scenario())


def test_nested_deadlines_end_the_nearest_and_what_goes_on_is_not_cancelled() -> None:
    async def scenario() -> str:
        with until(in_s(30)):
            with pytest.raises(TimeoutError), until(in_s(0.01)):
                await asyncio.Event().wait()
            await asyncio.sleep(0)
            return "went on"

    assert asyncio.run(scenario()) == "went on"


def test_a_timeout_of_the_work_itself_is_not_mistaken_for_the_deadline() -> None:
    async def scenario() -> None:
        with until(in_s(30)) as entry:
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.Event().wait()
            finally:
                assert not entry.fired

    with pytest.raises(TimeoutError):
        asyncio.run(scenario())


def test_a_thousand_deadlines_of_one_loop_are_all_kept() -> None:
    async def one(number: int) -> bool:
        try:
            with until(in_s(1.01 if number % 2 else 60)):
                if number % 2:
                    await asyncio.Event().wait()
                await asyncio.sleep(0)
        except TimeoutError:
            return True
        return False

    async def scenario() -> list[bool]:
        return await asyncio.gather(*(one(number) for number in range(1_000)))

    assert asyncio.run(scenario()) == [bool(number % 2) for number in range(1_000)]
