"""DocuSign's signatures, one for each active key, and its events. Sources: README.md."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.connectors.docusign.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Readable, Reason, Rejected, Verified
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.digest import MacKey, match
from bridgewright.core.signing.field import sole
from bridgewright.core.signing.reading import Places, text_at
from bridgewright.core.signing.recipe import text_key
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
    from bridgewright.core.signing.keyring import Keyring

FIELD = b"x-docusign-signature-"
MOST_KEYS = 100
"""As many keys as an account can have active, each with a field of its own."""
_FORM = re.compile(rb"[A-Za-z0-9+/]{43}=")
_RECIPIENT = "data.recipientId"
ENVELOPES = Places(
    id=("data.envelopeId", "event", "generatedDateTime"),
    type=("event",),
    at="generatedDateTime",
    made=True,
)
RECIPIENTS = replace(ENVELOPES, id=("data.envelopeId", _RECIPIENT, "event", "generatedDateTime"))


def read(delivery: Delivery) -> Envelope:
    """One event of an envelope; of a recipient where it names one, for two may sign at one time."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, ENVELOPES.allowed)
    places = RECIPIENTS if text_at(delivery, body, _RECIPIENT) is not None else ENVELOPES
    event_type = places.type_of(delivery, body)
    if event_type is None:
        return envelope.unreadable(delivery, "the event has no usable type", places.allowed)
    return Readable((places.notice(delivery, body, event_type),))


@dataclass(frozen=True, slots=True)
class NumberedScheme:
    """Verifies a body that is signed once for each active key: numbered fields."""

    keyring: Keyring[MacKey]

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with the body covered, or why not. Never raises, whatever bytes come."""
        del now  # no time is signed
        given = _given(delivery.headers)
        if isinstance(given, Rejected):
            return given
        expected = [base64.b64encode(key.digest(delivery.body)) for key in self.keyring]
        position = match(expected, given)
        if position is None:
            return Rejected(Reason.MISMATCH, "no signature is of this body under one of our keys")
        return Verified(position, Coverage.BODY)


def _given(headers: Headers) -> list[bytes] | Rejected:
    first = sole(headers, FIELD + b"1")
    if isinstance(first, Rejected):
        return first
    found = [first]
    for number in range(2, MOST_KEYS + 1):
        name = FIELD + b"%d" % number
        if headers.first(name) is None:
            break
        value = sole(headers, name)
        if isinstance(value, Rejected):
            return value
        found.append(value)
    whole = [value for value in found if _FORM.fullmatch(value)]
    if not whole:
        return Rejected(Reason.MALFORMED, "no x-docusign-signature is 32 bytes in base64")
    return whole


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the HMAC keys of the Connect configuration. DocuSign signs no time."""
    no_options("docusign", terms)
    freshness.no_tolerance("docusign", terms.tolerance_s)
    return NumberedScheme(keyring.bind("docusign", keys, text_key("sha256")))


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as DocuSign does: one numbered field for each key."""
    del message_id, at, url  # DocuSign signs the body alone
    bound = keyring.bind("docusign", keys, text_key("sha256"))
    fields = [
        (FIELD + b"%d" % number, base64.b64encode(key.digest(body)))
        for number, key in enumerate(bound, start=1)
    ]
    return Signed(tuple(fields), body)


FACTS = Facts(
    title="DocuSign Connect",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`data.envelopeId`, `data.recipientId` where there is one, `event`, `generatedDateTime`",
    event_type="`event`",
    deadline="100 s by third-party pages; DocuSign asks for answers within 5 s",
    retries="for days, by third-party pages that differ",
    sources=(
        "DocuSign's blog: manually authenticating HMAC signatures, as read 2026-11-28",
        "DocuSign's page of implementing Connect, as read 2026-11-29",
        "third-party pages, as read 2026-08",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the page that describes fields, digest and key; OpenSSL signs what we verify",
)

WEBHOOK = Webhook(
    provider="docusign",
    secret_variable="DOCUSIGN_HMAC_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    key_what="an HMAC key of the Connect configuration",
    signature_fields=(FIELD + b"1",),
)
