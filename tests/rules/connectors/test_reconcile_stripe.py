"""Stripe's list of events, as its answers may be."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import Secret
from bridgewright.connectors.stripe.reconcile import begin, headers, page
from bridgewright.connectors.stripe.webhook import read
from bridgewright.core.model.call import Response
from bridgewright.core.model.inbound import Delivery, Headers, Readable
from bridgewright.core.model.moment import Moment, from_seconds
from bridgewright.core.model.reconciling import Page, Place, Window

PLACE = Place("https://api.stripe.com", secrets={"api_key": Secret("sk_test_made_up")})
WINDOW = Window(from_seconds(1_800_000_000), from_seconds(1_800_003_600))
[FIRST] = begin(WINDOW, PLACE)


def event(number: int, **values: Any) -> dict[str, Any]:
    made = {"id": f"evt_{number}", "object": "event", "type": "invoice.paid"}
    return made | {"created": 1_800_000_000 + number} | values


def paged(content: object, place: Place = PLACE) -> Page:
    return page(Response(200, (), json.dumps(content).encode()), FIRST, WINDOW, place)


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_the_window_is_asked_for_in_whole_seconds_both_included() -> None:
    expected = {"limit": "100", "created[gte]": "1800000000", "created[lte]": "1800003600"}
    assert asked(FIRST.url) == expected
    [open_ended] = begin(Window(WINDOW.since), PLACE)
    assert "created[lte]" not in asked(open_ended.url)


def test_a_page_has_the_events_as_webhooks_have_them_and_the_way_to_the_next() -> None:
    found = paged({"object": "list", "data": [event(2), event(1)], "has_more": True})
    assert [each.key for each in found.listed] == ["evt_2", "evt_1"]
    assert found.following is not None
    assert asked(found.following.url)["starting_after"] == "evt_1"
    assert found.reached == from_seconds(1_800_000_001)
    body = json.dumps(event(2)).encode()
    delivered = read(Delivery("stripe", Headers(), body, Moment(0)))
    assert isinstance(delivered, Readable)
    notice = found.listed[0].notice
    assert notice is not None
    assert (notice.key, notice.event_type, notice.occurred_at, notice.body) == (
        delivered.notices[0].key,
        delivered.notices[0].event_type,
        delivered.notices[0].occurred_at,
        body,
    )


def test_the_last_page_leads_nowhere() -> None:
    assert paged({"data": [event(1)], "has_more": False}).following is None
    assert paged({"data": [], "has_more": True}).following is None


def test_what_the_endpoint_is_not_sent_is_passed_over_and_paging_goes_on() -> None:
    place = Place("https://api.stripe.com", wanted={"events": "charge.*"})
    found = paged({"data": [event(2), event(1)], "has_more": True}, place)
    assert found.listed == ()
    assert found.following is not None


def test_the_key_the_account_and_the_version_go_with_each_request() -> None:
    options = {"account": "acct_1", "api_version": "2026-06-30"}
    place = Place("https://api.stripe.com", "", PLACE.secrets, options)
    assert dict(headers(place)) == {
        "authorization": "Bearer sk_test_made_up",
        "stripe-account": "acct_1",
        "stripe-version": "2026-06-30",
    }
    assert "sk_test" not in repr(place)


@pytest.mark.parametrize(
    "content",
    [
        [],
        "x",
        {},
        {"data": {}},
        {"data": [1]},
        {"data": [{"object": "charge", "id": "ch_1"}]},
        {"data": [event(1, id=None)]},
        {"data": [event(1, created="yesterday")]},
        {"data": [event(1, created=-5)]},
        {"data": [event(1, type="a\x00b")]},
        {"data": [event(1, amount=float("inf"))]},
    ],
)
def test_an_answer_that_is_none_of_stripe_s_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match=r"unlike|JSON"):
        paged(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_page_or_a_value_error(body: bytes) -> None:
    try:
        found = page(Response(200, (), body), FIRST, WINDOW, PLACE)
    except ValueError:
        return
    assert isinstance(found, Page)
