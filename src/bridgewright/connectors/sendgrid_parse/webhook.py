"""SendGrid's Inbound Parse: its signature or the password in its URL, and its mails. Sources:
README.md."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

from bridgewright.connectors.sendgrid_parse.profile import WEBHOOK_PROFILE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage, Notice, Readable
from bridgewright.core.signing import envelope, form, freshness, keyring, multipart
from bridgewright.core.signing.bearer import BearerScheme
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
    Option,
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
    from bridgewright.core.signing.keyring import Keyring

FIELDS = Fields(
    signature=b"x-twilio-email-event-webhook-signature",
    time=b"x-twilio-email-event-webhook-timestamp",
)
AUTHORIZATION = b"authorization"
EVENT_TYPE = "inbound.parse"
KEPT = (b"content-type", b"user-agent")
OPTIONS = (
    Option(
        "proof",
        "how SendGrid proves itself: `signature` of a security policy, or `password` in the URL",
        example="password",
        default_text="signature",
    ),
)
MAX_HEAD_BYTES = 65_536
"""How far into a mail its Message-ID is looked for."""

_MESSAGE_ID = re.compile(
    rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{1,180})>", re.IGNORECASE | re.MULTILINE
)
_BASIC = b"Basic "


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the public keys of security policies, or with `user:password` of the URL."""
    no_options("sendgrid_parse", terms, OPTIONS)
    proof = terms.options.get("proof", "signature")
    if proof == "password":
        freshness.no_tolerance("sendgrid_parse", terms.tolerance_s)
        return BearerScheme(AUTHORIZATION, _passwords(keys), _BASIC)
    if proof != "signature":
        problem = f"the option proof of sendgrid_parse is {proof!r}"
        raise ConfigurationError(problem, remedy="it is signature or password")
    asked_s = freshness.LARGEST_TOLERANCE_S if terms.tolerance_s is None else terms.tolerance_s
    within_s = freshness.tolerance("sendgrid_parse", asked_s)
    return EcdsaScheme(FIELDS, keyring.bind("sendgrid_parse", keys, public_key), within_s)


def _passwords(keys: Sequence[Secret]) -> Keyring[bytes]:
    return keyring.bind("sendgrid_parse", keys, _credentials)


def _credentials(text: str) -> bytes:
    raw = keyring.verbatim(text)
    user, colon, password = raw.partition(b":")
    if not (user and colon and password):
        msg = "is not user:password"
        raise keyring.UnfitKeyError(msg)
    return base64.b64encode(raw)


def read(delivery: Delivery) -> Envelope:
    """One mail, its body as it came. One mail to two of our addresses is two events, so the key is
    the Message-ID and the SMTP envelope."""
    if form.is_form(delivery):
        fields = dict(form.pairs(delivery.body) or ())
    else:
        fields = dict(multipart.fields(delivery))
    if not fields:
        return envelope.unreadable(delivery, "the body is no form with fields", KEPT)
    head = fields.get(b"headers") or fields.get(b"email") or b""
    found = _MESSAGE_ID.search(head[:MAX_HEAD_BYTES])
    message_id = None if found is None else envelope.clean(found[1].decode("utf-8", "replace"))
    addressed = hashlib.sha256(fields.get(b"envelope", b"")).hexdigest()[:32]
    notice = Notice(
        key=f"{message_id}:{addressed}" if message_id else envelope.fingerprint(delivery.body),
        event_type=EVENT_TYPE,
        body=delivery.body,
        event_id=message_id,
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Prove it as SendGrid does: by a private key, or by `user:password` where that is what is given."""
    del message_id, url  # SendGrid signs neither
    if ":" in keys[0].reveal().partition("\n")[0]:
        return Signed(((AUTHORIZATION, _BASIC + _passwords(keys[:1]).keys[0]),), body)
    [key] = keyring.bind("sendgrid_parse", keys[:1], private_key)
    return Signed(sign_ecdsa(FIELDS, key, body, at), body)


FACTS = Facts(
    title="SendGrid Inbound Parse",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="24 h both ways; by password: no time is signed",
    dedupe="the Message-ID of the mail and its SMTP envelope",
    event_type="`inbound.parse`",
    answer="503 where others get 4xx: SendGrid would drop the mail for ever",
    deadline="not published",
    retries="5xx: for 3 days; 4xx: never",
    sources=(
        "SendGrid's pages of Inbound Parse and of securing it, as read 2026-11-28",
        "`sendgrid` 6.12.5 (the Event Webhook's rule of signing), read and run 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`sendgrid` 6.12.5 verifies what we sign; that Inbound Parse signs by the same rule is"
    " SendGrid's page's word",
    weak="without a security policy nothing is signed: a password in the URL binds no byte",
)

WEBHOOK = Webhook(
    provider="sendgrid_parse",
    secret_variable="SENDGRID_PARSE_PUBLIC_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    options=OPTIONS,
    key_what="the public key of the Parse security policy, or user:password of the URL",
    signature_fields=(FIELDS.signature,),
    example_key=(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdntOImIKwOrOyNtSd9t7VZGQaThMnDCsckWLfMBuqKaF"
        "iK+oQ86BjdAVnYquFyujrFV1vfk2CeyvBa+GBQ2+EA=="
    ),
)
