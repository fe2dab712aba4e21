"""Concurrency and rate of one worker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.lifecycle.throttle import FREE, Bound, Throttle
from bridgewright.core.model.moment import Moment, later, seconds_between
from bridgewright.core.model.ranking import Reach

HERE = (Reach("s"),)


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=60))
def test_never_more_are_under_way_than_the_bound_says(most: int, starts: list[bool]) -> None:
    throttle = Throttle([Bound(HERE, concurrency=most)])
    running = 0
    for start in starts:
        left = throttle.caps(NOW)[0].left
        assert left == most - running
        if start and left:
            throttle.begin("s", "t", NOW)
            running += 1
        elif running:
            throttle.end("s", "t")
            running -= 1


@given(st.floats(0.1, 200), st.lists(st.floats(0, 0.5), min_size=1, max_size=60))
def test_over_any_time_no_more_begin_than_the_rate_lets(rate: float, pauses: list[float]) -> None:
    throttle = Throttle([Bound(HERE, rate_per_s=rate)])
    now, begun = NOW, []
    for pause in pauses:
        now = later(now, pause)
        for _ in range(throttle.caps(now)[0].left):
            throttle.begin("s", "t", now)
            begun.append(now)
    burst = max(1, int(rate / 20))
    for n, first in enumerate(begun):
        for m in range(n, len(begun)):
            passed_s = seconds_between(first, begun[m])
            assert m - n + 1 <= 2 * burst + passed_s * rate + 0.01


@given(st.floats(0.1, 19))
def test_a_slow_rate_lets_one_through_when_it_says_so_and_none_before(rate: float) -> None:
    throttle = Throttle([Bound(HERE, rate_per_s=rate)])
    throttle.begin("s", "t", NOW)
    opens_at = throttle.opens_at(NOW)
    assert opens_at is not None
    assert throttle.caps(Moment(opens_at - 10))[0].left == 0
    assert throttle.caps(opens_at)[0].left == 1
    assert throttle.opens_at(opens_at) is None


def test_only_what_is_within_reach_counts() -> None:
    bound = Bound((Reach("s", "a.*", ("a.x",)),), concurrency=1)
    throttle = Throttle([bound, Bound(HERE)])  # the second bounds nothing
    throttle.begin("s", "a.x", NOW)
    throttle.begin("t", "a.y", NOW)
    assert [cap.left for cap in throttle.caps(NOW)] == [1]
    throttle.begin("s", "a.y", NOW)
    assert [cap.left for cap in throttle.caps(NOW)] == [0]
    assert Throttle([Bound(HERE, rate_per_s=100.0)]).caps(NOW)[0].left < FREE
