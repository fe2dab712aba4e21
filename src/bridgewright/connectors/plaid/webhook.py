"""Plaid's signed tokens and its events. Sources: README.md."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bridgewright.connectors.plaid.profile import WEBHOOK_PROFILE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage, NeedsKey, Reason, Rejected, Verified
from bridgewright.core.model.moment import seconds_between
from bridgewright.core.signing import freshness, jwt, keyring
from bridgewright.core.signing.digest import match
from bridgewright.core.signing.envelope import parsed
from bridgewright.core.signing.field import sole
from bridgewright.core.signing.reading import Places
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

    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.keyring import Keyring

FIELD = b"plaid-verification"
ALGORITHM = "ES256"
COVERAGE = Coverage.BODY | Coverage.TIME
HOSTS = {
    "production": "https://production.plaid.com",
    "sandbox": "https://sandbox.plaid.com",
}
PATH = "/webhook_verification_key/get"
PLACES = Places(id=(), type=("webhook_type", "webhook_code"))
OPTIONS = (
    Option(
        "client_id",
        "the client id that goes with the secret (Developers, Keys)",
        needed=True,
        example="5e9f0a1b2c3d4e5f6a7b8c9d",
        variable="PLAID_CLIENT_ID",
    ),
    Option(
        "environment",
        "`production` or `sandbox`",
        example="sandbox",
        default_text="`production`",
        variable="PLAID_ENV",
    ),
)
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_CREDENTIAL = re.compile(r"[!-~]{1,128}")
_TEST_KEY_ID = "00000000-0000-4000-8000-000000000000"
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class PlaidKey:
    """A key as Plaid publishes it, and since when it counts no more."""

    key: jwt.TokenKey
    expired_at: Moment | None


@dataclass(frozen=True, slots=True)
class PlaidScheme:
    """Verifies tokens with the keys that our credentials open, and bodies by their digest in them."""

    url: str
    client_id: str = field(repr=False)
    secrets: Keyring[str] = field(repr=False)
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """The key it needs, or why it proves nothing. Never raises, whatever bytes come."""
        text = sole(delivery.headers, FIELD)
        if isinstance(text, Rejected):
            return text
        token = jwt.opened(text, ALGORITHM, FIELD.decode())
        if isinstance(token, Rejected):
            return token
        if not _KEY_ID.fullmatch(token.kid):
            return Rejected(Reason.UNTRUSTED_KEY, "the token names no key of Plaid's form")
        headers = (
            ("content-type", "application/json"),
            ("plaid-client-id", self.client_id),
            ("plaid-secret", self.secrets.keys[0]),
        )
        return NeedsKey(
            self.url,
            partial(published, token.kid),
            partial(self._judge, delivery, token, now),
            method="POST",
            headers=headers,
            body=json.dumps({"key_id": token.kid}).encode(),
        )

    def _judge(
        self, delivery: Delivery, token: jwt.Token, now: Moment, found: PlaidKey
    ) -> Verified | Rejected:
        claims = jwt.claims(token, found.key)
        if isinstance(claims, Rejected):
            return claims
        if found.expired_at is not None and now >= found.expired_at:
            return Rejected(Reason.UNTRUSTED_KEY, "the key that signed it has expired")
        digest = hashlib.sha256(delivery.body).hexdigest().encode()
        claimed = claims.get("request_body_sha256")
        if not isinstance(claimed, str) or match([digest], [_utf8(claimed)]) is None:
            return Rejected(Reason.MISMATCH, "the token is of another body")
        at = jwt.claimed_at(claims, "iat")
        if at is None:
            return Rejected(Reason.MALFORMED, "the token does not say when it was made")
        age_s = seconds_between(at, now)
        return freshness.judge(age_s, self.tolerance_s) or Verified(0, COVERAGE, age_s)


def published(kid: str, content: bytes) -> PlaidKey:
    """The key of this name in what Plaid answers. `UnfitKeyError` for anything else."""
    found = parsed(content)
    listed = None if isinstance(found, str) else found.get("key")
    key = jwt.token_key(listed, ALGORITHM)
    if key.kid != kid or not isinstance(listed, dict):
        msg = "is another key than was asked for"
        raise keyring.UnfitKeyError(msg)
    expired_at = jwt.claimed_at(listed, "expired_at")
    if expired_at is None and listed.get("expired_at") is not None:
        msg = "does not say when it expires"
        raise keyring.UnfitKeyError(msg)
    return PlaidKey(key, expired_at)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with Plaid's keys, which the first of these secrets opens.

    What Plaid signs is not signed with anything of ours, so which secret it was cannot be told:
    `Verified.key` is always 0.
    """
    bound = keyring.bind("plaid", keys, credential)
    no_options("plaid", terms, OPTIONS)
    within_s = freshness.tolerance("plaid", terms.tolerance_s)
    environment = terms.options.get("environment", "production")
    if environment not in HOSTS:
        problem = "the option environment of plaid is neither production nor sandbox"
        raise ConfigurationError(problem, remedy="use one of the two")
    client_id = terms.options["client_id"]
    if not _CREDENTIAL.fullmatch(client_id):
        problem = "the option client_id of plaid is not what Plaid shows as client_id"
        raise ConfigurationError(problem, remedy="copy it again from Developers, Keys")
    return PlaidScheme(HOSTS[environment] + PATH, client_id, bound, within_s)


def credential(text: str) -> str:
    """A secret that can be sent in a header field. `UnfitKeyError` for anything else."""
    keyring.verbatim(text)
    if not _CREDENTIAL.fullmatch(text):
        msg = "is not 1 to 128 printable ASCII characters"
        raise keyring.UnfitKeyError(msg)
    return text


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as Plaid does, with a private key on P-256 in PEM."""
    del message_id, url  # Plaid signs neither
    claims = {
        "iat": at // _SECOND,
        "request_body_sha256": hashlib.sha256(body).hexdigest(),
    }
    token = jwt.signed(claims, keys[0].reveal(), ALGORITHM, _TEST_KEY_ID)
    return Signed(((FIELD, token),), body)


FACTS = Facts(
    title="Plaid",
    coverage=COVERAGE,
    freshness="300 s both ways",
    dedupe="digest of the body: there is no id",
    event_type="`webhook_type` and `webhook_code`",
    deadline="10 s",
    retries="for up to 24 h, with growing pauses",
    sources=("Plaid's page of webhook verification, as read 2026-11-28",),
    checked=Checked.DOCUMENTATION,
    how="by the page that lists the steps; google-auth 2.63 signs what we verify, in our tests",
)

WEBHOOK = Webhook(
    provider="plaid",
    secret_variable="PLAID_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=PLACES,
    sign=sign,
    facts=FACTS,
    options=OPTIONS,
    key_what="the API secret of the environment (Developers, Keys): it opens Plaid's public keys",
    signature_fields=(FIELD,),
)
