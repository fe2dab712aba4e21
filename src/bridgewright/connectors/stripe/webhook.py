"""Stripe's signature and its events. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.connectors.stripe.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Notice, Readable
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.digest import MacKey
from bridgewright.core.signing.timestamped import Layout, TimestampedScheme, sign_timestamped
from bridgewright.core.signing.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

LAYOUT = Layout(header=b"stripe-signature")
KEPT = (b"content-type", b"user-agent")


def scheme(keys: Sequence[Secret], *, tolerance_s: float | None = None) -> Scheme:
    """Verify with the signing secrets of an endpoint (`whsec_…`, used as they are written)."""
    within_s = freshness.tolerance("stripe", tolerance_s)
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
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment
) -> tuple[tuple[bytes, bytes], ...]:
    """Sign as Stripe does; several keys make several `v1=` in one field, as during a rotation."""
    del message_id  # Stripe signs no id beside the body
    return sign_timestamped(LAYOUT, keyring.bind("stripe", keys, _mac_key).keys, body, at)


def _mac_key(text: str) -> MacKey:
    keyring.after_prefix(text, "whsec_")
    return MacKey.of(keyring.verbatim(text))  # the prefix is part of the key; nothing is decoded


WEBHOOK = Webhook(
    provider="stripe",
    secret_variable="STRIPE_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
)
