"""Shopify's signature under its two families of names, and its events. Sources: README.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.connectors.shopify.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Notice, Readable
from bridgewright.core.signing import envelope, keyring
from bridgewright.core.signing.recipe import (
    Encoding,
    MacScheme,
    Recipe,
    mac_scheme,
    sign_mac,
    text_key,
)
from bridgewright.core.signing.webhook import (
    PLAIN,
    Checked,
    Facts,
    Signed,
    Terms,
    Webhook,
    no_options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope, Headers, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

WEBHOOKS = b"x-shopify-"
EVENTS = b"shopify-"
SIGNATURE = b"hmac-sha256"
RECIPE = Recipe(header=WEBHOOKS + SIGNATURE, encoding=Encoding.BASE64)
_TOLD = (
    b"topic",
    b"sub-topic",
    b"action",
    b"handle",
    b"name",
    b"shop-domain",
    b"resource-id",
    b"api-version",
    b"webhook-id",
    b"event-id",
    b"triggered-at",
)


def family(headers: Headers) -> bytes:
    """How the names of this delivery begin: `shopify-` where that signs, else `x-shopify-`.

    Verifier and reader both ask here, so that no id is read beside another family's signature.
    """
    return EVENTS if headers.first(EVENTS + SIGNATURE) else WEBHOOKS


@dataclass(frozen=True, slots=True)
class FamiliesScheme:
    """Verifies a body under the names of whichever family it came with."""

    webhooks: MacScheme
    events: MacScheme

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with the body covered, or why not. Never raises, whatever bytes come."""
        new = family(delivery.headers) == EVENTS
        return (self.events if new else self.webhooks).verify(delivery, now)


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the app's client secret. Shopify signs no time: a tolerance is refused."""
    no_options("shopify", terms)
    webhooks = mac_scheme("shopify", RECIPE, keys, terms)
    events = replace(webhooks, recipe=replace(RECIPE, header=EVENTS + SIGNATURE))
    return FamiliesScheme(webhooks, events)


def read(delivery: Delivery) -> Envelope:
    """One event: its fields name it, `…-Webhook-Id` is the key, the same at every attempt."""
    prefix, headers = family(delivery.headers), delivery.headers
    allowed = (b"content-type", *(prefix + name for name in _TOLD), b"user-agent")
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, allowed)
    event_type = _event_type(headers, prefix)
    if event_type is None:
        return envelope.unreadable(delivery, "the delivery has no usable topic", allowed)
    delivery_id = envelope.sole_text(headers, prefix + b"webhook-id")
    notice = Notice(
        key=delivery_id or envelope.fingerprint(delivery.body),
        event_type=event_type,
        body=delivery.body,
        event_id=envelope.sole_text(headers, prefix + b"event-id") or delivery_id,
        occurred_at=envelope.occurred_at(envelope.sole_text(headers, prefix + b"triggered-at")),
        headers=envelope.kept(headers, allowed),
    )
    return Readable((notice,))


def _event_type(headers: Headers, prefix: bytes) -> str | None:
    """`orders/create`; of the Events family topic and action, which come apart: `Product/update`."""
    topic = envelope.sole_text(headers, prefix + b"topic")
    action = envelope.sole_text(headers, prefix + b"action") if prefix == EVENTS else None
    return topic if topic is None or action is None else envelope.clean(f"{topic}/{action}")


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as a webhook, with the first key: its field holds one signature."""
    del message_id, at, url  # Shopify signs the body alone
    bound = keyring.bind("shopify", keys, text_key(RECIPE.algorithm))
    return Signed(sign_mac(RECIPE, bound.keys[0], body), body)


FACTS = Facts(
    title="Shopify",
    coverage=Coverage.BODY,
    freshness="no time is signed (`X-Shopify-Triggered-At` stands beside the signature)",
    dedupe="`X-Shopify-Webhook-Id`, the same at every attempt",
    event_type="`X-Shopify-Topic`; `Shopify-Topic` and `Shopify-Action`",
    deadline="5 s, 1 s to connect",
    retries="8 over 4 h, then the subscription is removed",
    sources=(
        "`@shopify/shopify-api` 13.1.0, read and run 2026-11-28",
        "Shopify's pages of verifying deliveries, of Events and of retries, as read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`@shopify/shopify-api` made the signature of our example and verified it under both families",
)

WEBHOOK = Webhook(
    provider="shopify",
    secret_variable="SHOPIFY_CLIENT_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    key_what="the app's client secret",
    signature_fields=(WEBHOOKS + SIGNATURE, EVENTS + SIGNATURE),
    order=("admin_graphql_api_id", "id"),
    resource=("admin_graphql_api_id", "id"),
)
