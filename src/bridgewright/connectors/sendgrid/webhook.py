"""The signature of SendGrid's Event Webhook, and its events. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.connectors.sendgrid.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.batch import read_batch
from bridgewright.core.signing.ecdsa import (
    EcdsaScheme,
    Fields,
    private_key,
    public_key,
    sign_ecdsa,
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

FIELDS = Fields(
    signature=b"x-twilio-email-event-webhook-signature",
    time=b"x-twilio-email-event-webhook-timestamp",
)
KEPT = (b"content-type", b"user-agent")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the verification keys (base64, or PEM)."""
    no_options("sendgrid", terms)
    asked_s = freshness.LARGEST_TOLERANCE_S if terms.tolerance_s is None else terms.tolerance_s
    within_s = freshness.tolerance("sendgrid", asked_s)
    return EcdsaScheme(FIELDS, keyring.bind("sendgrid", keys, public_key), within_s)


def read(delivery: Delivery) -> Envelope:
    """A batch: each event by its `sg_event_id`, or by the digest of its text where it has none."""
    headers = envelope.kept(delivery.headers, KEPT)

    def notice(event: dict[str, Any], text: bytes) -> Notice | None:
        event_type = envelope.clean(event.get("event"))
        event_id = envelope.clean(event.get("sg_event_id"))
        if event_type is None:
            return None
        at = envelope.occurred_at(event.get("timestamp"))
        key = event_id or envelope.fingerprint(text)
        return Notice(key, event_type, text, event_id, at, headers)

    return read_batch(delivery, notice, KEPT)


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as SendGrid does, with a private key (base64 of PKCS #8, or PEM)."""
    del message_id, url  # SendGrid signs neither
    [key] = keyring.bind("sendgrid", keys[:1], private_key)
    return Signed(sign_ecdsa(FIELDS, key, body, at), body)


def wrap(event: bytes) -> bytes:
    """An array of one event."""
    return b"[%b]" % event


FACTS = Facts(
    title="SendGrid Event Webhook",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="24 h both ways (the vendor's library: none)",
    dedupe="`sg_event_id` of each event",
    event_type="`event`",
    batch="an array: one event each",
    deadline="10 s",
    retries="for up to 24 h",
    sources=(
        "`sendgrid` 6.12.5, read and run 2026-11-28",
        "SendGrid's page of the Event Webhook's security features, as read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`sendgrid` 6.12.5 verifies what we sign, in our tests; a published delivery verifies",
)

WEBHOOK = Webhook(
    provider="sendgrid",
    secret_variable="SENDGRID_WEBHOOK_PUBLIC_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    key_what="the verification key of the signed Event Webhook (Mail Settings)",
    signature_fields=(FIELDS.signature,),
    order=("sg_message_id",),
    resource=("sg_message_id",),
    example_key=(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdntOImIKwOrOyNtSd9t7VZGQaThMnDCsckWLfMBuqKaF"
        "iK+oQ86BjdAVnYquFyujrFV1vfk2CeyvBa+GBQ2+EA=="
    ),
    wrap=wrap,
)
