"""Standard Webhooks: signature and events. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.connectors.standard.profile import PROFILE
from bridgewright.core.model.inbound import Coverage, Notice, Readable
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.standard import (
    STANDARD_NAMES,
    SVIX_NAMES,
    StandardScheme,
    names,
    sign_standard,
    signing_key,
    verifying_key,
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

    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

KEPT = (
    b"content-type",
    STANDARD_NAMES.id,
    STANDARD_NAMES.time,
    SVIX_NAMES.id,
    SVIX_NAMES.time,
    b"user-agent",
)


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with shared secrets (`whsec_…`), senders' public keys (`whpk_…`), or both at once."""
    no_options("standard", terms)
    within_s = freshness.tolerance("standard", terms.tolerance_s)
    return StandardScheme(keyring.bind("standard", keys, verifying_key), within_s)


def read(delivery: Delivery) -> Envelope:
    """One event: the signed message id is its key."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    message_id = envelope.sole_text(delivery.headers, names(delivery.headers).id)
    event_type = envelope.clean(body.get("type"))
    if message_id is None or event_type is None:
        return envelope.unreadable(delivery, "the event has no usable id or type", KEPT)
    notice = Notice(
        key=message_id,
        event_type=event_type,
        body=delivery.body,
        event_id=message_id,
        occurred_at=envelope.occurred_at(body.get("timestamp")),
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign under the `webhook-` names with shared (`whsec_…`) or private keys (`whsk_…`)."""
    del url  # nobody signs it
    bound = keyring.bind("standard", keys, signing_key)
    return Signed(sign_standard(bound.keys, message_id, body, at), body)


FACTS = Facts(
    title="Standard Webhooks and Svix",
    coverage=Coverage.BODY | Coverage.TIME | Coverage.ID,
    freshness="300 s both ways",
    dedupe="the signed message id",
    event_type="`type`",
    deadline="15 to 30 s are recommended to senders",
    retries="recommended: 75 h; Svix: 8 attempts over 28 h",
    sources=("specification of Standard Webhooks, 2026-08-17", "`svix` 2.9.1, read and run"),
    checked=Checked.LIBRARY,
    how="`standardwebhooks` and `svix` sign what we verify and verify what we sign, in our tests",
)


WEBHOOK = Webhook(
    provider="standard",
    secret_variable="STANDARD_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    key_what="a shared secret (whsec_…) or the sender's public key (whpk_…)",
    signature_fields=(STANDARD_NAMES.signature, SVIX_NAMES.signature),
)
