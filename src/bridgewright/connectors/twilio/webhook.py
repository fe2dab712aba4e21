"""Twilio's signatures of forms and of JSON, and its events. Sources: README.md."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from bridgewright.connectors.twilio.keys import FIELDS, key_of_form
from bridgewright.connectors.twilio.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import (
    Answer,
    Coverage,
    Fetch,
    Notice,
    Readable,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.signing import envelope, form, freshness, keyring
from bridgewright.core.signing.batch import read_batch
from bridgewright.core.signing.digest import MacKey, match
from bridgewright.core.signing.field import sole
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import text_key
from bridgewright.core.signing.urls import variants
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
    from collections.abc import Callable, Iterable, Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.keyring import Keyring

SIGNATURE = b"x-twilio-signature"
SETTINGS = b"x-twilio-webhooks-signature-settings"
TOKEN = b"i-twilio-idempotency-token"
BODY_HASH = b"bodySHA256"
KEPT = (b"content-type", TOKEN, b"user-agent")
FORM_TYPE = b"application/x-www-form-urlencoded"

_ALGORITHMS = {b"HMAC_SHA1": "sha1", b"HMAC_SHA256": "sha256"}
_FORMS = {
    "sha1": re.compile(rb"[A-Za-z0-9+/]{27}="),
    "sha256": re.compile(rb"[A-Za-z0-9+/]{43}="),
}
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}", re.ASCII)
_STATUSES = (
    (b"RecordingStatus", "recording"),
    (b"StatusCallbackEvent", "conference"),
    (b"MessageStatus", "message"),
    (b"SmsStatus", "message"),
    (b"CallStatus", "call"),
)
_EVENT = Places(id=("id",), type=("type",), at="time", kept=(TOKEN,), untyped="request")
_DONE = Answer(200)
_OF_FORM = Coverage.URL | Coverage.FIELDS
_OF_JSON = Coverage.URL | Coverage.BODY


@dataclass(frozen=True, slots=True, repr=False)
class BothKeys:
    """One secret, prepared for either algorithm: which one it is for, the delivery says."""

    sha1: MacKey
    sha256: MacKey

    def of(self, algorithm: str) -> MacKey:
        """The key of `sha1` or `sha256`."""
        return self.sha1 if algorithm == "sha1" else self.sha256

    def __repr__(self) -> str:
        return "BothKeys(****)"


@dataclass(frozen=True, slots=True)
class TwilioScheme:
    """Verifies the URL and the fields of a form, or the URL and the body whose hash stands in it."""

    keyring: Keyring[BothKeys]
    urls: Callable[[Delivery], Iterable[bytes]]

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with what was signed, or why not. Never raises, whatever bytes come."""
        del now  # no time is signed
        algorithm = _algorithm(delivery)
        if isinstance(algorithm, Rejected):
            return algorithm
        given = sole(delivery.headers, SIGNATURE)
        if isinstance(given, Rejected):
            return given
        if not _FORMS[algorithm].fullmatch(given):
            return Rejected(Reason.MALFORMED, f"x-twilio-signature is no {algorithm} in base64")
        return self._verified(delivery, algorithm, given)

    def _verified(self, delivery: Delivery, algorithm: str, given: bytes) -> Verification:
        urls = iter(self.urls(delivery))
        likeliest = next(urls, None)
        if likeliest is None:
            return Rejected(Reason.MISMATCH, "the URL is signed, and nobody knows it")
        hashes = _hashes(likeliest)
        text = b"" if hashes else _form_text(delivery)
        if isinstance(text, Rejected):
            return text
        position = self._matching(algorithm, chain((likeliest,), urls), text, given)
        if position is None:
            return Rejected(Reason.MISMATCH, "the signature is not of this delivery by our keys")
        if not hashes:
            return Verified(position, _OF_FORM)
        actual = hashlib.sha256(delivery.body).hexdigest().encode()
        if len(hashes) > 1 or match((actual,), hashes) is None:
            return Rejected(Reason.MISMATCH, "the body is not the one whose hash the URL holds")
        return Verified(position, _OF_JSON)

    def _matching(
        self, algorithm: str, urls: Iterable[bytes], text: bytes, given: bytes
    ) -> int | None:
        """The key that signed, over the first URL for which one did. Which URL it was is no secret."""
        keys = [key.of(algorithm) for key in self.keyring]
        for url in urls:
            expected = [base64.b64encode(key.digest(url, text)) for key in keys]
            position = match(expected, (given,))
            if position is not None:
                return position
        return None


def _algorithm(delivery: Delivery) -> str | Rejected:
    """The hash that the settings field names; SHA-1 where there is no such field."""
    if delivery.headers.first(SETTINGS) is None:
        return "sha1"
    value = sole(delivery.headers, SETTINGS)
    if isinstance(value, Rejected):
        return value
    named = [part.strip().partition(b"=") for part in value.split(b",")]
    found = [text.strip() for name, _, text in named if name.strip() == b"algorithm"]
    algorithm = _ALGORITHMS.get(found[0].upper()) if len(found) == 1 else None
    detail = f"{SETTINGS.decode()} names no algorithm that we know"
    return algorithm or Rejected(Reason.UNKNOWN_ALGORITHM, detail)


def _hashes(url: bytes) -> tuple[bytes, ...]:
    """The body hashes that the query names: one is Twilio's, more are somebody else's."""
    query = url.partition(b"?")[2]
    split = (part.partition(b"=") for part in query.split(b"&"))
    return tuple(value.lower() for name, _, value in split if name == BODY_HASH)


def _form_text(delivery: Delivery) -> bytes | Rejected:
    """What is signed of a form: names and values without anything between them, sorted, each once."""
    if delivery.body and not form.is_form(delivery):
        return Rejected(Reason.MISSING, "no bodySHA256 in the URL, and the body is no form")
    fields = form.pairs(delivery.body)
    if fields is None:
        return Rejected(Reason.MALFORMED, "the form has too many fields")
    return b"".join(name + value for name, value in sorted(set(fields)))


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with auth tokens, and with the secrets of shared keys. Twilio signs no time."""
    no_options("twilio", terms)
    freshness.no_tolerance("twilio", terms.tolerance_s)
    return TwilioScheme(keyring.bind("twilio", keys, _both), variants(terms.public_url))


def _both(text: str) -> BothKeys:
    return BothKeys(text_key("sha1")(text), text_key("sha256")(text))


def read(delivery: Delivery) -> Envelope:
    """A form is one event, answered with TwiML that does nothing; JSON is one event, or a batch."""
    if not form.is_form(delivery):
        return _of_json(delivery)
    fields = form.pairs(delivery.body)
    if not fields:
        why = "the form has no fields, or too many"
        return envelope.unreadable(delivery, why, KEPT)
    token = envelope.sole_text(delivery.headers, TOKEN)
    notice = Notice(
        key=_settled(fields) or token or envelope.fingerprint(delivery.body),
        event_type=_type_of(fields),
        body=delivery.body,
        event_id=token,
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def _settled(fields: list[tuple[bytes, bytes]]) -> str | None:
    """The key of a status that stays, which Twilio's lists tell too; None for any other form."""
    told = {name: _text(fields, name.encode()) for name in FIELDS}
    return envelope.clean(key_of_form({name: text for name, text in told.items() if text}))


def _of_json(delivery: Delivery) -> Envelope:
    headers = envelope.kept(delivery.headers, KEPT)

    def notice(event: dict[str, Any], text: bytes) -> Notice | None:
        event_type = envelope.clean(event.get("type"))
        event_id = envelope.clean(event.get("id"))
        if event_type is None:
            return None
        at = envelope.occurred_at(event.get("time"))
        key = event_id or envelope.fingerprint(text)
        return Notice(key, event_type, text, event_id, at, headers)

    if delivery.body.lstrip()[:1] == b"[":
        found = read_batch(delivery, notice, KEPT)
        return Readable(found.notices, _DONE) if isinstance(found, Readable) else found
    found = _EVENT(delivery)
    return Readable(found.notices, _DONE) if isinstance(found, Readable) else found


def _type_of(fields: list[tuple[bytes, bytes]]) -> str:
    """Forms name no type: what they are about and its status, `message.delivered`."""
    told = _text(fields, b"EventType")
    if told is not None:
        return told
    for name, what in _STATUSES:
        status = _text(fields, name)
        if status is not None:
            return envelope.clean(f"{what}.{status.lower()}") or what
    return "request"


def _text(fields: list[tuple[bytes, bytes]], name: bytes) -> str | None:
    value = form.sole(fields, name)
    return None if value is None else envelope.clean(value.decode("utf-8", "surrogateescape"))


def fetch(event_type: str, body: bytes, event_id: str | None) -> Fetch | None:
    """The message or the call as Twilio keeps it."""
    del event_type, event_id
    fields = form.pairs(body)
    account = _text(fields or [], b"AccountSid") or ""
    for name, kind in ((b"MessageSid", "Messages"), (b"CallSid", "Calls")):
        sid = _text(fields or [], name) or ""
        if _SID.fullmatch(sid) and _SID.fullmatch(account):
            path = f"/2010-04-01/Accounts/{account}/{kind}/{sid}.json"
            return Fetch("GET", path, "compare `from`, `to`, `body` and `status`")
    return None


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as Twilio does with an auth token: JSON by its hash in the query, anything else as a form."""
    del at  # Twilio signs no time
    bound = keyring.bind("twilio", keys, _both)
    asked, query, text, content_type = url.encode(), b"", b"", FORM_TYPE
    if body.lstrip()[:1] in {b"{", b"["}:
        query = BODY_HASH + b"=" + hashlib.sha256(body).hexdigest().encode()
        asked += (b"&" if b"?" in asked else b"?") + query
        content_type = b"application/json"
    else:
        fields = form.pairs(body) or []
        text = b"".join(name + value for name, value in sorted(set(fields)))
    signature = base64.b64encode(bound.keys[0].sha1.digest(asked, text))
    token = message_id.encode("ascii", "replace")
    fields_sent = ((b"content-type", content_type), (SIGNATURE, signature), (TOKEN, token))
    return Signed(fields_sent, body, query)


FACTS = Facts(
    title="Twilio",
    coverage=Coverage.URL | Coverage.BODY | Coverage.FIELDS,
    freshness="no time is signed",
    dedupe="`I-Twilio-Idempotency-Token`, else the digest of the body; `id` in JSON",
    event_type="`EventType`, else what it is about and its status: `message.delivered`",
    batch="an array of JSON is one event each",
    answer="forms: 200 with an empty TwiML `<Response/>`; JSON: 200",
    deadline="15 s",
    retries="once, when the connection fails; then the fallback URL",
    sources=(
        "`twilio` 9.13.0, read and run 2026-11-28",
        "Twilio's pages of shared keys, of error 57012 and of connection overrides, as read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`twilio` 9.13.0 signs what we verify and verifies what we sign, in our tests",
)

WEBHOOK = Webhook(
    provider="twilio",
    secret_variable="TWILIO_AUTH_TOKEN",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    fetch=fetch,
    key_what="the auth token of the account, or the secret of a shared key",
    signature_fields=(SIGNATURE,),
    order=("form:CallSid", "form:MessageSid", "form:SmsSid", "form:ConferenceSid"),
)
