"""The tokens of Pub/Sub's push subscriptions, and their messages. Sources: README.md."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bridgewright.connectors.pubsub.profile import WEBHOOK_PROFILE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import (
    Coverage,
    Headers,
    NeedsKey,
    Notice,
    Readable,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.model.moment import later, seconds_between
from bridgewright.core.signing import envelope, freshness, jwt, keyring
from bridgewright.core.signing.digest import match
from bridgewright.core.signing.field import sole
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
    from collections.abc import Mapping, Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.keyring import Keyring

FIELD = b"authorization"
BEARER = b"Bearer "
ALGORITHM = "RS256"
KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
LIFE_S = 3_600.0
"""How long a token of Google's lives. Pub/Sub sends one again and again until then."""

SKEW_S = 300.0
"""How far clocks may be apart where a token begins and ends."""

KEPT = (b"content-type", b"user-agent")
ATTRIBUTE = "x-goog-pubsub-attribute-"
MOST_ATTRIBUTES = 100
"""As many as a message can have."""

OPTIONS = (
    Option(
        "audience",
        "the audience that the push subscription names",
        example="https://hooks.example.com/webhooks/pubsub",
        default_text="the public URL of the source, which is Pub/Sub's own default",
    ),
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}")
_ATTRIBUTE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_TEST_KEY_ID = "made-for-tests"
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class PushScheme:
    """Verifies that Google vouches for one of our service accounts, to us."""

    emails: Keyring[bytes]
    audience: str
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """The keys it needs, or why it proves nothing. Never raises, whatever bytes come."""
        value = sole(delivery.headers, FIELD)
        if isinstance(value, Rejected):
            return value
        if not value.startswith(BEARER):
            return Rejected(Reason.MALFORMED, "authorization is no bearer token")
        token = jwt.opened(value.removeprefix(BEARER), ALGORITHM, FIELD.decode())
        return token if isinstance(token, Rejected) else self._need(token, now)

    def _need(self, token: jwt.Token, now: Moment, *, refresh: bool = False) -> NeedsKey:
        parse = partial(jwt.key_set, algorithm=ALGORITHM)
        resume = partial(self._judge, token, now, refreshed=refresh)
        return NeedsKey(KEYS_URL, parse, resume, refresh=refresh)

    def _judge(
        self, token: jwt.Token, now: Moment, published: jwt.KeySet, *, refreshed: bool
    ) -> Verification:
        key = published.keys.get(token.kid)
        if key is None and not refreshed:
            return self._need(token, now, refresh=True)
        if key is None:
            return Rejected(Reason.UNTRUSTED_KEY, "Google does not publish the key it names")
        claims = jwt.claims(token, key)
        return claims if isinstance(claims, Rejected) else self._claimed(claims, now)

    def _claimed(self, claims: Mapping[str, Any], now: Moment) -> Verified | Rejected:
        """What was claimed is of Google, for us, about one of our accounts, and of now."""
        if claims.get("iss") not in ISSUERS:
            return Rejected(Reason.WRONG_CLAIM, "the token was not issued by Google")
        if claims.get("aud") != self.audience:
            return Rejected(Reason.WRONG_CLAIM, "the token is for another audience")
        email = claims.get("email")
        given = email.encode("utf-8", "replace") if isinstance(email, str) else b""
        position = match(self.emails.keys, (given,))
        if position is None or claims.get("email_verified") is not True:
            return Rejected(Reason.WRONG_CLAIM, "the token is of another service account")
        return self._timely(claims, now, position)

    def _timely(self, claims: Mapping[str, Any], now: Moment, position: int) -> Verified | Rejected:
        begun, ends = jwt.claimed_at(claims, "iat"), jwt.claimed_at(claims, "exp")
        if begun is None or ends is None:
            return Rejected(Reason.MALFORMED, "the token does not say from when until when")
        skew_s, age_s = min(SKEW_S, self.tolerance_s), seconds_between(begun, now)
        if age_s < -skew_s:
            return Rejected(Reason.FUTURE, "the token begins later")
        if age_s > self.tolerance_s or now > later(ends, skew_s):
            return Rejected(Reason.STALE, "the token has ended")
        return Verified(position, Coverage.TIME, age_s)


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the e-mail addresses of the service accounts that push to us."""
    bound = keyring.bind("pubsub", keys, account)
    no_options("pubsub", terms, OPTIONS)
    asked = LIFE_S + SKEW_S if terms.tolerance_s is None else terms.tolerance_s
    audience = terms.options.get("audience", terms.public_url)
    if not audience:
        problem = "pubsub has no audience: a token for anybody else would do"
        remedy = "set the option audience, or public_url, to what the push subscription names"
        raise ConfigurationError(problem, remedy=remedy)
    return PushScheme(bound, audience, freshness.tolerance("pubsub", asked))


def account(text: str) -> bytes:
    """The address of a service account. `UnfitKeyError` for anything else."""
    found = keyring.verbatim(text)
    if not _EMAIL.fullmatch(text):
        msg = "is not the e-mail address of a service account"
        raise keyring.UnfitKeyError(msg)
    return found


def read(delivery: Delivery) -> Envelope:
    """One message, unwrapped: its `data` is the body, its attributes are kept as header fields."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    message, name = body.get("message"), body.get("subscription")
    subscription = name.rpartition("/")[2] if isinstance(name, str) else ""
    if not isinstance(message, dict) or not subscription:
        return envelope.unreadable(delivery, "no message of a subscription", KEPT)
    content, message_id = _content(message.get("data")), envelope.clean(message.get("messageId"))
    key = None if message_id is None else envelope.clean(f"{subscription}:{message_id}")
    attributes = _attributes(message.get("attributes"))
    event_type = _type(subscription, attributes.get("eventType"))
    if content is None or key is None or event_type is None:
        return envelope.unreadable(delivery, "the message has no usable data, id or type", KEPT)
    notice = Notice(
        key=key,
        event_type=event_type,
        body=content,
        event_id=message_id,
        occurred_at=envelope.occurred_at(message.get("publishTime")),
        headers=_kept(attributes),
    )
    return Readable((notice,))


def _content(text: object) -> bytes | None:
    """What was published: nothing, where a message consists of attributes alone."""
    if text is None:
        return b""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        return None


def _attributes(found: object) -> dict[str, str]:
    given = list(found.items())[:MOST_ATTRIBUTES] if isinstance(found, dict) else []
    return {
        name: value
        for name, value in given
        if isinstance(value, str) and _ATTRIBUTE.fullmatch(name)
    }


def _type(subscription: str, kind: str | None) -> str | None:
    """The subscription, and what Cloud Storage and others name as the attribute `eventType`."""
    return envelope.clean(subscription if not kind else f"{subscription}.{kind}")


def _kept(attributes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    fields = [
        ((ATTRIBUTE + name).lower().encode(), value.encode("utf-8", "replace"))
        for name, value in attributes.items()
    ]
    return envelope.kept(Headers(fields), dict.fromkeys(name for name, _ in fields))


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Send a token as Google makes them, for the audience `url`. A key is the address of a service
    account and, on the lines after it, a private key in PEM."""
    del message_id  # it stands in the body, and nothing there is signed
    email, _, pem = keys[0].reveal().partition("\n")
    claims = {
        "iss": "https://accounts.google.com",
        "aud": url,
        "email": email,
        "email_verified": True,
        "iat": at // _SECOND,
        "exp": at // _SECOND + int(LIFE_S),
    }
    token = jwt.signed(claims, pem, ALGORITHM, _TEST_KEY_ID)
    return Signed(((FIELD, BEARER + token),), body)


FACTS = Facts(
    title="Google Pub/Sub (push)",
    coverage=Coverage.TIME,
    freshness="the token's own life, an hour; 300 s for clocks",
    dedupe="subscription and `messageId`",
    event_type="the subscription's name, and the attribute `eventType` where there is one",
    answer="204",
    deadline="10 s, or the subscription's acknowledgement deadline (up to 600 s)",
    retries="until the message is as old as the subscription keeps it (7 days by default)",
    sources=(
        "Google's page of authentication for push subscriptions, as read 2026-11-28",
        "google-auth 2.63, read and run",
    ),
    checked=Checked.LIBRARY,
    how="google-auth signs what we verify, in our tests",
    weak="the token says who pushes, not what: whoever holds one may push other messages for an hour",
)

WEBHOOK = Webhook(
    provider="pubsub",
    secret_variable="PUBSUB_SERVICE_ACCOUNT",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    options=OPTIONS,
    key_what="the e-mail address of the service account that the push subscription authenticates as",
    example_key="pusher@my-project.iam.gserviceaccount.com",
)
