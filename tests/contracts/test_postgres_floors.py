"""Where claims begin to look: nothing that this process put in is ever hidden, and nothing of others' for
longer than it says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.adapters.stores.postgres.floors import (
    BACK_EVERY_S,
    BACK_S,
    BOTTOM,
    COMING_S,
    LAG_S,
    WHOLE_EVERY_S,
    WHOLE_SHARE,
    Floors,
)
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.moment import later

ONE = ("stripe",)


def looked(floors: Floors, clock_s: float = 0.0) -> None:
    floors.begin(ONE, NOW, clock_s)
    floors.looked(0.0, clock_s)
    floors.drained("stripe", NOW)
    floors.begin(ONE, NOW, clock_s)  # the look further back, which is due at first


def test_at_first_everything_is_looked_at() -> None:
    assert Floors().begin(ONE, NOW, 0.0) == ([BOTTOM], True)


def test_after_that_a_claim_begins_shortly_before_what_was_found() -> None:
    floors = Floors()
    looked(floors)
    assert floors.begin(ONE, later(NOW, 1), 0.5) == ([later(NOW, -LAG_S)], False)


def test_once_in_a_while_it_begins_further_back_and_then_at_the_bottom() -> None:
    floors = Floors()
    looked(floors)
    back = later(NOW, -LAG_S - BACK_S)
    assert floors.begin(ONE, later(NOW, 1), BACK_EVERY_S) == ([back], False)
    assert floors.begin(ONE, later(NOW, 1), BACK_EVERY_S + 0.1) == ([later(NOW, -LAG_S)], False)
    assert floors.begin(ONE, later(NOW, 9), WHOLE_EVERY_S) == ([BOTTOM], True)


def test_looking_at_everything_takes_no_more_than_its_share_of_the_time() -> None:
    floors = Floors()
    looked(floors)
    floors.looked(1.0, 0.0)
    assert not floors.begin(ONE, later(NOW, 9), WHOLE_SHARE - 0.1)[1]
    assert floors.begin(ONE, later(NOW, 9), float(WHOLE_SHARE))[1]


def test_a_clock_that_was_set_back_begins_at_the_bottom() -> None:
    floors = Floors()
    looked(floors)
    assert floors.begin(ONE, later(NOW, -1), 0.5) == ([BOTTOM], True)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20))
def test_what_this_process_put_in_is_never_below_the_floor(offsets: list[float]) -> None:
    floors = Floors()
    looked(floors)
    for offset_s in offsets:
        floors.lower("stripe", later(NOW, offset_s))
    [begin], _ = floors.begin(ONE, later(NOW, 1), 0.5)
    assert begin <= min(later(NOW, offset_s) for offset_s in offsets)
    assert begin <= later(NOW, -LAG_S)


def test_what_others_committed_late_is_not_below_the_floor_once_it_was_heard_of() -> None:
    floors = Floors()
    looked(floors)
    floors.comes(ONE, None, 0.0)
    floors.hear("stripe", later(NOW, -60))
    assert floors.coming(ONE, NOW, 0.5) is None
    assert floors.begin(ONE, later(NOW, 1), 0.5) == ([later(NOW, -60)], False)


def test_what_comes_next_is_believed_for_a_while_and_not_once_it_has_come() -> None:
    floors = Floors()
    assert floors.coming(ONE, NOW, 0.0) is None
    floors.comes(ONE, later(NOW, 60), 0.0)
    known = floors.coming(ONE, NOW, COMING_S - 0.01)
    assert known is not None
    assert known.at == later(NOW, 60)
    assert floors.coming(ONE, later(NOW, 60), 0.5) is None
    assert floors.coming(ONE, NOW, COMING_S) is None
    floors.comes(ONE, None, 0.0)
    nothing = floors.coming(ONE, NOW, 0.5)
    assert nothing is not None
    assert nothing.at is None


@given(st.lists(st.floats(1, 100), min_size=1, max_size=20), st.sampled_from([None, 50.0]))
def test_what_this_process_put_in_comes_next_if_it_is_sooner(
    offsets: list[float], known_s: float | None
) -> None:
    floors = Floors()
    floors.comes(ONE, None if known_s is None else later(NOW, known_s), 0.0)
    for offset_s in offsets:
        floors.lower("stripe", later(NOW, offset_s))
        floors.lower("github", NOW)
    soonest = min(later(NOW, s) for s in [*offsets, *([] if known_s is None else [known_s])])
    known = floors.coming(ONE, NOW, 0.5)
    assert known is not None
    assert known.at == soonest
