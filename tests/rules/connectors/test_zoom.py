"""Zoom: its check of our URL, and the key of what has no id."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from bridgewright import connectors
from bridgewright.core.model.inbound import Handshake, Notice, Readable
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import delivery, way_of

ZOOM = connectors.webhook("zoom")
WAY = way_of("zoom")


def greeted(body: object, signer: int = 1) -> Handshake | None:
    assert ZOOM.greet is not None
    greeting = ZOOM.greet([WAY.keys(0)[1], WAY.keys(1)[1]])
    sent = WAY.sent(json.dumps(body).encode(), signer)
    assert greeting.before(sent) is None
    return greeting.after(sent)


def validation(token: object) -> dict[str, Any]:
    return {"event": "endpoint.url_validation", "payload": {"plainToken": token}}


@pytest.mark.parametrize("signer", [0, 1])
def test_the_url_is_validated_under_the_key_that_asked(signer: int) -> None:
    found = greeted(validation("qgg8vlvZRS6UYooatFL8Aw"), signer)
    assert found is not None
    key = WAY.keys(signer)[0].reveal().encode()
    mac = hmac.new(key, b"qgg8vlvZRS6UYooatFL8Aw", "sha256").hexdigest()
    assert json.loads(found.answer.body) == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": mac,
    }
    assert (found.answer.status, found.answer.content_type) == (200, "application/json")


@pytest.mark.parametrize(
    "body",
    [
        {"event": "meeting.started", "payload": {"plainToken": "endpoint.url_validation"}},
        validation(None),
        validation("a\n"),
        {"event": "endpoint.url_validation", "payload": []},
        ["endpoint.url_validation"],
    ],
)
def test_nothing_else_is_a_validation(body: object) -> None:
    assert greeted(body) is None


def test_who_does_not_hold_our_key_gets_no_token_signed() -> None:
    assert greeted(validation("abc"), signer=2) is None
    assert ZOOM.greet is not None
    sent = WAY.sent(json.dumps(validation("abc")).encode(), 0)
    forged = replace(sent, body=sent.body.replace(b"abc", b"abd"))
    assert ZOOM.greet([WAY.keys(0)[1]]).after(forged) is None


def read(body: dict[str, Any]) -> Notice:
    envelope = ZOOM.read(delivery(json.dumps(body).encode(), ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


def test_an_event_without_an_id_has_a_key_made_of_what_it_says() -> None:
    body = {
        "event": "meeting.started",
        "event_ts": 1_800_000_000_123,
        "payload": {"object": {"uuid": "4444AAA=="}},
    }
    notice = read(body)
    assert notice.key == "meeting.started:1800000000123:4444AAA=="
    assert notice.event_id is None
    assert notice.occurred_at == from_seconds(1_800_000_000)
    del body["payload"]
    assert read(body).key == fingerprint(json.dumps(body).encode())
