"""A listener never says that it is well when it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.cli.listen.health import SLEPT_S, Health, Look, pause_s

NEW = Health(silent_after_s=10.0, began_s=100.0)


def test_who_was_never_heard_is_not_well_and_alarming_once_it_should_have_been() -> None:
    assert not NEW.is_well(100.0)
    assert not NEW.is_alarming(110.0)
    assert NEW.is_alarming(110.1)
    assert NEW.words(101.0) == "connecting"


def test_who_was_heard_in_time_is_well() -> None:
    heard = NEW.heard(105.0)
    assert heard.is_well(115.0)
    assert heard.words(108.0) == "connected, heartbeat 3 s ago"


def test_silence_is_an_alarm_by_itself() -> None:
    heard = NEW.heard(105.0)
    assert not heard.is_well(115.1)
    assert heard.is_alarming(115.1)
    assert heard.words(125.0) == "NO ANSWER for 20 s"


def test_a_failure_is_an_alarm_at_once_and_says_what_it_was() -> None:
    missed = NEW.heard(105.0).missed("nobody answers there")
    assert not missed.is_well(105.0)
    assert missed.words(107.0) == "NOT CONNECTED, not heard for 2 s: nobody answers there"
    assert NEW.missed("x").words(101.0) == "NOT CONNECTED, never heard: x"


def test_being_heard_ends_the_trouble() -> None:
    assert NEW.missed("x").heard(120.0).is_well(121.0)


def test_a_store_that_holds_events_back_is_an_alarm_although_the_server_is_heard() -> None:
    held = NEW.heard(105.0, held=True)
    assert not held.is_well(105.0)
    assert held.is_alarming(105.0)
    assert held.words(106.0).startswith("HELD UP")
    assert held.heard(107.0).is_well(107.0)


steps = st.lists(
    st.tuples(st.sampled_from(["heard", "held", "missed"]), st.floats(0, 100)), max_size=8
)


@given(steps=steps, later=st.floats(0, 100))
def test_well_means_that_the_last_thing_was_an_answer_and_that_it_is_recent(
    steps: list[tuple[str, float]], later: float
) -> None:
    health, at, last = NEW, 100.0, ("", 0.0)
    for kind, after in steps:
        at += after
        last = (kind, at)
        health = health.missed("x") if kind == "missed" else health.heard(at, held=kind == "held")
    now = at + later
    expected = last[0] == "heard" and now - last[1] <= 10.0
    assert health.is_well(now) == expected
    assert not (health.is_well(now) and health.is_alarming(now))
    assert health.words(now).startswith("connected") == expected


@pytest.mark.parametrize(
    ("steady", "wall"),
    [(1.0, 600.0), (600.0, 600.0), (600.0, 1.0)],
    ids=["the steady clock slept as well", "it did not", "the wall clock was set back meanwhile"],
)
def test_a_machine_that_slept_is_noticed_whichever_clock_went_on(
    steady: float, wall: float
) -> None:
    before = Look(50.0, 1_000.0)
    assert before.gap_s(Look(50.0 + steady, 1_000.0 + wall)) > SLEPT_S


def test_pauses_grow_and_are_bounded() -> None:
    assert [pause_s(n) for n in (0, 1, 2, 3, 5, 6, 1_000)] == [0.5, 0.5, 1, 2, 8, 10, 10]
