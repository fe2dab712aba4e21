"""Killed at any effect of a sending, on either store: a keyed call is made exactly once, an unkeyed one at
most once. `make proof NAME=crash` kills at every effect, and these at some."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from bridgewright import Cause, State
from bridgewright.simulate.stand import Mood
from tests.contracts.cluster import Cluster, running
from tests.journeys.outbox_surviving import (
    KEYED,
    UNKEYED,
    Street,
    damage,
    recorded,
    street_at,
    survive,
    until,
)
from tests.journeys.surviving import SIDES, Damage, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRACE = (
    *("Accept", "Accept", "Now", "Sweep", "ListLanes", "Compute", "Now", "Watch", "Now", "Claim"),
    *(
        "Now",
        "Now",
        "MarkSending",
        "Invoke",
        "Settle",
        "Now",
        "Now",
        "MarkSending",
        "Invoke",
        "Settle",
    ),
)
"""The recorded trace. A journey that changes changes it, and the first test then prints the new."""
POINTS = [(number, side) for number in range(1, len(TRACE) + 1) for side in SIDES]
A_SAMPLE = POINTS[::7]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    if request.param == "sqlite":
        return Place(str(tmp_path / "store.db"), tmp_path)
    return Place(request.getfixturevalue("cluster").database().reveal(), tmp_path)


@pytest.mark.slow
def test_the_points_are_those_of_a_recorded_sending(place: Place) -> None:
    trace, journeys = recorded(place)
    assert tuple(trace) == TRACE
    assert set(journeys) == {"send", "outbox"}


@pytest.mark.slow
@pytest.mark.parametrize("point", A_SAMPLE)
def test_a_sender_killed_at_some_effect_makes_no_call_twice(
    place: Place, point: tuple[int, str]
) -> None:
    assert survive(place, *point) == Damage()


@pytest.mark.slow
def test_a_keyed_call_whose_sender_dies_while_it_is_under_way_is_made_exactly_once(
    place: Place,
) -> None:
    with street_at(place, KEYED) as street:
        street.stripe.be(Mood.SLOW)
        killed_while_heard(street)
        until(street.stripe.charges)  # until then a repeat is told that its first is under way
        [row] = street.recover()
        assert (row.state, row.result[:3]) == (State.DONE, "pi_")
        assert street.stripe.charges_per("order") == {"17": 1}


@pytest.mark.slow
def test_an_unkeyed_call_whose_sender_dies_while_it_is_under_way_is_made_at_most_once(
    place: Place,
) -> None:
    with street_at(place, UNKEYED) as street:
        street.twilio.be(Mood.SLOW)
        killed_while_heard(street)
        [row] = street.recover()
        assert len(street.twilio.messages()) <= 1
        assert row.state is State.DONE or row.cause is Cause.AMBIGUOUS


def killed_while_heard(street: Street) -> None:
    """Kill a sender as soon as its bytes have arrived."""
    sender = street.sender()
    heard = (street.stripe.stand.journal, street.twilio.stand.journal)
    until(lambda: any(journal.entries for journal in heard))
    street.stripe.be(Mood.WELL)
    street.twilio.be(Mood.WELL)
    sender.send_signal(signal.SIGKILL)
    sender.communicate()
    assert sender.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_call_that_is_not_made_or_made_twice_is_seen(tmp_path: Path) -> None:
    place = Place(str(tmp_path / "store.db"), tmp_path)
    with street_at(place, KEYED, UNKEYED) as street:
        street.sender().communicate()
        rows = street.recover()
        assert damage(street, rows, {row.id for row in rows}) == Damage()
        assert damage(street, rows, {77}).lost
        assert len(damage(street, (), set()).lost) == 2
        (tmp_path / "store").write_text(str(tmp_path / "forgetful.db"))
        street.sender().communicate()  # the same calls, by somebody who has forgotten that they were made
        assert damage(street, rows, set()).doubled == (f"{UNKEYED} was made 2 times",)
    with street_at(place, KEYED, UNKEYED) as street:  # providers that have never heard of it
        assert len(damage(street, rows, set()).lost) == 2
