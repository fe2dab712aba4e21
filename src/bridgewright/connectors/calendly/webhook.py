"""Calendly's signature and its events. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.connectors.calendly.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing import freshness, keyring
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import text_key
from bridgewright.core.signing.timestamped import Layout, TimestampedScheme, sign_timestamped
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

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

LAYOUT = Layout(header=b"calendly-webhook-signature")
PLACES = Places(type=("event",), at="created_at")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the signing keys of webhook subscriptions."""
    no_options("calendly", terms)
    within_s = freshness.tolerance("calendly", terms.tolerance_s)
    return TimestampedScheme(LAYOUT, keyring.bind("calendly", keys, text_key("sha256")), within_s)


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as Calendly does: one signature, by the first key."""
    del message_id, url  # Calendly signs no id beside the body
    bound = keyring.bind("calendly", keys[:1], text_key("sha256"))
    return Signed(sign_timestamped(LAYOUT, bound.keys, body, at), body)


FACTS = Facts(
    title="Calendly",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="300 s both ways",
    dedupe="none of Calendly's: the digest of the body",
    event_type="`event`",
    deadline="15 s, 10 s to connect",
    retries="with growing waits for 24 h, then the subscription is disabled; 410 deletes it",
    sources=("Calendly's pages of webhooks, signatures, errors and timeouts, as read 2026-11-29",),
    checked=Checked.DOCUMENTATION,
    how="by the pages that describe the field, its digest and its key; OpenSSL signs what we verify",
)

WEBHOOK = Webhook(
    provider="calendly",
    secret_variable="CALENDLY_WEBHOOK_SIGNING_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=PLACES,
    sign=sign,
    facts=FACTS,
    key_what="the signing key of the webhook subscription, or of the OAuth app",
    signature_fields=(LAYOUT.header,),
)
