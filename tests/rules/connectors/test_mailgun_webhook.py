"""Mailgun's stamp and its events."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.mailgun.webhook import WEBHOOK, fetch, read
from bridgewright.core.model.inbound import (
    Coverage,
    Delivery,
    Headers,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.secret import Secret
from tests.signed import VECTORS, delivery

KEY = "made-up-signing-key-0123456789"
TOKEN = "1b0f" + "a" * 46
SECONDS = str(NOW // 1_000_000)
JSON = (b"Content-Type", b"application/json")
EVENT = {
    "event": "delivered",
    "id": "G9Bn5sl1TC6nu79C8C0bwg",
    "message": {"headers": {"message-id": "m1@mail.example.com"}},
}


def _stamp(time: str = SECONDS, token: str = TOKEN, key: str = KEY) -> dict[str, str]:
    signature = hmac.new(key.encode(), (time + token).encode(), hashlib.sha256).hexdigest()
    return {"timestamp": time, "token": token, "signature": signature}


def _json(stamp: object, event: object = EVENT) -> Delivery:
    body = json.dumps({"signature": stamp, "event-data": event}).encode()
    return Delivery("source", Headers((JSON,)), body, NOW)


def _verify(sent: Delivery) -> object:
    return WEBHOOK.scheme([Secret(KEY)]).verify(sent, NOW)


def test_the_token_is_the_key_for_nothing_else_is_signed() -> None:
    sent = _json(_stamp())
    assert _verify(sent) == Verified(0, Coverage.TIME | Coverage.ID, 0.0)
    one, other = read(sent), read(_json(_stamp(), {**EVENT, "id": "another", "event": "opened"}))
    assert isinstance(one, Readable)
    assert isinstance(other, Readable)
    assert one.notices[0].key == other.notices[0].key == TOKEN
    assert one.notices[0].event_id == "G9Bn5sl1TC6nu79C8C0bwg"
    assert one.notices[0].event_type == "delivered"
    assert one.notices[0].occurred_at == NOW


def test_a_digit_cannot_wander_between_time_and_token() -> None:
    stamp = _stamp()
    for time, token in ((SECONDS + TOKEN[0], TOKEN[1:]), (SECONDS[:-1], SECONDS[-1] + TOKEN)):
        found = _verify(_json({**stamp, "timestamp": time, "token": token}))
        assert isinstance(found, Rejected)
        assert found.reason is Reason.MALFORMED


def test_the_signature_of_the_parent_account_counts_as_well() -> None:
    other = _stamp(key="another-account's-key")
    both = {**other, "parent-signature": _stamp()["signature"]}
    assert isinstance(_verify(_json(both)), Verified)
    assert isinstance(_verify(_json(other)), Rejected)


def test_whole_numbers_are_taken_as_times() -> None:
    assert isinstance(_verify(_json({**_stamp(), "timestamp": int(SECONDS)})), Verified)


@pytest.mark.parametrize("multipart", [False, True])
def test_forms_are_stamped_among_their_fields_and_the_last_of_a_name_counts(
    *, multipart: bool
) -> None:
    fields = [("token", "a user's variable"), *_stamp().items(), ("event", "opened")]
    if multipart:
        kind = b"multipart/form-data; boundary=b1"
        parts = [
            f'--b1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields
        ]
        body = "".join(parts) + "--b1--\r\n"
    else:
        kind = b"application/x-www-form-urlencoded"
        body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in fields)
    sent = Delivery("source", Headers(((b"Content-Type", kind),)), body.encode(), NOW)
    assert isinstance(_verify(sent), Verified)
    envelope = read(sent)
    assert isinstance(envelope, Readable)
    assert (envelope.notices[0].key, envelope.notices[0].event_type) == (TOKEN, "opened")


def test_a_mail_of_a_route_is_inbound() -> None:
    body = "&".join(f"{name}={value}" for name, value in _stamp().items())
    envelope = read(
        delivery(body.encode(), ((b"Content-Type", b"application/x-www-form-urlencoded"),))
    )
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].event_type == "inbound"


@pytest.mark.parametrize(
    "stamp",
    [
        None,
        [],
        {},
        {"token": 1},
        {**_stamp(), "signature": "\ud800"},
        {**_stamp(), "token": "é" * 50},
    ],
)
def test_what_is_no_stamp_is_rejected_and_unreadable(stamp: object) -> None:
    sent = _json(stamp)
    assert isinstance(_verify(sent), Rejected)
    assert isinstance(read(sent), Unreadable)


def test_the_events_of_the_message_can_be_fetched() -> None:
    body = _json(_stamp()).body
    found = fetch("delivered", body, "G9Bn5sl1TC6nu79C8C0bwg")
    assert found is not None
    assert found.path == (
        "/v3/mail.example.com/events?event=delivered&message-id=m1%40mail.example.com"
    )
    assert fetch("delivered", body, None) is None
    hostile = {**EVENT, "message": {"headers": {"message-id": "a@../../v3/x"}}}
    assert fetch("delivered", _json(_stamp(), hostile).body, "e") is None
    assert fetch("opened", b"event=opened", "e") is None


def test_a_wrong_signature_is_not_answered_with_the_status_that_ends_repeating() -> None:
    assert WEBHOOK.profile.rejected.status != 406
    assert [vector for vector in VECTORS if vector.provider == "mailgun"]
