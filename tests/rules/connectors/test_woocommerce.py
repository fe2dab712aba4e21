"""WooCommerce's ping, and what two events of one second are told apart by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.core.model.inbound import Answer, Delivery, Notice, Readable, Unreadable
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import delivery

WOOCOMMERCE = connectors.webhook("woocommerce")
FORM = (b"Content-Type", b"application/x-www-form-urlencoded; charset=UTF-8")
TOPIC = (b"X-WC-Webhook-Topic", b"order.created")
DELIVERY_ID = (b"X-WC-Webhook-Delivery-ID", b"3bb9a2d1c0f54e3f9d1a4f4f2f1f7c11")
PING = delivery(b"webhook_id=12", (FORM,))


def asked(sent: Delivery) -> Answer | None:
    assert WOOCOMMERCE.greet is not None
    greeting = WOOCOMMERCE.greet([Secret("typed")])
    assert greeting.after(sent) is None
    return greeting.before(sent)


def read(body: bytes, *fields: tuple[bytes, bytes]) -> Notice:
    envelope = WOOCOMMERCE.read(delivery(body, fields))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


def test_the_ping_of_a_webhook_that_is_saved_is_answered() -> None:
    assert asked(PING) == Answer(200)


@pytest.mark.parametrize(
    "sent",
    [
        delivery(b"webhook_id=12", ()),
        delivery(b"webhook_id=12", (FORM, (b"X-WC-Webhook-Signature", b"x"))),
        delivery(b"webhook_id=", (FORM,)),
        delivery(b"webhook_id=12&a=b", (FORM,)),
        delivery(b"webhook_id=12\n", (FORM,)),
        delivery("webhook_id=\u0661".encode(), (FORM,)),
        delivery(b"", (FORM,)),
        replace(PING, method="GET"),
    ],
)
def test_nothing_else_is_answered_without_a_signature(sent: Delivery) -> None:
    assert asked(sent) is None


def test_two_orders_of_one_second_share_an_id_and_are_two_events() -> None:
    first, second = (read(b'{"id":%d}' % number, TOPIC, DELIVERY_ID) for number in (727, 728))
    assert first.key != second.key
    assert first.event_id is second.event_id is None
    assert first.event_type == "order.created"
    assert dict(first.headers)["x-wc-webhook-delivery-id"] == DELIVERY_ID[1].decode()


@given(body=st.binary(max_size=40).map(lambda each: b'{"id":"%s"}' % each.hex().encode()))
def test_one_delivery_that_came_twice_is_one_and_the_same_body_later_another(body: bytes) -> None:
    later = (DELIVERY_ID[0], b"another")
    assert read(body, TOPIC, DELIVERY_ID).key == read(body, TOPIC, DELIVERY_ID).key
    assert read(body, TOPIC, DELIVERY_ID).key != read(body, TOPIC, later).key


@pytest.mark.parametrize(
    "delivery_id", [(), (DELIVERY_ID, DELIVERY_ID), ((DELIVERY_ID[0], b"a" * 200),)]
)
def test_without_one_usable_id_the_body_is_the_key(
    delivery_id: tuple[tuple[bytes, bytes], ...],
) -> None:
    assert read(b'{"id":727}', TOPIC, *delivery_id).key == fingerprint(b'{"id":727}')


@pytest.mark.parametrize("body", [b"", b"[]", b"webhook_id=12"])
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    assert isinstance(WOOCOMMERCE.read(delivery(body, (TOPIC, DELIVERY_ID))), Unreadable)


def test_without_a_topic_it_is_unreadable() -> None:
    assert isinstance(WOOCOMMERCE.read(delivery(b'{"id":727}', (DELIVERY_ID,))), Unreadable)
