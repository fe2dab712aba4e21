"""Zoom: its check of our URL, and the key of what has no id."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Handshake, Notice, Readable, Verified
from bridgewright.core.model.moment import from_seconds, later
from bridgewright.core.model.secret import Secret
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


def joined(person: str) -> dict[str, Any]:
    meeting = {"uuid": "4444AAA==", "participant": {"participant_uuid": person}}
    return {
        "event": "meeting.participant_joined",
        "event_ts": 1_800_000_000_123,
        "payload": {"object": meeting},
    }


def test_an_event_without_an_id_is_known_by_its_body() -> None:
    notice = read(joined("55555AAA"))
    assert notice.event_type == "meeting.participant_joined"
    assert notice.key == fingerprint(json.dumps(joined("55555AAA")).encode())
    assert notice.event_id is None
    assert notice.occurred_at == from_seconds(1_800_000_000)


def test_two_people_who_join_in_one_millisecond_are_two_events() -> None:
    assert read(joined("55555AAA")).key != read(joined("66666BBB")).key


@pytest.mark.parametrize("minutes", [0, 5, 25, 85])
def test_an_attempt_that_zoom_repeats_is_fresh_even_with_the_time_of_the_first(
    minutes: int,
) -> None:
    assert isinstance(WAY.verify(WAY.sent(b"{}"), now=later(NOW, 60 * minutes)), Verified)


def test_our_answer_to_the_challenge_is_the_one_that_zooms_own_library_gives() -> None:
    body = (
        b'{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1800000000123,'
        b'"event":"endpoint.url_validation"}'
    )
    fields = (
        (b"x-zm-request-timestamp", b"1800000000"),
        (
            b"x-zm-signature",
            b"v0=8c1250d85b7dfa2dc15cf0b449ec96a12afd0ea3b08e4bdf812b671d55d03a77",
        ),
    )
    assert ZOOM.greet is not None
    found = ZOOM.greet([Secret("zoom-made-up-token")]).after(delivery(body, fields))
    assert found is not None
    encrypted = "47b267fbb0d3d5ee96586f7e2b8df59037e65e546104e17c3776547ebebf55db"
    assert json.loads(found.answer.body)["encryptedToken"] == encrypted  # @zoom/rivet 0.4.0
