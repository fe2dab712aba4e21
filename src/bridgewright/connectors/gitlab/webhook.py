"""GitLab's two proofs, a signing token and the older token in clear, and its events. Sources: README.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.connectors.gitlab.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Verified
from bridgewright.core.signing import freshness, keyring
from bridgewright.core.signing.bearer import BearerScheme
from bridgewright.core.signing.keyring import Keyring
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.standard import (
    STANDARD_NAMES,
    StandardScheme,
    VerifyingKey,
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

    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

TOKEN = b"x-gitlab-token"
SIGNING = "whsec_"
"""How a signing token begins. GitLab makes them; a token in clear is whatever somebody typed."""

PLACES = Places(
    id=("header:idempotency-key",),
    type=("object_kind", "object_attributes.action"),
    untyped="event",
    kept=(b"x-gitlab-event", b"x-gitlab-event-uuid", b"idempotency-key", b"x-gitlab-instance"),
)


@dataclass(frozen=True, slots=True)
class EitherScheme:
    """A delivery that is signed is verified by its signature, one that is not by its token: each
    against the keys of its kind. `signing` and `tokens` are the places of those among all keys."""

    standard: StandardScheme
    bearer: BearerScheme
    signing: tuple[int, ...]
    tokens: tuple[int, ...]

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with body, time and id covered, or with nothing; or why not. Never raises."""
        signed = delivery.headers.first(STANDARD_NAMES.signature) is not None
        if self.signing and (signed or not self.tokens):
            return _placed(self.standard.verify(delivery, now), self.signing)
        return _placed(self.bearer.verify(delivery, now), self.tokens)


def _placed(found: Verification, places: tuple[int, ...]) -> Verification:
    if isinstance(found, Verified):
        return Verified(places[found.key], found.coverage, found.age_s)
    return found


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with signing tokens (`whsec_…`), tokens in clear, or both while hooks are changed."""
    no_options("gitlab", terms)
    bound = keyring.bind("gitlab", keys, _key)
    signing = tuple(place for place, key in enumerate(bound) if not isinstance(key, bytes))
    tokens = tuple(place for place, key in enumerate(bound) if isinstance(key, bytes))
    if not signing:
        freshness.no_tolerance("gitlab", terms.tolerance_s)
    within_s = freshness.tolerance("gitlab", terms.tolerance_s)
    return EitherScheme(
        StandardScheme(Keyring(tuple(k for k in bound if not isinstance(k, bytes))), within_s),
        BearerScheme(TOKEN, Keyring(tuple(k for k in bound if isinstance(k, bytes)))),
        signing,
        tokens,
    )


def _key(text: str) -> VerifyingKey | bytes:
    return verifying_key(text) if text.startswith(SIGNING) else keyring.verbatim(text)


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Prove it as GitLab does: by a signature for a signing token, else by the token itself."""
    del url  # nobody signs it
    text = keys[0].reveal()
    if not text.startswith(SIGNING):
        [token] = keyring.bind("gitlab", keys[:1], keyring.verbatim)
        return Signed(((TOKEN, token),), body)
    bound = keyring.bind("gitlab", keys, signing_key)
    return Signed(sign_standard(bound.keys, message_id, body, at), body)


FACTS = Facts(
    title="GitLab",
    coverage=Coverage.BODY | Coverage.TIME | Coverage.ID,
    freshness="signing token: 300 s both ways; token in clear: none",
    dedupe="`Idempotency-Key`",
    event_type="`object_kind` and `object_attributes.action`",
    deadline="10 s",
    retries="none for an event; repeated failure disables the hook",
    sources=(
        "GitLab's merge request 230944, as read 2026-11-28",
        "GitLab's pages of webhooks, as read 2026-08",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the merge request that adds it, which follows Standard Webhooks; `standardwebhooks` signed"
    " the delivery of our tests",
    weak="with a token in clear nothing is bound: use a signing token",
)

WEBHOOK = Webhook(
    provider="gitlab",
    secret_variable="GITLAB_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=PLACES,
    sign=sign,
    facts=FACTS,
    key_what="the signing token of the hook (whsec_…), or its secret token in clear",
    signature_fields=(STANDARD_NAMES.signature, TOKEN),
)
