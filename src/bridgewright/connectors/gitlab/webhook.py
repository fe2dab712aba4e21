"""GitLab's two proofs, a signing token and the older token in clear, and its events. Sources: README.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.connectors.gitlab.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Notice, Readable, Verified
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.bearer import BearerScheme
from bridgewright.core.signing.keyring import Keyring
from bridgewright.core.signing.reading import text_at
from bridgewright.core.signing.standard import (
    STANDARD_NAMES,
    StandardScheme,
    VerifyingKey,
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

    from bridgewright.core.model.inbound import Delivery, Envelope, Headers, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

TOKEN = b"x-gitlab-token"
SIGNING = "whsec_"
"""How a signing token begins. GitLab makes them; a token in clear is whatever somebody typed."""

IDEMPOTENCY_KEY = b"idempotency-key"
UNTYPED = "event"
"""The type of a body that a custom template made without naming one."""
KEPT = (
    b"content-type",
    b"x-gitlab-event",
    b"x-gitlab-event-uuid",
    IDEMPOTENCY_KEY,
    STANDARD_NAMES.id,
    b"x-gitlab-instance",
    b"user-agent",
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


def read(delivery: Delivery) -> Envelope:
    """One event, known by its id, or by the digest of its body where an older GitLab sends none."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    kind, action = (
        text_at(delivery, body, place) for place in ("object_kind", "object_attributes.action")
    )
    named = f"{kind}.{action}" if kind and action else kind
    event_type = envelope.clean(named or text_at(delivery, body, "event_name") or UNTYPED)
    if event_type is None:
        return envelope.unreadable(delivery, "the event's type is too long", KEPT)
    event_id = envelope.sole_text(delivery.headers, _id_field(delivery.headers))
    notice = Notice(
        key=event_id or envelope.fingerprint(delivery.body),
        event_type=event_type,
        body=delivery.body,
        event_id=event_id,
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def _id_field(headers: Headers) -> bytes:
    """The field that holds the id: where there is a signature the one that it covers. The other is
    equal, but whoever captured a delivery could change it and have it stored as a new event."""
    signed = names(headers)
    return signed.id if headers.first(signed.signature) is not None else IDEMPOTENCY_KEY


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
    dedupe="the signed `webhook-id`; of an unsigned delivery `Idempotency-Key`, which is the same",
    event_type="`object_kind` and `object_attributes.action`; of system hooks `event_name`",
    deadline="10 s",
    retries="none for an event; repeated failure disables the hook",
    sources=(
        "GitLab's merge request 230944, as read 2026-11-28",
        "GitLab's own `web_hook_service.rb`, read 2026-11-29",
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
    read=read,
    sign=sign,
    facts=FACTS,
    key_what="the signing token of the hook (whsec_…), or its secret token in clear",
    signature_fields=(STANDARD_NAMES.signature, TOKEN),
    order=("project.id", "group_id"),
)
