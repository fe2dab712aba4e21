"""Mailgun's signature of a time and a token, and its events. Sources: README.md."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from bridgewright.connectors.mailgun.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import (
    Coverage,
    Fetch,
    Notice,
    Readable,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.model.moment import from_seconds, seconds_between
from bridgewright.core.signing import envelope, form, freshness, keyring, multipart
from bridgewright.core.signing.digest import MacKey, match
from bridgewright.core.signing.reading import text_at
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

    from bridgewright.core.model.inbound import Delivery, Envelope, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.keyring import Keyring

KEPT = (b"content-type", b"user-agent")
INBOUND = "inbound"
"""The type of a mail that a route sends on: it names none."""

_TIME = re.compile(rb"[0-9]{10}")
_TOKEN = re.compile(rb"[0-9a-z]{20,128}")
_DIGEST = re.compile(rb"[0-9a-f]{64}")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}", re.ASCII | re.IGNORECASE)
_NAMES = ("timestamp", "token", "signature", "parent-signature")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands in a delivery and proves it; `signatures` are this account's and its parent's."""

    time: bytes
    token: bytes
    signatures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MailgunScheme:
    """Verifies time and token. Nothing else of the body is signed."""

    keyring: Keyring[MacKey]
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with time and id covered, or why not. Never raises, whatever bytes come."""
        stamp = stamp_of(delivery)
        if isinstance(stamp, Rejected):
            return stamp
        expected = [key.digest(stamp.time, stamp.token).hex().encode() for key in self.keyring]
        position = match(expected, stamp.signatures)
        if position is None:
            return Rejected(Reason.MISMATCH, "the signature is not of this token by our keys")
        # Only now: to say "stale" of a forgery would be to believe its timestamp.
        age_s = seconds_between(from_seconds(int(stamp.time)), now)
        covered = Coverage.TIME | Coverage.ID
        judged = freshness.judge(age_s, self.tolerance_s)
        return judged or Verified(position, covered, age_s)


def stamp_of(delivery: Delivery) -> Stamp | Rejected:
    """The stamp of JSON or of a form, or why there is none.

    Ten digits and no more: without anything between time and token, a digit that wanders from one to
    the other would make a second token out of one signature.
    """
    found = _stamp_fields(delivery)
    time, token, *signatures = (found.get(name, b"") for name in _NAMES)
    if not (time and token and signatures[0]):
        return Rejected(Reason.MISSING, "no signature, timestamp and token in the body")
    whole = tuple(text for text in signatures if _DIGEST.fullmatch(text))
    if not (_TIME.fullmatch(time) and _TOKEN.fullmatch(token) and whole):
        return Rejected(Reason.MALFORMED, "signature, timestamp or token is not of its form")
    return Stamp(time, token, whole)


def _stamp_fields(delivery: Delivery) -> dict[str, bytes]:
    fields = _form_fields(delivery)
    if fields is not None:  # of several of one name the last is Mailgun's: user variables go before
        return {name: fields.get(name.encode(), b"") for name in _NAMES}
    body = envelope.parsed(delivery.body)
    block = None if isinstance(body, str) else body.get("signature")
    if not isinstance(block, dict):
        return {}
    texts = {name: text_at(delivery, block, name) or "" for name in _NAMES}
    return {name: text.encode("ascii", "replace") for name, text in texts.items()}


def _form_fields(delivery: Delivery) -> dict[bytes, bytes] | None:
    """The fields of a form of either kind, None for JSON."""
    if form.is_form(delivery):
        return dict(form.pairs(delivery.body) or ())
    return dict(multipart.fields(delivery)) if multipart.is_multipart(delivery) else None


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with HTTP webhook signing keys: of the account, or of its parent."""
    no_options("mailgun", terms)
    asked_s = freshness.LARGEST_TOLERANCE_S if terms.tolerance_s is None else terms.tolerance_s
    within_s = freshness.tolerance("mailgun", asked_s)
    return MailgunScheme(keyring.bind("mailgun", keys, text_key("sha256")), within_s)


def read(delivery: Delivery) -> Envelope:
    """One event. Its key is the token, for that alone is signed: an id in the body could be changed
    to make an old delivery new."""
    stamp = stamp_of(delivery)
    if isinstance(stamp, Rejected):
        return envelope.unreadable(delivery, stamp.detail, KEPT)
    fields = _form_fields(delivery)
    event_id, at = None, from_seconds(int(stamp.time))
    if fields is None:
        body = envelope.parsed(delivery.body)
        event_type = text_at(delivery, body, "event-data.event")
        event_id = text_at(delivery, body, "event-data.id")
    else:
        event_type = fields.get(b"event", INBOUND.encode()).decode("utf-8", "replace")
    event_type = envelope.clean(event_type)
    if event_type is None:
        return envelope.unreadable(delivery, "the event has no usable type", KEPT)
    notice = Notice(
        key=stamp.token.decode(),
        event_type=event_type,
        body=delivery.body,
        event_id=envelope.clean(event_id),
        occurred_at=at,
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def fetch(event_type: str, body: bytes, event_id: str | None) -> Fetch | None:
    """The events of the message, as Mailgun keeps them; only of JSON, where ids and domain stand."""
    parsed = envelope.parsed(body)
    event = None if isinstance(parsed, str) else parsed.get("event-data")
    headers = event.get("message") if isinstance(event, dict) else None
    headers = headers.get("headers") if isinstance(headers, dict) else None
    message_id = envelope.clean(headers.get("message-id")) if isinstance(headers, dict) else None
    domain = (message_id or "").rpartition("@")[2]
    if message_id is None or event_id is None or not _DOMAIN.fullmatch(domain):
        return None
    asked = f"event={quote(event_type, safe='')}&message-id={quote(message_id, safe='')}"
    return Fetch("GET", f"/v3/{domain}/events?{asked}", "find the item of the same `id`, act on it")


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Put a stamp into a JSON object as Mailgun does; the token is made of `message_id`."""
    del url  # Mailgun signs no URL
    bound = keyring.bind("mailgun", keys, text_key("sha256"))
    time = b"%d" % (at // 1_000_000)
    token = hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:50]
    signature = bound.keys[0].digest(time, token.encode()).hex()
    stamp = {"token": token, "timestamp": time.decode(), "signature": signature}
    parsed = envelope.parsed(body)
    held = {} if isinstance(parsed, str) else parsed
    sent = json.dumps({**held, "signature": stamp}).encode()
    return Signed(((b"content-type", b"application/json"),), sent)


FACTS = Facts(
    title="Mailgun",
    coverage=Coverage.TIME | Coverage.ID,
    freshness="24 h both ways (third-party libraries: none)",
    dedupe="the `token`, which is used once",
    event_type="`event-data.event`; `event` of a form; `inbound` for routes",
    answer="200; never 406, which ends their repeating",
    deadline="not published",
    retries="6 times within 8 h, unless it gets 200 or 406",
    sources=(
        "Mailgun's pages of webhooks and of securing them, as read 2026-11-28",
        "`django-anymail` 15.2, read and run 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`django-anymail` 15.2, a third party's, verifies the delivery of our tests; by Mailgun's page",
    weak="a time and a token are signed, and no byte of the event: whoever saw one delivery can fill"
    " another event in, once, before it arrives",
)

WEBHOOK = Webhook(
    provider="mailgun",
    secret_variable="MAILGUN_WEBHOOK_SIGNING_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    fetch=fetch,
    key_what="the HTTP webhook signing key of the account",
)
