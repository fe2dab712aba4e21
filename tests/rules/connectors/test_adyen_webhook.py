"""Adyen's payments and platforms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.adyen.webhook import WEBHOOK, read, signed_text
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
from tests.signed import delivery

KEYS = [Secret("AB" * 32), Secret("CD" * 32)]
ITEM = {
    "pspReference": "psp-1",
    "merchantAccountCode": "Account",
    "merchantReference": "order:1",
    "amount": {"value": 1130, "currency": "EUR"},
    "eventCode": "AUTHORISATION",
    "success": "true",
    "eventDate": "2027-01-15T09:00:00+01:00",
}


def _body(*items: dict[str, Any]) -> bytes:
    held = [{"NotificationRequestItem": item} for item in items]
    return json.dumps({"live": "false", "notificationItems": held}).encode()


def _signed(*items: dict[str, Any]) -> list[dict[str, Any]]:
    signed = WEBHOOK.sign(KEYS, _body(*items), message_id="", at=NOW)
    held = json.loads(signed.body)["notificationItems"]
    return [each["NotificationRequestItem"] for each in held]


def _verify(body: bytes, *fields: tuple[bytes, bytes]) -> object:
    return WEBHOOK.scheme(KEYS).verify(Delivery("source", Headers(fields), body, NOW), NOW)


def test_every_item_must_verify_and_not_only_the_first() -> None:
    first, second = _signed(ITEM, {**ITEM, "pspReference": "psp-2"})
    assert _verify(_body(first, second)) == Verified(0, Coverage.FIELDS)
    for forged in (
        {**second, "success": "false"},
        {**second, "amount": {"value": 1, "currency": "EUR"}},
        {**second, "additionalData": {}},
        {**second, "additionalData": {"hmacSignature": "é"}},
        {**ITEM, "pspReference": "psp-3"},
    ):
        assert isinstance(_verify(_body(first, forged)), Rejected)
        assert isinstance(_verify(_body(forged, first)), Rejected)


def test_an_item_that_is_none_spoils_the_delivery() -> None:
    [first] = _signed(ITEM)
    for other in (1, None, {}, {"NotificationRequestItem": []}):
        held = [{"NotificationRequestItem": first}, other]
        body = json.dumps({"notificationItems": held}).encode()
        assert isinstance(_verify(body), Rejected)


def test_only_the_reference_of_the_merchant_may_hold_a_colon() -> None:
    text = b"psp-1::Account:order:1:1130:EUR:AUTHORISATION:true"
    assert signed_text(ITEM) == text
    moved = {**ITEM, "merchantAccountCode": "Account:order", "merchantReference": "1"}
    found = signed_text(moved)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MALFORMED
    assert isinstance(signed_text({**ITEM, "eventCode": "A:B"}), Rejected)


@pytest.mark.parametrize("value", [1.5, [], {}, "a" * 2_000, 10**30])
def test_a_field_of_another_kind_is_not_signed(value: object) -> None:
    assert isinstance(signed_text({**ITEM, "pspReference": value}), Rejected)


def test_payments_are_one_event_each_with_the_digest_of_what_is_signed_as_key() -> None:
    capture = {**ITEM, "eventCode": "CAPTURE"}
    envelope = read(delivery(_body(*_signed(ITEM, capture)), ()))
    assert isinstance(envelope, Readable)
    one, other = envelope.notices
    assert (one.event_type, other.event_type) == ("AUTHORISATION", "CAPTURE")
    assert one.key != other.key
    assert one.event_id == other.event_id == "psp-1"
    assert one.occurred_at == NOW
    assert json.loads(one.body)["merchantReference"] == "order:1"
    rest = read(delivery(_body(*_signed({**ITEM, "reason": "changed by a stranger"})), ()))
    assert isinstance(rest, Readable)
    assert rest.notices[0].key == one.key


def test_platforms_sign_the_body_in_a_field() -> None:
    body = b'{"type": "balancePlatform.transfer.updated", "timestamp": "2027-01-15T08:00:00Z"}'
    signed = WEBHOOK.sign(KEYS[1:], body, message_id="", at=NOW)
    assert _verify(body, *signed.headers) == Verified(1, Coverage.BODY)
    assert isinstance(_verify(body), Rejected)
    assert isinstance(_verify(body + b" ", *signed.headers), Rejected)
    envelope = read(delivery(body, signed.headers))
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].event_type == "balancePlatform.transfer.updated"
    assert envelope.notices[0].occurred_at == NOW


def test_a_signature_in_a_field_is_not_replaced_by_those_of_items() -> None:
    body = _body(*_signed(ITEM))
    assert isinstance(_verify(body), Verified)
    assert isinstance(_verify(body, (b"HmacSignature", b"A" * 43 + b"=")), Rejected)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"notificationItems": []}', b'{"notificationItems": 1}', _body({}), _body()],
)
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    assert isinstance(_verify(body), Rejected)
    assert isinstance(read(delivery(body, ())), Unreadable)


def test_adyen_is_answered_as_it_waits_for() -> None:
    assert WEBHOOK.profile.accepted.body == b"[accepted]"
    assert WEBHOOK.profile.accepted.status == 200
