"""WorkOS's signature and its events. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.connectors.workos.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing import freshness, keyring
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Clock, text_key
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

LAYOUT = Layout(header=b"workos-signature", between=b", ", clock=Clock.MILLISECONDS)
PLACES = Places(id=("id",), type=("event",), at="created_at")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the secrets of webhook endpoints."""
    no_options("workos", terms)
    within_s = freshness.tolerance("workos", terms.tolerance_s)
    return TimestampedScheme(LAYOUT, keyring.bind("workos", keys, text_key("sha256")), within_s)


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as WorkOS does: one signature, by the first key."""
    del message_id, url  # WorkOS signs no id beside the body
    bound = keyring.bind("workos", keys[:1], text_key("sha256"))
    return Signed(sign_timestamped(LAYOUT, bound.keys, body, at), body)


FACTS = Facts(
    title="WorkOS",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="300 s both ways (the vendor's library: 180 s both ways)",
    dedupe="`id`",
    event_type="`event`",
    deadline="not found",
    retries="not found",
    sources=("`workos` 10.8.0, read and run 2026-11-29",),
    checked=Checked.LIBRARY,
    how="`workos` 10.8.0 verifies the delivery of our tests",
)

WEBHOOK = Webhook(
    provider="workos",
    secret_variable="WORKOS_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=PLACES,
    sign=sign,
    facts=FACTS,
    key_what="the secret of the webhook endpoint",
    signature_fields=(LAYOUT.header,),
)
