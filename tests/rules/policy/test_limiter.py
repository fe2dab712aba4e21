"""The limiter: no window ever sees more than its quota, and nobody is overtaken."""

from __future__ import annotations

import bisect
import heapq
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.policy.limiter import Limiter, Meter
from bridgewright.core.policy.numbers import Quota
from tests.tries import tries

quotas = st.builds(
    Quota, st.integers(1, 300), st.sampled_from([0.001, 0.1, 1.0, 7.3, 60.0, 3_600.0])
)
gaps = st.one_of(st.just(0), st.integers(0, 10**6), st.integers(0, 10**9), st.integers(0, 10**13))


def limiter(*asked: Quota, share: int = 1) -> Limiter:
    return Limiter(Meter(quota, share=share, started=0) for quota in asked)


@dataclass
class Sent:
    """What went out: ticks and units, in order."""

    ticks: list[int]
    units: list[int]

    def most_within(self, window: int) -> int:
        """The most units that any closed window of this length saw."""
        sums = [0]
        for units in self.units:
            sums.append(sums[-1] + units)
        return max(
            sums[bisect.bisect_right(self.ticks, at + window)] - sums[number]
            for number, at in enumerate(self.ticks)
        )


def send_all(one: Limiter, asking: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Everybody looks when its place comes, or later, and again until there is room."""
    waiting = [(at, number, cost) for number, (at, cost) in enumerate(asking)]
    heapq.heapify(waiting)
    sends = []
    while waiting:
        now, number, cost = heapq.heappop(waiting)
        room_at = one.fits(now, cost)
        if room_at > now:
            one.postpone(room_at - now)
            heapq.heappush(waiting, (room_at, number, cost))
        else:
            one.take(now, cost)
            sends.append((now, cost))
    return sends


@settings(max_examples=tries(200), deadline=None)
@given(
    st.lists(quotas, min_size=1, max_size=3),
    st.lists(st.tuples(gaps, st.integers(1, 12), gaps), min_size=1, max_size=60),
)
def test_no_window_sees_more_than_its_quota_however_calls_come(
    asked: list[Quota], calls: list[tuple[int, int, int]]
) -> None:
    one, now = limiter(*asked), 0
    asking: list[tuple[int, int]] = []
    for gap, cost, late in calls:
        now += gap
        at = one.reserve(now, cost)
        assert at >= now
        asking.append((at + late, cost))
    sends = send_all(one, asking)
    for quota in asked:
        units = [min(cost, quota.limit) for _, cost in sends]
        window = int(quota.window_s * NS_PER_S)
        assert Sent([at for at, _ in sends], units).most_within(window) <= quota.limit


@pytest.mark.slow
@pytest.mark.parametrize("quota", [Quota(100), Quota(7, 0.3), Quota(5_000, 3_600), Quota(1)])
def test_a_million_steps_never_overrun_a_window(quota: Quota) -> None:
    dice, one, now = random.Random(7), limiter(quota), 0
    window = int(quota.window_s * NS_PER_S)
    asking: list[tuple[int, int]] = []
    for _ in range(250_000):
        now += int(dice.expovariate(quota.limit * 1.5) * window) if dice.random() < 0.9 else 0
        if dice.random() < 0.000_1:
            now += 50 * window
        late = int(dice.expovariate(20) * window) if dice.random() < 0.5 else 0
        asking.append((one.reserve(now) + late, 1))
        now = max(now, asking[-1][0] - 3 * window)
    ticks = [at for at, _ in send_all(one, asking)]
    assert Sent(ticks, [1] * len(ticks)).most_within(window) <= quota.limit


@settings(max_examples=tries(100), deadline=None)
@given(quotas, st.lists(st.tuples(gaps, st.integers(1, 20)), min_size=2, max_size=40))
def test_places_are_given_in_the_order_of_asking(
    quota: Quota, calls: list[tuple[int, int]]
) -> None:
    one, now, last = limiter(quota), 0, 0
    for gap, cost in calls:
        now += gap
        at = one.reserve(now, cost)
        assert at >= last
        last = at


@given(quotas, st.integers(1, 20), st.integers(0, 10**12))
def test_a_place_given_back_at_once_was_never_taken(quota: Quota, cost: int, now: int) -> None:
    one = limiter(quota)
    one.reserve(now // 2)
    before = one.earliest(now, cost)
    at = one.reserve(now, cost)
    assert one.undo(at, cost)
    assert one.earliest(now, cost) == before
    assert not one.undo(at, cost)


def test_a_place_that_others_were_counted_from_is_lost() -> None:
    one = limiter(Quota(1))
    first = one.reserve(0)
    one.reserve(0)
    assert not one.undo(first)


def test_whoever_finds_no_room_at_its_place_gets_it_before_those_who_come_later() -> None:
    one = limiter(Quota(10))
    places = [one.reserve(0) for _ in range(3)]
    late = places[1] - 1
    one.take(late)
    room_at = one.fits(places[1])
    assert room_at > places[1]
    one.postpone(room_at - places[1])
    assert one.reserve(places[1]) > room_at


def test_what_is_planned_comes_after_what_was_sent_late() -> None:
    one = limiter(Quota(10))
    late = one.reserve(0) + 5 * NS_PER_S
    one.take(late)
    assert one.reserve(late) > late


@settings(deadline=None)
@given(quotas, st.integers(1, 50))
def test_processes_together_keep_the_quota(quota: Quota, share: int) -> None:
    window = int(quota.window_s * NS_PER_S)
    fleet = [limiter(quota, share=share) for _ in range(share)]
    ticks = sorted(one.reserve(0) for one in fleet for _ in range(8))
    shares_fit = quota.limit >= share
    found = Sent(ticks, [1] * len(ticks)).most_within(window)
    # Shares of less than one unit are one unit in a longer window, which all may use at once.
    assert found <= (quota.limit if shares_fit else share)


def test_a_rate_is_kept_up_and_not_only_kept_down() -> None:
    one, last = limiter(Quota(100)), 0
    for _ in range(1_000):
        last = one.reserve(0)
    assert last <= 12 * NS_PER_S


def test_a_restarted_process_does_not_begin_with_a_burst() -> None:
    one = limiter(Quota(1_000))
    first, second = one.reserve(0), one.reserve(0)
    assert first == 0
    assert second > 0


def test_idling_earns_a_burst_of_a_tenth_and_no_more() -> None:
    one = limiter(Quota(100))
    later = 3_600 * NS_PER_S
    at_once = sum(one.reserve(later) == later for _ in range(100))
    assert at_once == 10


def test_a_request_larger_than_the_quota_takes_a_whole_window() -> None:
    one = limiter(Quota(10))
    assert one.reserve(0, 50) >= 0
    assert one.reserve(0) >= NS_PER_S


def test_the_first_request_of_a_new_process_goes_at_once_whatever_it_is_worth() -> None:
    dear, cheap = limiter(Quota(400, 60.0)), limiter(Quota(400, 60.0))

    assert dear.reserve(0, 5) == 0
    assert cheap.reserve(0) == 0
    for _ in range(4):
        cheap.reserve(0)
    assert dear.earliest(0) == cheap.earliest(0)
