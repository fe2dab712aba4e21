"""Which events a handler must look into before it acts, and with what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.event import Proof, event_of
from bridgewright.core.model.inbound import Coverage, Fetch, Origin
from bridgewright.core.model.item import Claimed, Item, Lease

COVERAGES = [Coverage(value) for value in range(1 << len(Coverage))]


def claimed(coverage: Coverage, origin: Origin = Origin.DELIVERED) -> Claimed:
    item = Item(
        7, "weak", "paid", "k", b'{"id": "P1"}', NOW, coverage, event_id="P1", origin=origin
    )
    return Claimed(item, Lease(7, 1, 1, NOW))


def proof(event_type: str, body: bytes, event_id: str | None) -> Fetch | None:
    if not body or event_id is None:
        return None
    return Fetch("GET", f"/v2/payments/{event_id}", f"the state is {event_type}")


@pytest.mark.parametrize("coverage", COVERAGES)
def test_an_event_is_unproven_exactly_when_its_source_wants_proof_and_nothing_binds_its_body(
    coverage: Coverage,
) -> None:
    event = event_of(claimed(coverage), {"weak": proof})
    assert event.unproven is (Coverage.BODY not in coverage)
    assert event.coverage == coverage
    expected = Fetch("GET", "/v2/payments/P1", "the state is paid") if event.unproven else None
    assert event.fetch == expected


@given(st.sampled_from(COVERAGES))
def test_without_the_setting_only_coverage_tells_how_weak_it_is(coverage: Coverage) -> None:
    for proofs in ({}, {"another": proof}):
        event = event_of(claimed(coverage), proofs)
        assert (event.unproven, event.fetch, event.coverage) == (False, None, coverage)


@pytest.mark.parametrize("known", [None, lambda *_: None])
def test_an_event_nobody_knows_how_to_fetch_is_unproven_all_the_same(known: Proof | None) -> None:
    event = event_of(claimed(Coverage.FIELDS), {"weak": known})
    assert (event.unproven, event.fetch) == (True, None)


def test_an_event_says_how_it_came() -> None:
    assert event_of(claimed(Coverage.BODY)).origin == "delivered"
    assert event_of(claimed(Coverage.BODY, Origin.RECONCILED)).origin == "reconciled"


def test_what_is_fetched_with_is_not_shown() -> None:
    assert "payments" not in repr(event_of(claimed(Coverage.ID), {"weak": proof}))
