"""What a process does with units that it leased: first come first served, never late, none lost."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.model.sharing import LeaseGrant
from bridgewright.core.policy.lease import UNMETERED, Lease, Place
from bridgewright.core.policy.limiter import Meter
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.policy.shared import MOST_UNITS, lease_us, meter, reserved

HELD_NS = 100_000_000
NOW = 1_000_000_000_000
METERS = (meter(Quota(100), "", 0, HELD_NS // 1_000),)


@dataclass
class Ticket:
    expires: int = 0
    granted: bool = False
    gone: bool = False

    def wake(self) -> bool:
        return True


def lease(*, metered: bool = True) -> Lease:
    return Lease(METERS if metered else (), HELD_NS, NOW)


def answered(one: Lease, *runs: tuple[int, int], now: int = NOW) -> None:
    one.ask(now)
    one.deal(LeaseGrant(runs), now, now)


def waiting(one: Lease, cost: int = 1) -> Place:
    place = one.join(cost, NOW)
    place.ticket = Ticket()
    return place


def test_units_in_hand_are_sent_without_asking_until_the_lease_ends() -> None:
    one = lease()
    answered(one, (2, 0))
    assert one.open(NOW + HELD_NS)
    assert not one.open(NOW + HELD_NS + 1)


def test_a_lease_ends_by_the_question_and_not_by_the_answer() -> None:
    one = lease()
    one.ask(NOW)
    one.deal(LeaseGrant(((5, 0),)), NOW, NOW + HELD_NS // 2)
    assert one.open(NOW + HELD_NS)
    assert not one.open(NOW + HELD_NS + 1)


def test_an_answer_that_took_longer_than_a_lease_is_worth_nothing() -> None:
    one = lease()
    one.ask(NOW)
    one.deal(LeaseGrant(((5, 0),)), NOW, NOW + HELD_NS + 1)
    assert not one.open(NOW + HELD_NS + 1)


def test_those_who_wait_are_served_in_their_order_and_nobody_overtakes_them() -> None:
    one = lease()
    first, second = waiting(one), waiting(one)
    assert one.ask(NOW)[:2] == (1, 2)
    woken = one.deal(LeaseGrant(((1, 0),)), NOW, NOW)
    assert len(woken) == 1
    assert first.until
    assert not second.until
    assert one.wants
    assert not one.open(NOW)


def test_a_place_in_the_future_is_the_waiters_own() -> None:
    one = lease()
    place = waiting(one)
    one.ask(NOW)
    one.deal(LeaseGrant(((1, 300_000),)), NOW, NOW)
    assert place.at == NOW + 300_000_000
    assert place.until == place.at + HELD_NS


def test_a_call_of_many_units_is_asked_for_as_a_whole_and_not_overtaken() -> None:
    one = lease()
    large, small = waiting(one, 5), waiting(one)
    assert one.ask(NOW)[0] == 5
    one.deal(LeaseGrant(((5, 0),)), NOW, NOW)
    assert large.until
    assert not small.until


def test_who_goes_away_leaves_its_units_to_others() -> None:
    one = lease()
    place = waiting(one)
    one.ask(NOW)
    one.deal(LeaseGrant(((1, 0),)), NOW, NOW)
    assert not one.open(NOW)
    one.leave(place)
    assert one.open(NOW)


def test_who_comes_too_late_for_its_place_is_the_next() -> None:
    one = lease()
    late, other = waiting(one), waiting(one)
    one.ask(NOW)
    one.deal(LeaseGrant(((1, 0),)), NOW, NOW)
    one.again(late, NOW + 2 * HELD_NS)
    one.ask(NOW + 2 * HELD_NS)
    one.deal(LeaseGrant(((1, 0),)), NOW + 2 * HELD_NS, NOW + 2 * HELD_NS)
    assert late.until
    assert not other.until


def test_no_room_wakes_everybody_and_says_when() -> None:
    one = lease()
    waiting(one)
    waiting(one)
    one.ask(NOW)
    assert len(one.deal(LeaseGrant(due_us=5_000_000), NOW, NOW)) == 2
    assert one.due_at == NOW + 5_000_000_000


def test_a_quiet_process_takes_no_more_than_it_needs() -> None:
    one = lease()
    for minute in range(5):
        now = NOW + minute * 60_000_000_000
        waiting(one)
        assert one.ask(now) == (1, 1, 1)
        one.deal(LeaseGrant(((1, 0),)), now, now)
        one.take(now)


def test_a_busy_process_takes_what_it_uses_in_a_lease_and_renews_in_time() -> None:
    one = lease()
    for step in range(10):
        now = NOW + step * HELD_NS
        answered(one, (20, 0), now=now)
        for _ in range(15):
            assert one.open(now)
            one.use(now)
    assert one.wants
    assert 10 <= one.ask(NOW + 10 * HELD_NS)[2] <= 20


def test_without_a_quota_one_answer_is_enough_for_a_lease_and_is_renewed_at_its_half() -> None:
    one = lease(metered=False)
    answered(one, (UNMETERED, 0))
    for _ in range(1_000):
        assert one.open(NOW)
        one.use(NOW)
    assert not one.wants
    one.use(NOW + HELD_NS // 2 + 1)
    assert one.wants


@given(
    costs=st.lists(st.integers(1, 4), max_size=30),
    runs=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 90_000)), min_size=1, max_size=10),
)
def test_no_more_is_dealt_than_was_granted(costs: list[int], runs: list[tuple[int, int]]) -> None:
    one = lease()
    places = [waiting(one, cost) for cost in costs]
    one.ask(NOW)
    one.deal(LeaseGrant(tuple(runs)), NOW, NOW)
    dealt = sum(place.cost for place in places if place.until)
    left = 0
    for at in sorted({offset for _, offset in runs}):
        while one.open(NOW + at * 1_000) and left < 1_000:
            one.use(NOW + at * 1_000)
            left += 1
    assert dealt + left <= sum(count for count, _ in runs)


@given(waiters=st.integers(0, 1_000))
def test_no_ask_is_larger_than_a_script_may_count(waiters: int) -> None:
    one = lease()
    for _ in range(waiters):
        waiting(one)
    assert one.ask(NOW)[2] <= MOST_UNITS


@given(
    limit=st.integers(1, 10_000),
    window_s=st.floats(0.1, 3_600),
    processes=st.integers(1, 500),
)
def test_shares_together_are_at_most_four_fifths_of_the_limit(
    limit: int, window_s: float, processes: int
) -> None:
    quota = Quota(limit, window_s)
    each = Meter(reserved(quota), share=processes, started=NOW)
    per_s = processes * NS_PER_S / each.interval
    assert per_s <= max(0.8 * limit / window_s, 1 / 86_400) * 1.000_001


@given(
    windows=st.lists(st.floats(0.01, 86_400), max_size=4),
    longest_us=st.integers(100_000, 5_000_000),
)
def test_a_lease_is_a_tenth_of_the_shortest_window_at_most_but_leaves_time_to_answer(
    windows: list[float], longest_us: int
) -> None:
    held = lease_us((Quota(1, window_s) for window_s in windows), longest_us, 100_000)
    assert 100_000 <= held <= longest_us
    if windows and min(windows) >= 1:
        assert held <= max(100_000, min(windows) * 100_000)
