"""Every manner of delivery, judged by the schemes that our inbox verifies with."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.core.model.inbound import Delivery, Headers, Verified
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.dispatch import Dispatch, Endpoint, Message, Schedule
from bridgewright.simulate.manners import UNKNOWN, UNTIMED, Manner, Sending, prepared
from tests.signed import secret_text
from tests.tries import tries

PROVIDERS = ("stripe", "github", "slack", "standard")
TIMELESS = {"github"}
KEY = Secret(secret_text(7))
CONTENT = {
    "id": "evt_0001",
    "type": "order.paid",
    "data": {"object": {"url": "https://a/b", "n": 1}},
}
MESSAGE = Message(
    "evt_0001",
    "order.paid",
    json.dumps(CONTENT, indent=2).encode(),
    ((b"content-type", b"application/json"),),
)


def sent(provider: str, manner: Manner, message: Message = MESSAGE) -> Sending:
    clock = VirtualClock()
    dispatch = Dispatch(clock, connectors.webhook(provider).sign, Schedule())
    endpoint = Endpoint("we_1", "http://127.0.0.1:9/hook", secrets=(KEY,))
    return prepared(dispatch, endpoint, message, manner, from_seconds(clock.now()), provider)


def verifies(provider: str, sending: Sending) -> bool:
    packed = (b"content-encoding", b"gzip") in sending.headers
    body = gzip.decompress(sending.body) if packed else sending.body
    headers = Headers(sending.headers)
    scheme = connectors.webhook(provider).scheme([KEY])
    at = from_seconds(VirtualClock().now())
    return isinstance(scheme.verify(Delivery(provider, headers, body, at), at), Verified)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("manner", [each for each in Manner if each is not Manner.HUNG_UP])
def test_what_is_honest_verifies_and_nothing_else_does(provider: str, manner: Manner) -> None:
    expected = manner.is_honest or (manner in UNTIMED and provider in TIMELESS)
    assert verifies(provider, sent(provider, manner)) is expected


@given(body=st.binary(max_size=200))
@settings(max_examples=tries(100))
@pytest.mark.parametrize("manner", [Manner.CHANGED_BYTE, Manner.RESERIALISED])
def test_any_body_is_another_once_it_was_changed(manner: Manner, body: bytes) -> None:
    message = Message("evt_0001", "order.paid", body)
    changed = sent("stripe", manner, message)
    assert changed.body != body
    assert not verifies("stripe", changed)


def test_a_relay_changes_bytes_and_not_what_they_say() -> None:
    changed = sent("stripe", Manner.RESERIALISED)
    assert json.loads(changed.body) == CONTENT


def test_escaped_slashes_say_the_same_in_other_bytes() -> None:
    sending = sent("stripe", Manner.ESCAPED_SLASHES)
    assert json.loads(sending.body) == CONTENT
    assert rb"https:\/\/a\/b" in sending.body


def test_the_same_told_as_another_event_differs_in_its_id_alone() -> None:
    again = json.loads(sent("stripe", Manner.NEW_ID).body)
    assert again == CONTENT | {"id": again["id"]}
    assert again["id"] != CONTENT["id"]


def test_a_type_nobody_knows_and_fields_of_other_types_are_signed_like_any_event() -> None:
    assert json.loads(sent("stripe", Manner.UNKNOWN_TYPE).body)["type"] == UNKNOWN
    drifted = json.loads(sent("stripe", Manner.DRIFTED).body)
    assert (drifted["id"], drifted["data"]["object"]["n"]) == ("evt_0001", "1")


def test_no_delivery_shows_its_body_or_signature() -> None:
    assert "a/b" not in repr(sent("stripe", Manner.HONEST))
    assert "v1=" not in repr(sent("stripe", Manner.HONEST))
