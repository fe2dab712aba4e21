"""WooCommerce's signature, its unsigned ping and its events. Sources: README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.connectors.woocommerce.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Answer, Coverage, Readable
from bridgewright.core.signing import envelope, form
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Encoding, Recipe
from bridgewright.core.signing.webhook import PLAIN, Checked, Facts, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.webhook import Greeting

RECIPE = Recipe(header=b"x-wc-webhook-signature", encoding=Encoding.BASE64)
DELIVERY_ID = b"x-wc-webhook-delivery-id"
PLACES = Places(
    type=("header:x-wc-webhook-topic",),
    kept=(
        b"x-wc-webhook-topic",
        b"x-wc-webhook-resource",
        b"x-wc-webhook-event",
        b"x-wc-webhook-id",
        DELIVERY_ID,
        b"x-wc-webhook-source",
    ),
)
PONG = Answer(200)
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Ping:
    """Answers the form that WooCommerce sends, unsigned, when a webhook is saved."""

    def before(self, delivery: Delivery) -> Answer | None:
        """200 for that form, None for all else. It proves nothing and stores nothing."""
        signed = delivery.headers.first(RECIPE.header) is not None
        asked = delivery.method == "POST" and form.is_form(delivery)
        return PONG if asked and not signed and _PING.fullmatch(delivery.body) else None

    def after(self, delivery: Delivery) -> None:
        """Nothing that needs our keys is asked."""


def greet(keys: Sequence[Secret], terms: Terms = PLAIN) -> Greeting:
    """The same for every source: the ping is not signed."""
    del keys, terms
    return Ping()


def read(delivery: Delivery) -> Envelope:
    """One event. Its key is the delivery's id with the body's digest: the id is made of the webhook's
    number and the second, so two orders within a second share it."""
    found = PLACES(delivery)
    delivery_id = envelope.sole_text(delivery.headers, DELIVERY_ID)
    if not isinstance(found, Readable) or delivery_id is None:
        return found
    [notice] = found.notices
    key = envelope.clean(f"{delivery_id}:{notice.key}")
    return found if key is None else Readable((replace(notice, key=key),))


FACTS = Facts(
    title="WooCommerce",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`X-WC-Webhook-Delivery-ID` and the body's digest",
    event_type="`X-WC-Webhook-Topic`",
    handshake="an unsigned form, when the webhook is saved: 200",
    deadline="60 s",
    retries="none; more than 5 failures in a row disable the webhook",
    sources=("WooCommerce's own `class-wc-webhook.php`, of 11.1 or later, read 2026-11-29",),
    checked=Checked.DOCUMENTATION,
    how="by WooCommerce's own source, which was read and not run; OpenSSL signs what we verify",
)

WEBHOOK = by_recipe(
    "woocommerce",
    secret_variable="WOOCOMMERCE_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=read,
    facts=FACTS,
    greet=greet,
    key_what="the secret of the webhook (WooCommerce, Settings, Advanced, Webhooks)",
)
