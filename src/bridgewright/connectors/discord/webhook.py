"""Discord's signature, its interactions and its webhook events. Sources: README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.connectors.discord.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import (
    Answer,
    Coverage,
    Handshake,
    Notice,
    Readable,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.signing import ed25519, envelope, freshness, keyring
from bridgewright.core.signing.field import sole
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
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.keyring import Keyring

SIGNATURE = b"x-signature-ed25519"
TIME = b"x-signature-timestamp"
COVERAGE = Coverage.BODY | Coverage.TIME
KEPT = (b"content-type", b"user-agent")

_FORM = re.compile(rb"[0-9a-f]{128}")
_KEY = re.compile(r"[0-9a-fA-F]{64}|[0-9a-fA-F]{128}", re.ASCII)
_SECOND = 1_000_000


def _json(text: bytes) -> Answer:
    return Answer(200, text, "application/json")


PONG = Handshake(_json(b'{"type":1}'))
NOTED = Handshake(Answer(204, content_type="application/json"))
"""A valid content type is demanded of the answers to both pings, empty or not."""

MESSAGE_LATER, UPDATE_LATER = _json(b'{"type":5}'), _json(b'{"type":6}')
NO_CHOICES = _json(b'{"type":8,"data":{"choices":[]}}')
_PING = 1

INTERACTIONS: dict[int, tuple[str, Answer]] = {
    2: ("APPLICATION_COMMAND", MESSAGE_LATER),
    3: ("MESSAGE_COMPONENT", UPDATE_LATER),
    4: ("APPLICATION_COMMAND_AUTOCOMPLETE", NO_CHOICES),
    5: ("MODAL_SUBMIT", MESSAGE_LATER),
}
"""The types of interactions by their numbers, and what acknowledges each within 3 s. The handler says
the rest within 15 minutes, by the interaction's token. Choices cannot be given later: there are none."""


@dataclass(frozen=True, slots=True)
class Ed25519Scheme:
    """Verifies `timestamp` and body, one after the other, with an application's public key."""

    keyring: Keyring[ed25519.PublicKey]
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with body and time covered, or why not. Never raises, whatever bytes come."""
        signature = sole(delivery.headers, SIGNATURE)
        if isinstance(signature, Rejected):
            return signature
        seconds = sole(delivery.headers, TIME)
        if isinstance(seconds, Rejected):
            return seconds
        at = freshness.signed_at(seconds)
        if at is None:
            return Rejected(Reason.MALFORMED, f"{TIME.decode()} is not whole seconds")
        if not _FORM.fullmatch(signature):
            return Rejected(Reason.MALFORMED, f"{SIGNATURE.decode()} holds no 64 bytes in hex")
        given, message = bytes.fromhex(signature.decode()), seconds + delivery.body
        for position, key in enumerate(self.keyring):
            if key.verifies(given, message):
                # Only now: to say "stale" of a forgery would be to believe its timestamp.
                age_s = seconds_between(at, now)
                fresh = Verified(position, COVERAGE, age_s)
                return freshness.judge(age_s, self.tolerance_s) or fresh
        return Rejected(Reason.MISMATCH, "the signature is not of this time and body by our keys")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the public key of an application, in hex as its page shows it."""
    no_options("discord", terms)
    within_s = freshness.tolerance("discord", terms.tolerance_s)
    return Ed25519Scheme(keyring.bind("discord", keys, _public_key), within_s)


def _public_key(text: str) -> ed25519.PublicKey:
    return ed25519.public_key(_raw(text))


def _raw(text: str) -> bytes:
    keyring.verbatim(text)
    if not _KEY.fullmatch(text):
        msg = "is not the hex text of an ed25519 key"
        raise keyring.UnfitKeyError(msg)
    return bytes.fromhex(text)


def read(delivery: Delivery) -> Envelope:
    """An interaction, a webhook event, or one of their pings."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    kind = body.get("type")
    number = kind if isinstance(kind, int) and not isinstance(kind, bool) else None
    if isinstance(body.get("event"), dict):
        return _event(delivery, body["event"])
    if number in {0, _PING}:
        return PONG if number == _PING else NOTED
    return _interaction(delivery, body, number)


def _event(delivery: Delivery, event: dict[str, Any]) -> Envelope:
    """A webhook event: it has no id, so the digest of the body is its key."""
    event_type = envelope.clean(event.get("type"))
    if event_type is None:
        return envelope.unreadable(delivery, "the event has no usable type", KEPT)
    notice = Notice(
        key=envelope.fingerprint(delivery.body),
        event_type=event_type,
        body=delivery.body,
        occurred_at=envelope.occurred_at(event.get("timestamp")),
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def _interaction(delivery: Delivery, body: dict[str, Any], number: int | None) -> Envelope:
    """An interaction by its own id, acknowledged as its type wants it."""
    known = None if number is None else INTERACTIONS.get(number)
    event_id = envelope.clean(body.get("id"))
    if known is None or event_id is None:
        return envelope.unreadable(delivery, "no interaction of a known type with an id", KEPT)
    event_type, answer = known
    notice = Notice(
        key=event_id,
        event_type=event_type,
        body=delivery.body,
        event_id=event_id,
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,), answer)


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as Discord does, with the first private key (hex): its field holds one signature."""
    del message_id, url  # Discord signs time and body
    bound = keyring.bind("discord", keys, lambda text: ed25519.private_key(_raw(text)))
    seconds = b"%d" % (at // _SECOND)
    signature = bound.keys[0].sign(seconds + body).hex().encode()
    return Signed(((SIGNATURE, signature), (TIME, seconds)), body)


FACTS = Facts(
    title="Discord: interactions and webhook events",
    coverage=COVERAGE,
    freshness="300 s both ways (Discord prescribes none)",
    dedupe="`id` of an interaction; events have none: digest of the body",
    event_type="the name of the interaction's type; `event.type`",
    handshake="PING of interactions: 200 `{type: 1}`; of events: 204; wrong signatures on purpose: 401",
    answer="interactions: deferred, or no choices; events: 204",
    deadline="3 s",
    retries="events for up to 10 min; interactions: none known",
    sources=(
        "Discord's pages of interactions and webhook events, repository of its docs, read 2026-11-28",
        "`discord-interactions` 4.4.0, read and run 2026-11-28",
        "`PyNaCl` 1.6.2, as Discord's page shows it, run 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`PyNaCl` signs what we verify and verifies what we sign, in our tests",
)

WEBHOOK = Webhook(
    provider="discord",
    secret_variable="DISCORD_PUBLIC_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    key_what="the application's public key (General Information), in hex",
    signature_fields=(SIGNATURE,),
    example_key="00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
)
