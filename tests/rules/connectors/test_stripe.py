"""Stripe's events."""

from __future__ import annotations

import json

import pytest

from bridgewright.connectors.stripe.webhook import read
from bridgewright.core.model.inbound import Readable, Unreadable
from bridgewright.core.model.moment import from_seconds
from tests.signed import delivery

EVENT = {"id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1_800_000_000}


def test_an_event_is_read_by_its_own_id_type_and_time() -> None:
    body = json.dumps(EVENT).encode()
    fields = [
        (b"Content-Type", b"application/json"),
        (b"User-Agent", b"Stripe/1.0"),
        (b"Stripe-Signature", b"t=1,v1=PRIVATE"),
    ]
    envelope = read(delivery(body, fields))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert (notice.key, notice.event_id) == ("evt_1", "evt_1")
    assert notice.event_type == "invoice.paid"
    assert notice.occurred_at == from_seconds(1_800_000_000)
    assert notice.body == body
    assert dict(notice.headers) == {
        "content-type": "application/json",
        "user-agent": "Stripe/1.0",
    }


@pytest.mark.parametrize("created", [None, "soon", -1, 10**300, True])
def test_an_event_of_no_sensible_time_is_still_an_event(created: object) -> None:
    envelope = read(delivery(json.dumps({**EVENT, "created": created}).encode(), ()))
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].occurred_at is None


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b"{}",
        json.dumps({**EVENT, "id": None}).encode(),
        json.dumps({**EVENT, "id": "evt\0"}).encode(),
        json.dumps({**EVENT, "id": "\ud800"}).encode(),
        json.dumps({**EVENT, "type": "a" * 256}).encode(),
        json.dumps({**EVENT, "type": 7}).encode(),
    ],
)
def test_what_is_no_event_is_unreadable_and_kept_whole(body: bytes) -> None:
    envelope = read(delivery(body, ()))
    assert isinstance(envelope, Unreadable)
    assert envelope.notice.body == body
    assert envelope.why


def test_the_same_unreadable_bytes_have_the_same_key_and_others_another() -> None:
    keys = [_key(body) for body in (b"a", b"a", b"b")]
    assert keys[0] == keys[1] != keys[2]


def _key(body: bytes) -> str:
    envelope = read(delivery(body, ()))
    assert isinstance(envelope, Unreadable)
    return envelope.notice.key
