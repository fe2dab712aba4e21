"""Twilio's lists of messages and calls, as its answers may be."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.connectors.twilio.keys import key_of, key_of_form
from bridgewright.connectors.twilio.reconcile import CALLS, MESSAGES, begin, headers, page
from bridgewright.core.model.call import Response
from bridgewright.core.model.inbound import Delivery, Headers
from bridgewright.core.model.moment import Moment, from_seconds
from bridgewright.core.model.reconciling import Page, Place, Window
from bridgewright.core.model.secret import Secret

ACCOUNT = "AC" + "5" * 32
SECRETS = {"account_sid": Secret(ACCOUNT), "auth_token": Secret("made up")}
PLACE = Place("https://api.twilio.com", secrets=SECRETS)
WINDOW = Window(from_seconds(1_800_000_000), from_seconds(1_800_003_600))
TEXTS, RINGS = begin(WINDOW, PLACE)
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"


def message(**values: Any) -> dict[str, Any]:
    made = {"sid": "SM1", "status": "received", "date_sent": "Fri, 15 Jan 2027 08:30:00 +0000"}
    return made | {"from": "+15005550009", "to": "+15005550006", "body": "Hi & bye"} | values


def paged(content: object, *, calls: bool = False) -> Page:
    request = RINGS if calls else TEXTS
    return page(Response(200, (), json.dumps(content).encode()), request, WINDOW, PLACE)


def test_both_lists_are_asked_for_by_whole_days_under_the_names_that_the_sdk_uses() -> None:
    first, second = (parse_qs(urlsplit(each.url).query) for each in (TEXTS, RINGS))
    assert first["DateSent>"] == ["2027-01-15"]
    assert first["DateSent<"] == ["2027-01-16"]
    assert second["StartTime>"] == ["2027-01-15"]
    assert urlsplit(RINGS.url).path == f"{ROOT}/Calls.json"


def test_a_message_is_a_form_under_its_sid_and_status() -> None:
    [found] = paged({"messages": [message()], "next_page_uri": None}).listed
    assert (found.key, found.event_type) == (key_of("SM1", "received"), "message.received")
    assert found.notice is not None
    form = parse_qs(found.notice.body.decode())
    assert form["MessageSid"] == form["SmsSid"] == ["SM1"]
    assert (form["MessageStatus"], form["Body"]) == (["received"], ["Hi & bye"])


def form_of(kind: Any, status: str) -> str:
    """The form of a listed thing, and its key."""
    at = {kind.date: "Fri, 15 Jan 2027 08:30:00 +0000"}
    content = {kind.resource.lower(): [message(sid="XX1", status=status) | at]}
    [found] = paged(content, calls=kind is CALLS).listed
    assert found.notice is not None
    assert found.key == key_of("XX1", status)
    return found.notice.body.decode()


@pytest.mark.parametrize(
    ("kind", "status"),
    [(kind, each) for kind in (MESSAGES, CALLS) for each in sorted(kind.settled)],
)
def test_a_form_of_a_settled_status_has_the_key_that_the_list_gives(kind: Any, status: str) -> None:
    fields = dict(parse_qsl(form_of(kind, status)))
    assert key_of_form(fields) == key_of("XX1", status)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"MessageSid": "SM1", "MessageStatus": "queued"},
        {"CallSid": "CA1", "CallStatus": "ringing"},
        {"CallSid": "CA1", "CallStatus": "completed", "DialCallStatus": "completed"},
        {"CallSid": "CA1", "CallStatus": "in-progress", "CallbackSource": "call-progress-events"},
        {"MessageStatus": "delivered"},
    ],
)
def test_a_form_of_anything_else_is_known_by_other_things(fields: dict[str, str]) -> None:
    assert key_of_form(fields) is None


@pytest.mark.parametrize("kind", [MESSAGES, CALLS], ids=lambda kind: kind.name)
def test_the_webhook_of_a_listed_thing_has_the_same_key(kind: Any) -> None:
    webhook = pytest.importorskip("bridgewright.connectors.twilio.webhook")
    status = "received" if kind is MESSAGES else "completed"
    fields = {
        "content-type": "application/x-www-form-urlencoded",
        "i-twilio-idempotency-token": "0b989ba4",
    }
    body = form_of(kind, status).encode()
    found = webhook.read(Delivery("twilio", Headers.of(fields), body, Moment(0)))
    assert [notice.key for notice in found.notices] == [key_of("XX1", status)]


@pytest.mark.parametrize(("kind", "status"), [(MESSAGES, "queued"), (CALLS, "in-progress")])
def test_what_is_not_settled_is_left_for_later(kind: Any, status: str) -> None:
    thing = {"sid": "X1", "status": status, kind.date: "Fri, 15 Jan 2027 08:30:00 +0000"}
    content = {kind.resource.lower(): [thing, thing | {kind.date: None}]}
    assert paged(content, calls=kind is CALLS).listed == ()


def test_the_next_page_is_a_path_of_the_same_list() -> None:
    uri = f"{ROOT}/Messages.json?Page=1&PageToken=x"
    following = paged({"messages": [message()], "next_page_uri": uri}).following
    assert following is not None
    assert following.url == f"https://api.twilio.com{uri}"


def test_paging_ends_where_the_window_begins() -> None:
    uri = f"{ROOT}/Messages.json?Page=1"
    old = message(date_sent="Fri, 15 Jan 2027 07:59:59 +0000")
    found = paged({"messages": [message(), old], "next_page_uri": uri})
    assert found.following is None
    assert len(found.listed) == 2


@pytest.mark.parametrize(
    "uri",
    ["https://evil.example/x", f"//evil.example{ROOT}/Messages.json", f"{ROOT}/Calls.json", 7, ""],
)
def test_a_next_page_that_leads_elsewhere_is_refused(uri: object) -> None:
    with pytest.raises(ValueError, match="unlike"):
        paged({"messages": [message()], "next_page_uri": uri})


def test_an_api_key_goes_before_the_account_s_token_and_neither_is_shown() -> None:
    with_key = SECRETS | {"api_key": Secret("SK1"), "api_secret": Secret("s")}
    place = Place("https://api.twilio.com", secrets=with_key)
    assert headers(place) == (("authorization", "Basic U0sxOnM="),)
    assert headers(PLACE) != headers(place)
    assert "SK1" not in repr(place)


@pytest.mark.parametrize(
    ("options", "host"),
    [
        ({}, "api.twilio.com"),
        ({"region": "au1"}, "api.au1.twilio.com"),
        ({"edge": "sydney"}, "api.sydney.us1.twilio.com"),
        ({"edge": "sydney", "region": "au1"}, "api.sydney.au1.twilio.com"),
    ],
)
def test_edge_and_region_stand_where_the_sdk_puts_them(options: dict[str, str], host: str) -> None:
    place = Place("https://api.twilio.com", "", SECRETS, options)
    assert urlsplit(begin(WINDOW, place)[0].url).hostname == host
    mine = Place("http://127.0.0.1:9", "", SECRETS, options)
    assert urlsplit(begin(WINDOW, mine)[0].url).hostname == "127.0.0.1"


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"messages": {}},
        {"messages": [1]},
        {"messages": [message(sid=None)]},
        {"messages": [message(date_sent="soon")]},
        {"messages": [message(date_sent="Fri, 99 Jan 2027 08:30:00 +0000")]},
    ],
)
def test_an_answer_that_is_none_of_twilio_s_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match="unlike"):
        paged(content)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_page_or_a_value_error(body: bytes, calls: bool) -> None:  # noqa: FBT001
    try:
        found = page(Response(200, (), body), RINGS if calls else TEXTS, WINDOW, PLACE)
    except ValueError:
        return
    assert isinstance(found, Page)
