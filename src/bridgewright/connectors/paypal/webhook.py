"""PayPal's signature and its events. Sources: README.md."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bridgewright.connectors.paypal.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import (
    Coverage,
    Fetch,
    Headers,
    NeedsKey,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.signing import certificate, freshness, keyring
from bridgewright.core.signing.field import sole
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Clock, instant, written
from bridgewright.core.signing.rsa import RsaSigner
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

    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.certificate import Certificate
    from bridgewright.core.signing.keyring import Keyring

ID = b"paypal-transmission-id"
TIME = b"paypal-transmission-time"
SIGNATURE = b"paypal-transmission-sig"
CERTIFICATE = b"paypal-cert-url"
ALGORITHM = b"paypal-auth-algo"
COVERAGE = Coverage.TIME | Coverage.ID
TOLERANCE_S = 86_400.0
"""PayPal repeats itself for 3 days, and does not say whether a repeat gets a new time."""

CERTIFICATE_AGE_S = 86_400.0
PLACES = Places(id=("id",), type=("event_type",), at="create_time", kept=(ID,))
_SHA256 = b"SHA256withRSA"
_URL = re.compile(
    rb"https://api(\.sandbox)?\.paypal\.com/v1/notifications/certs/[A-Za-z0-9_-]{1,100}"
)
_ISSUED_TO = re.compile(r"[a-z0-9.-]{1,200}\.paypal\.com")
_ID = re.compile(rb"[A-Za-z0-9-]{1,64}")
_WEBHOOK_ID = re.compile(r"[A-Z0-9]{8,50}", re.ASCII)
_MOST_SIGNATURE = 1_024
_TEST_URL = b"https://api.sandbox.paypal.com/v1/notifications/certs/CERT-made-for-tests"


@dataclass(frozen=True, slots=True)
class Transmission:
    """What the fields say that sign a delivery; nothing of it is proven yet."""

    id: bytes
    time: bytes
    at: Moment
    signature: bytes
    url: str

    def text(self, webhook_id: bytes, body: bytes) -> bytes:
        """What is signed: a checksum stands for the body."""
        return b"|".join((self.id, self.time, webhook_id, b"%d" % zlib.crc32(body)))


@dataclass(frozen=True, slots=True)
class PaypalScheme:
    """Verifies transmissions to one of our webhooks, by the certificates that PayPal publishes."""

    webhooks: Keyring[bytes]
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """The certificate it needs, or why it proves nothing. Never raises, whatever bytes come."""
        found = transmitted(delivery.headers)
        if isinstance(found, Rejected):
            return found
        return NeedsKey(
            found.url,
            certificate.from_pem,
            partial(self._judge, found, delivery.body, now),
            max_age_s=CERTIFICATE_AGE_S,
        )

    def _judge(
        self, found: Transmission, body: bytes, now: Moment, signer: Certificate
    ) -> Verified | Rejected:
        if not signer.named(_ISSUED_TO):
            return Rejected(Reason.UNTRUSTED_KEY, "the certificate is not in the name of PayPal")
        position = next(
            (
                place
                for place, webhook_id in enumerate(self.webhooks)
                if signer.key.verifies(found.signature, found.text(webhook_id, body))
            ),
            None,
        )
        if position is None:
            return Rejected(
                Reason.MISMATCH, "the signature is not of this, for one of our webhooks"
            )
        age_s = seconds_between(found.at, now)
        untimely = freshness.judge(age_s, self.tolerance_s)
        if untimely is None and not signer.valid(now):
            return Rejected(Reason.UNTRUSTED_KEY, "the certificate is not valid today")
        return untimely or Verified(position, COVERAGE, age_s)


def transmitted(headers: Headers) -> Transmission | Rejected:
    """The five fields, each of them there once and of its form."""
    given = []
    for name in (ID, TIME, SIGNATURE, CERTIFICATE, ALGORITHM):
        value = sole(headers, name)
        if isinstance(value, Rejected):
            return value
        given.append(value)
    message_id, time, signature, url, algorithm = given
    if algorithm != _SHA256:
        return Rejected(Reason.UNKNOWN_ALGORITHM, "paypal-auth-algo is not SHA256withRSA")
    if not _URL.fullmatch(url):
        return Rejected(Reason.UNTRUSTED_KEY, "paypal-cert-url is not PayPal's place for them")
    at, decoded = instant(time, Clock.RFC3339), _decoded(signature)
    if at is None or decoded is None or not _ID.fullmatch(message_id):
        return Rejected(Reason.MALFORMED, "a paypal-transmission field is not what PayPal writes")
    return Transmission(message_id, time, at, decoded, url.decode())


def _decoded(signature: bytes) -> bytes | None:
    """The bytes of base64, written in the one way that has no bits to spare."""
    if len(signature) > _MOST_SIGNATURE:
        return None
    try:
        found = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if base64.b64encode(found) == signature else None


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the ids of our webhooks: PayPal signs for which of them a delivery is."""
    no_options("paypal", terms)
    asked = TOLERANCE_S if terms.tolerance_s is None else terms.tolerance_s
    bound = keyring.bind("paypal", keys, webhook_id)
    return PaypalScheme(bound, freshness.tolerance("paypal", asked))


def webhook_id(text: str) -> bytes:
    """The id of a webhook. `UnfitKeyError` for anything else."""
    found = keyring.verbatim(text)
    if not _WEBHOOK_ID.fullmatch(text):
        msg = "is not the id of a webhook (capital letters and digits)"
        raise keyring.UnfitKeyError(msg)
    return found


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as PayPal does. A key is the id of a webhook and, on the lines after it, a private key
    in PEM. Where `message_id` is none that PayPal could use, its underscores become hyphens."""
    del url  # nobody signs it
    name, _, pem = keys[0].reveal().partition("\n")
    time = written(at, Clock.RFC3339)
    transmission_id = message_id.replace("_", "-").encode("ascii", "replace")
    found = Transmission(transmission_id, time, at, b"", "")
    signature = RsaSigner.from_pem(pem).sign(found.text(webhook_id(name), body))
    fields = (
        (ID, transmission_id),
        (TIME, time),
        (SIGNATURE, base64.b64encode(signature)),
        (CERTIFICATE, _TEST_URL),
        (ALGORITHM, _SHA256),
    )
    return Signed(fields, body)


def fetch(event_type: str, body: bytes, event_id: str | None) -> Fetch | None:
    """PayPal's own copy of the event: it proves what a checksum does not."""
    del event_type, body
    if event_id is None or not _ID.fullmatch(event_id.encode("utf-8", "replace")):
        return None
    path = f"/v1/notifications/webhooks-events/{event_id}"
    return Fetch("GET", path, "act on `resource` of the answer, not of what was delivered")


FACTS = Facts(
    title="PayPal",
    coverage=COVERAGE,
    freshness="86,400 s both ways: whether a repeat gets a new time is not published",
    dedupe="`id` of the event",
    event_type="`event_type`",
    deadline="not published",
    retries="up to 25 times over 3 days",
    sources=(
        "`paypalrestsdk` 1.13.3, read and run",
        "PayPal's page of webhooks, as read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`paypalrestsdk` makes the text that OpenSSL signs and we verify, in our tests",
    weak="the body is bound by CRC32 only: whoever has one delivery can make another body for it",
)

WEBHOOK = Webhook(
    provider="paypal",
    secret_variable="PAYPAL_WEBHOOK_ID",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=PLACES,
    sign=sign,
    facts=FACTS,
    fetch=fetch,
    key_what="the id of the webhook (My Apps & Credentials, the app, Webhooks)",
    signature_fields=(SIGNATURE,),
    example_key="4JH86294D62000001",
)
