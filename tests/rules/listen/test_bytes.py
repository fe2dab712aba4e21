"""What came in goes out as it came: from the store's item, through the answer, into the request."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import Secret, connectors
from bridgewright.adapters.web.relay import told
from bridgewright.certify.contracts.made import NOW
from bridgewright.cli.listen.events import Event
from bridgewright.cli.listen.feed import page_of
from bridgewright.cli.listen.forwarding import Dress, request_of
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage, Delivery, Headers, Readable, Verified
from bridgewright.core.model.item import Item
from bridgewright.core.model.listening import Stretch
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.signing import envelope
from bridgewright.engine.drive.clock import now
from tests.signed import VECTORS, Vector, way_of

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "http://localhost:8000/hook"
UNSIGNED = Dress(connectors.webhook("stripe"))
NAMES = (b"content-type", b"x-odd", b"user-agent")

values = st.binary(max_size=60).map(lambda raw: raw.strip(b" \t"))


def heard(
    body: bytes, fields: tuple[tuple[str, str], ...] = (), event_type: str = "invoice.paid"
) -> Event:
    """An item as a listener hears of it, JSON and all."""
    item = Item(1, "stripe", event_type, "k", body, NOW, Coverage.BODY, "evt_1", headers=fields)
    answer = json.dumps(told(Stretch((item,), 1, 1), "stripe", "stripe", NOW))
    [event] = page_of(json.loads(answer)).events
    return event


def signing(provider: str = "stripe") -> Dress:
    return Dress(connectors.webhook(provider), Secret(KEY), "STRIPE_WEBHOOK_SECRET")


@given(body=st.binary(max_size=2_000), sent=st.lists(st.tuples(st.sampled_from(NAMES), values)))
def test_body_and_fields_are_the_bytes_that_were_kept(
    body: bytes, sent: list[tuple[bytes, bytes]]
) -> None:
    kept = envelope.kept(Headers(sent), NAMES)
    request = request_of(URL, heard(body, kept), signing(), NOW)
    assert request.content == body
    raw = dict(request.headers.raw)
    for name, value in kept:
        assert raw[name.encode()] == value.encode().strip(b" \t")


@given(text=st.text(st.characters(codec="utf-8"), max_size=500))
def test_whatever_the_text_stripe_s_own_library_verifies_it(text: str) -> None:
    request = request_of(URL, heard(text.encode()), signing(), now())
    header = request.headers["stripe-signature"]
    assert stripe.WebhookSignature.verify_header(request.content.decode(), header, KEY)


def test_an_event_of_long_ago_is_signed_now() -> None:
    body = b'{"id": "evt_1", "object": "event", "type": "invoice.paid", "a\\/b": "\\u00e9"}'
    request = request_of(URL, heard(body), signing(), now())
    event = stripe.Webhook.construct_event(
        request.content, request.headers["stripe-signature"], KEY
    )
    assert event.id == "evt_1"


def test_without_a_key_there_is_no_signature() -> None:
    request = request_of(URL, heard(b"{}", (("content-type", "application/json"),)), UNSIGNED, NOW)
    names = {name for name, _ in request.headers.raw}
    assert names == {b"Host", b"content-type", b"Content-Length"}


def test_a_signature_takes_the_place_of_what_was_kept_under_its_name() -> None:
    event = heard(b"{}", (("webhook-id", "old"), ("user-agent", "x")))
    request = request_of(URL, event, signing("standard"), NOW)
    assert [v for n, v in request.headers.raw if n == b"webhook-id"] == [b"evt_1"]


def test_fields_of_one_connection_and_names_that_http_cannot_carry_are_left() -> None:
    fields = (
        ("host", "a"),
        ("Content-Length", "5"),
        ("ä b", "c"),
        ("transfer-encoding", "chunked"),
    )
    request = request_of(URL, heard(b"{}", fields), UNSIGNED, NOW)
    assert request.headers["host"] == "localhost:8000"
    assert request.headers["content-length"] == "2"
    assert len(request.headers.raw) == 2


def test_a_key_that_does_not_fit_is_told_without_being_shown() -> None:
    unfit = Dress(connectors.webhook("sendgrid"), Secret("no private key"), "SENDGRID_KEY")
    with pytest.raises(ConfigurationError, match="the key to sign with") as caught:
        request_of(URL, heard(b"[]"), unfit, NOW)
    assert "no private key" not in str(caught.value)


def test_nothing_of_an_event_is_in_a_repr() -> None:
    event = heard(b'{"email": "ada@example.org"}', (("x-odd", "ada"),))
    assert "ada" not in repr(event)
    held = Dress(connectors.webhook("stripe"), Secret("whsec_mine"), "STRIPE_WEBHOOK_SECRET")
    assert "whsec_mine" not in repr(held)


@pytest.mark.parametrize("provider", connectors.receiving_names())
def test_what_could_not_be_read_is_handed_over_whole(provider: str) -> None:
    found = heard(b"\x00 nobody reads this", event_type="unreadable")
    assert request_of(URL, found, Dress(connectors.webhook(provider)), NOW).content == found.body


REWRITTEN = {
    "mailgun": "its key is made of the token in its stamp, which is signed anew",
    "pubsub": "a message is stored unwrapped: its data is what is handed over",
    "shopify": "deliveries of the Events family are signed as those of webhooks",
    "twilio": "its key is a field of the request, which is not kept",
}
"""Providers of which what is handed over is not read as the same event again, and why."""


def again(vector: Vector) -> list[tuple[bool, bool]]:
    """For each event of a delivery that somebody else signed: whether what is handed over reads as the same
    event, and verifies."""
    webhook, way = connectors.webhook(vector.provider), way_of(vector.provider)
    read = webhook.read if webhook.reader is None else webhook.reader(vector.terms)
    envelope_of = read(vector.sent())
    notices = envelope_of.notices if isinstance(envelope_of, Readable) else ()
    key, _ = way.keys(0)
    found = []
    for one in notices:
        event = Event(1, one.event_type, one.event_id, NOW, raw(one.headers), one.body)
        request = request_of(way.url, event, Dress(webhook, key), NOW)
        sent = Delivery(
            "s", Headers(request.headers.raw), request.content, NOW, url=str(request.url)
        )
        sent = replace(sent, query=request.url.query)
        back = read(sent)
        same = isinstance(back, Readable) and [(n.key, n.event_type) for n in back.notices] == [
            (one.key, one.event_type)
        ]
        found.append((same, isinstance(way.verify(sent), Verified)))
    return found


def raw(fields: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode()) for name, value in fields)


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_what_is_handed_over_is_the_same_event_to_whoever_reads_it(vector: Vector) -> None:
    found = again(vector)
    if vector.provider != "sns":  # whose signature stands in the body, and names a topic of theirs
        assert all(verified for _, verified in found)
    if vector.provider not in REWRITTEN:
        assert all(same for same, _ in found)


def test_no_provider_is_excused_that_needs_no_excuse() -> None:
    needed = {v.provider for v in VECTORS if not all(same for same, _ in again(v))}
    assert needed == set(REWRITTEN)


def test_an_erased_event_is_known_as_one() -> None:
    assert heard(b"{}", (("bridgewright-erased", "2026"),)).is_erased
    assert not heard(b"{}").is_erased


def test_moments_come_through_whole() -> None:
    assert heard(b"{}").received_at == NOW == from_seconds(1_800_000_000)
