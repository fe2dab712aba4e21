"""Shopify's events, under both families of names."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.connectors.shopify.profile import WEBHOOK_PROFILE
from bridgewright.connectors.shopify.webhook import SIGNATURE, family, read
from bridgewright.core.model.inbound import (
    Coverage,
    Headers,
    Notice,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import as_text
from tests.signed import Fields, delivery, way

WAY = way("shopify")
ORDER = b'{"id": 820982911946154508, "email": "jon@example.com", "total_price": "403.00"}'
WEBHOOK: Fields = (
    (b"X-Shopify-Topic", b"orders/create"),
    (b"X-Shopify-Shop-Domain", b"a.myshopify.com"),
    (b"X-Shopify-API-Version", b"2026-07"),
    (b"X-Shopify-Webhook-Id", b"b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"),
    (b"X-Shopify-Event-Id", b"98880550-7158-44d4-b7cd-2c97c8a091b5"),
    (b"X-Shopify-Triggered-At", b"2027-01-15T08:00:00.123456789Z"),
)
EVENT: Fields = (
    (b"Shopify-Hmac-Sha256", b"signed"),
    (b"Shopify-Topic", b"Product"),
    (b"Shopify-Action", b"update"),
    (b"Shopify-Webhook-Id", b"w1"),
    (b"Shopify-Event-Id", b"e1"),
)


def _notice(body: bytes, *fields: tuple[bytes, bytes]) -> Notice:
    envelope = read(delivery(body, fields))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


def _renamed(fields: Fields) -> Fields:
    return tuple(
        (name.lower().replace(b"x-shopify-", b"shopify-"), value) for name, value in fields
    )


def test_a_webhook_is_named_by_its_topic_and_known_by_its_delivery() -> None:
    notice = _notice(ORDER, *WEBHOOK)
    assert notice.event_type == "orders/create"
    assert notice.key == "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"
    assert notice.event_id == "98880550-7158-44d4-b7cd-2c97c8a091b5"
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2027-01-15T08:00:00.123Z"
    assert dict(notice.headers)["x-shopify-shop-domain"] == "a.myshopify.com"


def test_an_event_of_the_newer_family_is_named_by_topic_and_action() -> None:
    notice = _notice(b'{"topic": "Product"}', *EVENT)
    assert (notice.event_type, notice.key, notice.event_id) == ("Product/update", "w1", "e1")


@given(body=st.binary(max_size=200))
def test_the_same_signature_verifies_under_either_family_and_covers_the_body(body: bytes) -> None:
    sent = WAY.sent(body)
    for fields in (sent.headers.items(), _renamed(sent.headers.items())):
        found = WAY.verify(replace(sent, headers=Headers(fields)))
        assert found == Verified(0, Coverage.BODY)
        changed = WAY.verify(replace(sent, headers=Headers(fields), body=body + b" "))
        assert isinstance(changed, Rejected)


def test_a_false_signature_of_one_family_is_not_saved_by_a_true_one_of_the_other() -> None:
    sent = WAY.sent(b"{}")
    false = (b"shopify-" + SIGNATURE, b"A" * 43 + b"=")
    found = WAY.verify(replace(sent, headers=Headers((*sent.headers.items(), false))))
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISMATCH


def test_an_id_of_the_family_that_was_not_verified_is_not_read() -> None:
    signed = (*WEBHOOK, *WAY.fields(ORDER))
    notice = _notice(ORDER, (b"Shopify-Webhook-Id", b"another"), (b"Shopify-Topic", b"x"), *signed)
    assert family(Headers(signed)) == b"x-shopify-"
    assert notice.key == "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"
    assert notice.event_type == "orders/create"


@pytest.mark.parametrize("ids", [(), ((WEBHOOK[3][0], b"\xff"),), (WEBHOOK[3], WEBHOOK[3])])
def test_without_one_usable_delivery_id_the_digest_of_the_body_is_the_key(ids: Fields) -> None:
    notice = _notice(ORDER, WEBHOOK[0], *ids)
    assert notice.key == "sha256:" + hashlib.sha256(ORDER).hexdigest()
    assert notice.event_id is None


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"<order/>", WEBHOOK),
        (b"[]", WEBHOOK),
        (ORDER, WEBHOOK[1:]),
        (ORDER, (WEBHOOK[0], WEBHOOK[0])),
        (ORDER, ((WEBHOOK[0][0], b"a\0"),)),
    ],
)
def test_what_is_no_event_is_unreadable(body: bytes, fields: Fields) -> None:
    assert isinstance(read(delivery(body, fields)), Unreadable)


def test_a_rejection_is_401_as_privacy_topics_demand_and_nothing_is_softened() -> None:
    assert WEBHOOK_PROFILE.refusal(WEBHOOK_PROFILE.rejected).status == 401
