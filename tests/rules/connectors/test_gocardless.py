"""GoCardless's batches: each event by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.core.model.inbound import Envelope, Readable, Unreadable
from bridgewright.core.model.moment import as_text
from tests.signed import VECTORS, delivery

GOCARDLESS = connectors.webhook("gocardless")
FAILED = {
    "id": "EV123",
    "created_at": "2027-01-15T08:00:00.054Z",
    "resource_type": "payments",
    "action": "failed",
    "details": {"origin": "bank", "cause": "insufficient_funds", "reason_code": "ARUDD-0"},
    "links": {"payment": "PM123"},
}

events = st.builds(
    lambda event_id, kind, action: (
        FAILED | {"id": event_id, "resource_type": kind, "action": action}
    ),
    st.from_regex(r"EV[0-9A-Z]{1,20}", fullmatch=True),
    st.sampled_from(["payments", "mandates", "payouts", "billing_requests"]),
    st.sampled_from(["created", "confirmed", "failed", "paid_out", "cancelled"]),
)


def read(body: Any) -> Envelope:
    return GOCARDLESS.read(delivery(json.dumps(body).encode(), ((b"User-Agent", b"gocardless"),)))


@given(batch=st.lists(events, min_size=1, max_size=20))
def test_each_event_of_a_batch_is_one_with_its_own_id_type_and_body(batch: list[Any]) -> None:
    envelope = read({"events": batch, "meta": {"webhook_id": "WB123"}})
    assert isinstance(envelope, Readable)
    assert [notice.key for notice in envelope.notices] == [event["id"] for event in batch]
    assert [json.loads(notice.body) for notice in envelope.notices] == batch
    for notice, event in zip(envelope.notices, batch, strict=True):
        assert notice.event_type == f"{event['resource_type']}.{event['action']}"
        assert notice.event_id == notice.key
        assert notice.occurred_at is not None
        assert as_text(notice.occurred_at) == "2027-01-15T08:00:00.054Z"
        assert notice.headers == (("user-agent", "gocardless"),)


@given(batch=st.lists(events, min_size=1, max_size=5), at=st.integers(0, 5))
@pytest.mark.parametrize(
    "flawed",
    [{}, {"id": None}, {"id": "a\n"}, {"action": None}, {"resource_type": 7}, None, "EV1", []],
)
def test_a_batch_with_one_event_that_is_not_whole_is_kept_whole_and_unreadable(
    flawed: Any, batch: list[Any], at: int
) -> None:
    spoiled = FAILED | flawed if isinstance(flawed, dict) and flawed else flawed
    mixed = [*batch[:at], spoiled, *batch[at:]]
    envelope = read({"events": mixed})
    assert isinstance(envelope, Unreadable)
    assert json.loads(envelope.notice.body) == {"events": mixed}


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": {}}, {"events": None}, [FAILED]])
def test_without_events_it_is_unreadable(body: Any) -> None:
    assert isinstance(read(body), Unreadable)


def test_the_batch_that_its_own_library_took_is_read_as_that_library_reads_it() -> None:
    [vector] = [each for each in VECTORS if each.provider == "gocardless" and "two" in each.source]
    envelope = GOCARDLESS.read(vector.sent())
    assert isinstance(envelope, Readable)
    assert [notice.key for notice in envelope.notices] == ["EV01J7QRF0KJWR", "EV01J7QRF0KJWS"]
