"""Stripe's signature and its events. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.connectors.stripe.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Notice, Readable
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.digest import MacKey
from bridgewright.core.signing.timestamped import Layout, TimestampedScheme, sign_timestamped
from bridgewright.core.signing.webhook import (
    PLAIN,
    Checked,
    Facts,
    Option,
    Signed,
    Terms,
    Webhook,
    no_options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

LAYOUT = Layout(header=b"stripe-signature")
OPTIONS = (
    Option(
        "events",
        "the event types that this endpoint is sent, divided by commas; asked for when it is"
        " reconciled, for Stripe lists what other endpoints are sent too",
        example="invoice.*, charge.failed",
        default_text="every type",
    ),
)
KEPT = (b"content-type", b"user-agent")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the signing secrets of an endpoint (`whsec_…`, used as they are written)."""
    no_options("stripe", terms, OPTIONS)
    within_s = freshness.tolerance("stripe", terms.tolerance_s)
    return TimestampedScheme(LAYOUT, keyring.bind("stripe", keys, _mac_key), within_s)


def read(delivery: Delivery) -> Envelope:
    """One event: its own `id` is the key, `created` is when it happened."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    event_id, event_type = envelope.clean(body.get("id")), envelope.clean(body.get("type"))
    if event_id is None or event_type is None:
        return envelope.unreadable(delivery, "the event has no usable id or type", KEPT)
    notice = Notice(
        key=event_id,
        event_type=event_type,
        body=delivery.body,
        event_id=event_id,
        occurred_at=envelope.occurred_at(body.get("created")),
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as Stripe does; several keys make several `v1=` in one field, as during a rotation."""
    del message_id, url  # Stripe signs no id beside the body
    bound = keyring.bind("stripe", keys, _mac_key)
    return Signed(sign_timestamped(LAYOUT, bound.keys, body, at), body)


def _mac_key(text: str) -> MacKey:
    keyring.after_prefix(text, "whsec_")
    return MacKey.of(keyring.verbatim(text))  # the prefix is part of the key; nothing is decoded


FACTS = Facts(
    title="Stripe",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="300 s both ways",
    dedupe="`id` of the event",
    event_type="`type`",
    deadline="not published",
    retries="live 3 days with growing pauses; sandbox 3 times over hours",
    sources=("`stripe` 16.1.0, read and run", "Stripe's page of webhooks, as read 2026-08"),
    checked=Checked.LIBRARY,
    how="`stripe` signs what we verify and verifies what we sign, in our tests",
)

WEBHOOK = Webhook(
    provider="stripe",
    secret_variable="STRIPE_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    options=OPTIONS,
    key_what="the signing secret of the endpoint (Developers, Webhooks): whsec_…",
    signature_fields=(LAYOUT.header,),
    order=("data.object.customer", "data.object.subscription", "data.object.id"),
    resource=("data.object.id",),
)
