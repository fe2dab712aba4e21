"""Deliveries with one mistake in them, and what a diagnosis says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Delivery, Headers, Rejected
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.diagnosis import Party, Surroundings, diagnose
from bridgewright.core.signing.webhook import PLAIN, Terms, Webhook

if TYPE_CHECKING:
    from bridgewright.core.model.finding import Finding
    from bridgewright.core.model.moment import Moment

BODY = b'{"id": "evt_1", "type": "invoice.paid", "note": "caf\xc3\xa9 <a>/b"}'
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
URL = "https://hooks.example.com/webhooks/shop"


def party(
    provider: str | Webhook = "stripe",
    *keys: str,
    source: str = "shop",
    names: tuple[str, ...] = (),
    terms: Terms = PLAIN,
    spares: tuple[tuple[str, Secret], ...] = (),
) -> Party:
    webhook = connectors.webhook(provider) if isinstance(provider, str) else provider
    held = keys or (KEY,)
    named = names or tuple(f"env:{source.upper()}_{number}" for number in range(len(held)))
    return Party(source, webhook, tuple(map(Secret, held)), named, terms, spares)


def sent(  # noqa: PLR0913 - what a delivery is made of
    provider: str | Webhook = "stripe",
    key: str = KEY,
    body: bytes = BODY,
    *,
    at: Moment = NOW,
    url: str = "",
    fields: tuple[tuple[bytes, bytes], ...] = (),
) -> Delivery:
    """As the provider sends it."""
    webhook = connectors.webhook(provider) if isinstance(provider, str) else provider
    signed = webhook.sign([Secret(key)], body, message_id="msg_1", at=at, url=url)
    place, _, query = url.partition("?")
    whole = f"{place}?{query}" if query else place
    headers = Headers((*signed.headers, *fields))
    return Delivery("shop", headers, signed.body, NOW, query=query.encode(), url=whole)


def found(
    to: Party, delivery: Delivery, *others: Party, heard: dict[str, Moment] | None = None
) -> Finding:
    """What explains that this delivery is rejected; that it is, is asserted."""
    scheme = to.webhook.scheme(to.keys, to.terms)
    rejected = scheme.verify(delivery, delivery.received_at)
    assert isinstance(rejected, Rejected), "it verifies"
    around = Surroundings(others, connectors.signature_fields(), heard or {})
    return diagnose(to, delivery, rejected, around)


def changed(delivery: Delivery, body: bytes) -> Delivery:
    return replace(delivery, body=body)
