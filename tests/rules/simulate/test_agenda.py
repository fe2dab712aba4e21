"""What a provider has yet to do is done in its order, each thing at its own instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.simulate.agenda import Agenda
from bridgewright.simulate.clock import BEGAN_AT_S, VirtualClock
from bridgewright.simulate.listener import LoopThread

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = st.integers(0, 100)


@given(due=st.lists(SECONDS), steps=st.lists(st.integers(0, 60)))
def test_deeds_are_done_in_their_order_however_the_clock_is_moved(
    due: list[int], steps: list[int]
) -> None:
    clock = VirtualClock()
    agenda = Agenda(clock)
    done: list[float] = []
    for seconds in due:
        agenda.at(BEGAN_AT_S + seconds, done.append)
    for step in (0, *steps):
        clock.advance(step)
        agenda.catch_up()

    passed = [BEGAN_AT_S + seconds for seconds in sorted(due) if seconds <= sum(steps)]
    assert done == passed
    assert len(agenda) == len(due) - len(passed)


@given(delays=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_what_a_deed_plans_is_done_at_its_instant_though_the_clock_is_past_it(
    delays: list[int],
) -> None:
    clock = VirtualClock()
    agenda = Agenda(clock)
    done: list[float] = []

    def chain(rest: list[int]) -> Callable[[float], None]:
        def deed(at_s: float) -> None:
            done.append(at_s - BEGAN_AT_S)
            if rest:
                agenda.at(at_s + rest[0], chain(rest[1:]))

        return deed

    agenda.at(BEGAN_AT_S + delays[0], chain(delays[1:]))
    clock.advance(1_000)
    agenda.catch_up()

    assert done == [sum(delays[: place + 1]) for place in range(len(delays))]


def test_its_thread_does_what_is_due_and_nothing_once_it_is_closed() -> None:
    clock = VirtualClock()
    agenda, thread = Agenda(clock), LoopThread("agenda")
    done: list[float] = []
    agenda.open(thread)
    agenda.at(BEGAN_AT_S + 5, done.append)
    agenda.at(BEGAN_AT_S + 2, done.append)
    agenda.at(BEGAN_AT_S + 50, done.append)
    clock.advance(10)
    thread.run(_turn())
    while len(done) < 2:
        thread.run(_turn())
    agenda.close()
    clock.advance(100)
    thread.run(_turn())
    thread.close()

    assert done == [BEGAN_AT_S + 2, BEGAN_AT_S + 5]


async def _turn() -> None:
    """Give the others on the loop their turn."""
