"""The breaker: when it opens, how it comes back, whose results it hears."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.policy.breaker import MOVES, Breaker, BreakerState
from bridgewright.core.policy.numbers import BreakerNumbers
from tests.tries import tries

NUMBERS = BreakerNumbers()
SECOND = NS_PER_S


def breaker(numbers: BreakerNumbers = NUMBERS, roll: float = 0.5) -> Breaker:
    return Breaker(numbers, lambda: roll, lease_s=30)


def fail(one: Breaker, now: int, times: int = 1) -> None:
    for _ in range(times):
        permit = one.permit(now)
        assert permit is not None
        one.settle(permit, now, failed=True)


def opened(at: int = 0) -> Breaker:
    one = breaker()
    fail(one, at, NUMBERS.consecutive)
    assert one.state is BreakerState.OPEN
    return one


def test_failures_in_a_row_open_it_however_few_the_calls() -> None:
    one = breaker()
    fail(one, 0, NUMBERS.consecutive - 1)
    assert one.state is BreakerState.CLOSED
    fail(one, 3_600 * SECOND)
    assert one.state is BreakerState.OPEN


def test_a_success_ends_the_row() -> None:
    one = breaker(replace(NUMBERS, least_calls=1_000))
    for _ in range(20):
        fail(one, 0, NUMBERS.consecutive - 1)
        one.settle(one.generation, 0, failed=False)
    assert one.state is BreakerState.CLOSED


def test_half_of_the_calls_failing_open_it_once_there_are_enough() -> None:
    one = breaker(replace(NUMBERS, consecutive=1_000))
    for number in range(NUMBERS.least_calls - 1):
        one.settle(one.generation, 0, failed=number % 2 == 0)
    assert one.state is BreakerState.CLOSED
    one.settle(one.generation, 0, failed=False)
    assert one.state is BreakerState.OPEN


def test_slow_calls_open_it_although_they_succeed() -> None:
    one = breaker()
    for _ in range(NUMBERS.least_calls):
        one.settle(one.generation, 0, failed=False, elapsed=int(NUMBERS.slow_s * SECOND))
    assert one.state is BreakerState.OPEN
    assert "slow" in one.moves[0].reason


def test_what_left_the_window_is_forgotten_even_if_nobody_called_meanwhile() -> None:
    one = breaker(replace(NUMBERS, consecutive=1_000))
    for number in range(NUMBERS.least_calls - 2):
        one.settle(one.generation, number, failed=True)
    later = int(NUMBERS.window_s * SECOND) + SECOND
    for _ in range(2):
        one.settle(one.generation, later, failed=True)
    assert one.state is BreakerState.CLOSED
    assert "2 of 2" in repr(one)


def test_an_open_breaker_refuses_until_its_time_and_then_lets_one_probe_pass() -> None:
    one = opened()
    assert one.refuses(one.opens_until - 1)
    assert one.permit(one.opens_until - 1) is None
    probe = one.permit(one.opens_until)
    assert probe is not None
    assert one.state is BreakerState.HALF_OPEN
    assert one.permit(one.opens_until) is None


def test_probes_that_go_well_close_it() -> None:
    one = opened()
    now = one.opens_until
    for _ in range(NUMBERS.successes):
        permit = one.permit(now)
        assert permit is not None
        one.settle(permit, now, failed=False)
    assert one.state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_twice_as_long_up_to_the_cap() -> None:
    one, lengths = opened(), []
    for _ in range(12):
        now = one.opens_until
        permit = one.permit(now)
        assert permit is not None
        one.settle(permit, now, failed=True)
        lengths.append(one.opens_until - now)
    assert lengths[0] == pytest.approx(2 * NUMBERS.open_s * 0.75 * SECOND)
    assert lengths == sorted(lengths)
    assert lengths[-1] == pytest.approx(NUMBERS.open_cap_s * 0.75 * SECOND)


def test_a_breaker_that_stayed_closed_long_enough_opens_as_briefly_as_at_first() -> None:
    one = opened()
    now = one.opens_until
    for _ in range(NUMBERS.successes):
        permit = one.permit(now)
        assert permit is not None
        one.settle(permit, now, failed=False)
    later = now + int(3 * NUMBERS.open_s * SECOND)
    fail(one, later, NUMBERS.consecutive)
    assert one.opens_until - later <= NUMBERS.open_s * SECOND


def test_a_result_from_before_the_outage_says_nothing_about_after() -> None:
    one = breaker()
    old = one.permit(0)
    assert old is not None
    fail(one, 0, NUMBERS.consecutive)
    one.settle(old, 1, failed=False)
    assert one.state is BreakerState.OPEN
    probe = one.permit(one.opens_until)
    assert probe is not None
    one.settle(old, one.opens_until, failed=True)
    assert one.state is BreakerState.HALF_OPEN


def test_a_cancelled_probe_is_neither_success_nor_failure_and_gives_its_place_back() -> None:
    one = opened()
    now = one.opens_until
    for _ in range(100):
        probe = one.permit(now)
        assert probe is not None
        one.release(probe)
    assert one.state is BreakerState.HALF_OPEN


def test_a_probe_whose_caller_vanished_is_given_up_when_its_lease_ends() -> None:
    one = opened()
    now = one.opens_until
    lost = one.permit(now)
    assert lost is not None
    assert one.permit(now + 29 * SECOND) is None
    other = one.permit(now + 31 * SECOND)
    assert other is not None
    one.settle(lost, now + 32 * SECOND, failed=True)
    assert one.state is BreakerState.HALF_OPEN


def test_a_person_decides_over_everything() -> None:
    one = breaker()
    one.force_open()
    assert one.permit(10**18) is None
    one.unforce()
    assert one.permit(0) is not None
    assert one.state is BreakerState.HALF_OPEN


def test_an_observing_breaker_tells_and_stops_nobody() -> None:
    one = breaker(replace(NUMBERS, observe_only=True))
    fail(one, 0, NUMBERS.consecutive)
    assert one.state is BreakerState.OPEN
    for _ in range(50):
        permit = one.permit(1)
        assert permit is not None
        one.settle(permit, 1, failed=False)
    assert one.state is BreakerState.OPEN
    now = one.opens_until
    for _ in range(NUMBERS.successes + 5):
        permit = one.permit(now)
        assert permit is not None
        one.settle(permit, now, failed=False)
    assert one.state is BreakerState.CLOSED


@settings(max_examples=tries(30), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40 * SECOND), st.booleans()), max_size=80))
def test_the_window_counts_what_a_plain_list_would(calls: list[tuple[int, bool]]) -> None:
    numbers = replace(NUMBERS, consecutive=10_000, least_calls=10_000)
    one, now, seen = breaker(numbers), 0, []
    width = int(numbers.window_s * SECOND / 10)
    for gap, failed in calls:
        now += gap
        one.settle(one.generation, now, failed=failed)
        seen.append((now // width, failed))
        recent = [bad for epoch, bad in seen if epoch > now // width - 10]
        assert f"{sum(recent)} of {len(recent)} failed" in repr(one)


class AnyLife(RuleBasedStateMachine):
    """Whatever callers do, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.numbers = replace(NUMBERS, probes=2)
        self.one = Breaker(self.numbers, lambda: 0.3, lease_s=20)
        self.held: list[tuple[int, int]] = []
        self.generation = 1

    @rule(seconds=st.floats(0, 60))
    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    @rule()
    def ask(self) -> None:
        refused = self.one.refuses(self.now)
        permit = self.one.permit(self.now)
        assert (permit is None) == refused
        if permit is not None:
            self.held.append((permit, self.now))

    @rule(which=st.integers(0, 50), failed=st.booleans())
    def settle(self, which: int, failed: bool) -> None:  # noqa: FBT001
        if self.held:
            permit, at = self.held.pop(which % len(self.held))
            self.one.settle(permit, self.now, failed=failed, elapsed=self.now - at)

    @rule(which=st.integers(0, 50))
    def cancel(self, which: int) -> None:
        if self.held:
            self.one.release(self.held.pop(which % len(self.held))[0])

    @rule()
    def force(self) -> None:
        self.one.force_open()

    @rule()
    def let_go(self) -> None:
        self.one.unforce()

    @invariant()
    def probes_stay_within_their_number(self) -> None:
        lease = 20 * SECOND
        alive = [at for permit, at in self.held if permit < 0 and at + lease > self.now]
        if self.one.state is BreakerState.HALF_OPEN:
            assert self.one._free_probes(self.now) >= 0  # noqa: SLF001
            assert len(alive) <= self.numbers.probes * len(self.one.moves)

    @invariant()
    def generations_only_grow_and_every_move_is_a_known_one(self) -> None:
        assert self.one.generation >= self.generation
        self.generation = self.one.generation
        assert {(move.before, move.after) for move in self.one.moves} <= set(MOVES)


TestAnyLife = AnyLife.TestCase
