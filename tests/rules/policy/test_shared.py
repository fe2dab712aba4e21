"""What many processes send of what they leased never exceeds the limit, in any window."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bridgewright.core.model.sharing import US_PER_S, LeaseAsk
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.policy.shared import AHEAD_US, grant, meter

HELD_US = 100_000
ASK = st.tuples(
    st.sampled_from([0, 1, 5_000, 40_000, 90_000, 100_000, 700_000, 1_100_000]),
    st.sampled_from([1, 1, 1, 2, 5]),
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from([0, 0, HELD_US // 2, HELD_US, HELD_US]),
)


def sent(quota: Quota, asks: list[tuple[int, int, int, int, int]]) -> list[int]:
    """When each unit is sent: so long after its place as the ask says, at most a lease."""
    meters = (meter(quota, "", 0, HELD_US),)
    now, ticks, found = US_PER_S, dict[str, int](), []
    for passed, least, more, spare, late in asks:
        now += passed
        ask = LeaseAsk("a", "s", "w", meters, least, least + more, least + more + spare, AHEAD_US)
        given_, moved = grant(ticks, ask, now, 1)
        ticks.update(moved)
        found += [now + at + late for units, at in given_.runs for _ in range(units)]
    return sorted(found)


@given(limit=st.integers(5, 60), asks=st.lists(ASK, min_size=1, max_size=120))
@example(
    limit=40,
    asks=[(1_100_000, 1, 0, 0, 0)] + [(0, 1, 20, 20, HELD_US)] + [(20_000, 1, 20, 20, 0)] * 80,
)
def test_no_window_of_what_is_sent_holds_more_than_the_limit(
    limit: int, asks: list[tuple[int, int, int, int, int]]
) -> None:
    when = sent(Quota(limit, 1.0), asks)
    for first, beyond in zip(when, when[limit:], strict=False):
        assert beyond - first >= US_PER_S


@given(limit=st.integers(2, 60))
def test_units_that_are_all_held_to_the_last_meet_those_that_are_sent_at_once(limit: int) -> None:
    """The worst there is: for one lease everything is sent late, afterwards nothing is."""
    step = 1_000
    early = [(US_PER_S * 3, 1, 0, 20, HELD_US)] + [(step, 1, 0, 20, HELD_US)] * (HELD_US // step)
    when = sent(Quota(limit, 1.0), early + [(step, 1, 0, 20, 0)] * (2 * US_PER_S // step))
    for first, beyond in zip(when, when[limit:], strict=False):
        assert beyond - first >= US_PER_S
