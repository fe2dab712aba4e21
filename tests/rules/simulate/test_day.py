"""A day's script: repeatable, complete, and honest where it says so."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import (
    Delivery,
    Headers,
    Readable,
    Reason,
    Rejected,
    Verification,
    Verified,
)
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.day import FEWEST, Chapter, Outline, compose
from bridgewright.simulate.parcel import Manner, Parcel, pack
from tests.signed import secret_text
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = Secret(secret_text(1))
OUTLINES = (
    Outline("morning", 10, 0.5),
    Outline("noon", 2, 0.1, honest_only=True),
    Outline("evening", 5, 0.4),
)
REASONS = {
    Manner.FORGED: Reason.MISMATCH,
    Manner.TAMPERED: Reason.MISMATCH,
    Manner.UNSIGNED: Reason.MISSING,
    Manner.STALE: Reason.STALE,
    Manner.FUTURE: Reason.FUTURE,
}

days = st.builds(
    compose,
    seed=st.integers(0, 2**32),
    deliveries=st.integers(FEWEST, 200),
    outlines=st.just(OUTLINES),
)
few = settings(max_examples=tries(6))


def parcels(day: tuple[Chapter, ...]) -> Iterator[Parcel]:
    for chapter in day:
        yield from chapter.parcels


def received(parcel: Parcel) -> Delivery:
    packed = pack(parcel, KEY, NOW)
    return Delivery(parcel.event.provider, Headers(packed.headers), packed.body, NOW)


def verified(parcel: Parcel) -> Verification:
    return connectors.webhook(parcel.event.provider).scheme([KEY]).verify(received(parcel), NOW)


@few
@given(seed=st.integers(0, 2**32), deliveries=st.integers(FEWEST, 300))
def test_the_same_seed_makes_the_same_day(seed: int, deliveries: int) -> None:
    assert compose(seed, deliveries, OUTLINES) == compose(seed, deliveries, OUTLINES)


def test_another_seed_makes_another_day() -> None:
    first, second = (
        {parcel.event.key for parcel in parcels(compose(seed, FEWEST, OUTLINES))} for seed in (1, 2)
    )
    assert not first & second


@few
@given(st.integers(FEWEST, 700))
def test_a_day_holds_as_many_deliveries_as_were_asked_for(deliveries: int) -> None:
    day = compose(1, deliveries, OUTLINES)
    numbers = sorted(parcel.number for parcel in parcels(day))
    assert numbers == list(range(1, deliveries + 1))


@few
@given(days)
def test_each_manner_is_in_a_day_and_only_honest_ones_where_that_is_asked_for(
    day: tuple[Chapter, ...],
) -> None:
    assert {parcel.manner for parcel in parcels(day)} == set(Manner)
    assert {parcel.manner for parcel in day[1].parcels} <= {Manner.HONEST}


@few
@given(days)
@pytest.mark.slow
def test_every_honest_delivery_is_verified_and_read_as_its_event(day: tuple[Chapter, ...]) -> None:
    for parcel in parcels(day):
        if parcel.manner.is_honest:
            assert isinstance(verified(parcel), Verified)
            envelope = connectors.webhook(parcel.event.provider).read(received(parcel))
            assert isinstance(envelope, Readable)
            [notice] = envelope.notices
            found = notice.key, notice.event_id, notice.event_type
            assert found == (parcel.event.event_id, parcel.event.event_id, parcel.event.event_type)


@few
@given(days)
def test_every_other_delivery_is_rejected_for_the_reason_it_was_made_for(
    day: tuple[Chapter, ...],
) -> None:
    for parcel in parcels(day):
        if not parcel.manner.is_honest:
            verification = verified(parcel)
            assert isinstance(verification, Rejected)
            assert verification.reason is REASONS[parcel.manner]


@few
@given(days)
def test_what_strangers_send_tells_of_nothing_that_happened(day: tuple[Chapter, ...]) -> None:
    honest = {parcel.event.key for parcel in parcels(day) if parcel.manner.is_honest}
    invented = [parcel.event.key for parcel in parcels(day) if not parcel.manner.is_honest]
    assert not honest & set(invented)
    assert len(set(invented)) == len(invented)


@few
@given(days)
def test_each_event_is_first_sent_once_and_only_then_again(day: tuple[Chapter, ...]) -> None:
    sent: Counter[str] = Counter()
    for parcel in parcels(day):
        if parcel.manner is Manner.HONEST:
            assert not sent[parcel.event.key]
        elif parcel.manner.is_honest:
            assert sent[parcel.event.key]
        sent[parcel.event.key] += parcel.manner.is_honest


@few
@given(days)
def test_deliveries_are_sent_in_order_of_time_and_twins_at_once(day: tuple[Chapter, ...]) -> None:
    at_once = 0
    for chapter in day:
        times = [parcel.at_s for parcel in chapter.parcels]
        assert times == sorted(times)
        assert all(0 <= at_s <= chapter.seconds for at_s in times)
        firsts = {p.event.key: p.at_s for p in chapter.parcels if p.manner is Manner.HONEST}
        for parcel in chapter.parcels:
            if parcel.manner is Manner.TWIN and parcel.event.key in firsts:
                assert parcel.at_s == firsts[parcel.event.key]
                at_once += 1
    assert at_once


def test_some_events_arrive_out_of_order() -> None:
    (day,) = compose(1, 600, [Outline("day", 1, 1)])
    created = [
        json.loads(parcel.event.body)["created"]
        for parcel in day.parcels
        if parcel.manner is Manner.HONEST and parcel.event.provider == "stripe"
    ]
    late = sum(later < earlier for earlier, later in pairwise(created))
    assert 0 < late < len(created) / 3


def test_bodies_are_of_the_size_of_real_ones() -> None:
    sizes = sorted(len(parcel.event.body) for parcel in parcels(compose(1, 600, OUTLINES)))
    assert sizes[0] > 300
    assert 1_000 < sizes[len(sizes) // 2] < 2_500
    assert sizes[-1] < 8_000


def test_a_day_too_short_to_hold_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="100 deliveries or more, not 99"):
        compose(1, FEWEST - 1, OUTLINES)
