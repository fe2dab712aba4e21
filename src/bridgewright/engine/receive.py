"""The journey of a webhook: verify, read, store, and only then answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.effects import Accept, Compute, Reject, ask
from bridgewright.core.errors import StoreError
from bridgewright.core.model.fact import (
    DeliveryAccepted,
    DeliveryRefused,
    DeliveryRejected,
    StoreFailed,
)
from bridgewright.core.model.inbound import (
    Answer,
    Delivery,
    Envelope,
    Handshake,
    Readable,
    Rejected,
    Unreadable,
    Verified,
    WebhookProfile,
)

if TYPE_CHECKING:
    from bridgewright.core.effects import Journey
    from bridgewright.core.ports import Observer, Reader, Scheme

RETRY_AFTER_S = 30
DEFAULT_HORIZON_S = 7 * 86_400.0
"""Longer than any provider goes on repeating a delivery by itself (3 days is the longest published)."""

LARGE_BYTES = 262_144
"""A body beyond this takes milliseconds to hash and parse, and has that done off the event loop."""

COME_BACK = Answer(503, headers=(("Retry-After", str(RETRY_AFTER_S)),))
UNKNOWN_SOURCE = Answer(404)
WRONG_METHOD = Answer(405, headers=(("Allow", "POST"),))
TOO_SLOW = Answer(408)
TOO_LARGE = Answer(413)


@dataclass(frozen=True, slots=True)
class Source:
    """An inbound endpoint of ours: who signs, how it is read, and its limits.

    `max_body_bytes` bounds a delivery before anything is computed over it; `horizon_s` is how long
    a dedupe key is remembered.
    """

    name: str
    path: str
    scheme: Scheme = field(repr=False)
    read: Reader = field(repr=False)
    profile: WebhookProfile = field(repr=False)
    max_body_bytes: int
    horizon_s: float = DEFAULT_HORIZON_S


def refuse(answer: Answer, source: Source | None, tell: Observer) -> Answer:
    """Turn a delivery away before verification."""
    tell(DeliveryRefused(None if source is None else source.name, answer.status))
    return answer


def receive(source: Source, delivery: Delivery, tell: Observer) -> Journey[Answer]:
    """Take one delivery in. Whatever goes wrong on our side is a 503: the sender comes back."""
    if len(delivery.body) > source.max_body_bytes:
        return refuse(TOO_LARGE, source, tell)
    if len(delivery.body) > LARGE_BYTES:
        examined = yield from ask(Compute(lambda: _examine(source, delivery)))
    else:
        examined = _examine(source, delivery)
    if isinstance(examined, Rejected):
        return (yield from _reject(source, delivery, examined, tell))
    verified, envelope = examined
    if isinstance(envelope, Handshake):
        return envelope.answer
    return (yield from _accept(source, delivery, verified, envelope, tell))


def _examine(source: Source, delivery: Delivery) -> Rejected | tuple[Verified, Envelope]:
    """Verify, and only then parse."""
    verification = source.scheme.verify(delivery, delivery.received_at)
    if isinstance(verification, Rejected):
        return verification
    return verification, source.read(delivery)


def _reject(
    source: Source, delivery: Delivery, rejected: Rejected, tell: Observer
) -> Journey[Answer]:
    tell(DeliveryRejected(source.name, rejected.reason, len(delivery.body)))
    command = Reject(
        source=source.name,
        reason=rejected.reason,
        detail=rejected.detail,
        body_bytes=len(delivery.body),
        at=delivery.received_at,
    )
    try:
        yield from ask(command)
    except StoreError as error:
        # Not counted, but told; the sender's signature is wrong whatever our disk does.
        tell(StoreFailed("reject", error.code, str(error)))
    return source.profile.rejected


def _accept(
    source: Source,
    delivery: Delivery,
    verified: Verified,
    envelope: Readable | Unreadable,
    tell: Observer,
) -> Journey[Answer]:
    unreadable = envelope.why if isinstance(envelope, Unreadable) else None
    notices = (envelope.notice,) if isinstance(envelope, Unreadable) else envelope.notices
    command = Accept(
        source=source.name,
        notices=notices,
        coverage=verified.coverage,
        at=delivery.received_at,
        horizon_s=source.horizon_s,
        unreadable=unreadable,
    )
    try:
        receipts = yield from ask(command)
    except StoreError as error:
        tell(StoreFailed("accept", error.code, str(error)))
        return COME_BACK
    new = tuple(receipt.item_id for receipt in receipts if not receipt.duplicate)
    tell(DeliveryAccepted(source.name, new, len(receipts) - len(new), verified.key))
    return source.profile.accepted
