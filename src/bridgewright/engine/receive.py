"""The journey of a webhook: verify, read, store, and only then answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bridgewright.core.effects import (
    Accept,
    Compute,
    Explain,
    ListSources,
    Now,
    ObtainKey,
    PutAside,
    Reject,
    Visit,
    Watch,
    ask,
)
from bridgewright.core.errors import KeyUnavailable, StoreError
from bridgewright.core.model.fact import (
    DeadlineNear,
    DeliveryAccepted,
    DeliveryRefused,
    DeliveryRejected,
    KeyMissing,
    SourceHeard,
    SourceSilent,
    StoreFailed,
)
from bridgewright.core.model.inbound import (
    Answer,
    Delivery,
    Envelope,
    Handshake,
    NeedsKey,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
    WebhookProfile,
)
from bridgewright.core.model.moment import seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.effects import Journey
    from bridgewright.core.model.finding import Finding
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.watching import Watched
    from bridgewright.core.ports import Observer, Reader, Scheme
    from bridgewright.core.signing.webhook import Greeting

R = TypeVar("R")

RETRY_AFTER_S = 30
DEFAULT_HORIZON_S = 7 * 86_400.0
"""Longer than any provider goes on repeating a delivery by itself (3 days is the longest published)."""

MOST_KEYS = 3
"""How often one delivery may ask for a key: once, once more after a rotation, and there it ends."""

LARGE_BYTES = 262_144
"""A body beyond this takes milliseconds to hash and parse, and has that done off the event loop."""

NEAR_SHARE = 0.5
"""From this share of a provider's deadline on, an answer that was in time is told of all the same:
what takes half of it on an ordinary day takes all of it on a bad one."""

Diagnose = Callable[[Delivery, Rejected, "Mapping[str, Moment]"], "Finding"]
"""Which known mistake explains a rejection; the mapping says when each source was last heard. Pure,
and takes milliseconds."""

COME_BACK = Answer(503, headers=(("Retry-After", str(RETRY_AFTER_S)),))
UNKNOWN_SOURCE = Answer(404)
WRONG_METHOD = Answer(405, headers=(("Allow", "POST"),))
TOO_SLOW = Answer(408)
TOO_LARGE = Answer(413)


@dataclass(frozen=True, slots=True)
class Source:
    """An inbound endpoint of ours: who signs, how it is read, and its limits.

    `max_body_bytes` bounds a delivery before anything is computed over it; `horizon_s` is how long
    a dedupe key is remembered; `greeting` answers what its provider asks beside its events.
    `key_names` are the references of its keys, in their order; `diagnose` looks into rejections.
    """

    name: str
    path: str
    scheme: Scheme = field(repr=False)
    read: Reader = field(repr=False)
    profile: WebhookProfile = field(repr=False)
    max_body_bytes: int
    horizon_s: float = DEFAULT_HORIZON_S
    greeting: Greeting | None = field(default=None, repr=False)
    key_names: tuple[str, ...] = ()
    diagnose: Diagnose | None = field(default=None, repr=False)

    def key_name(self, position: int) -> str:
        """The reference of a key, or its number where it has none."""
        names = self.key_names
        return names[position] if position < len(names) else f"key {position + 1}"


def refuse(answer: Answer, source: Source | None, tell: Observer) -> Answer:
    """Turn a delivery away before verification, in words that this provider understands."""
    sent = answer if source is None else source.profile.refusal(answer)
    tell(DeliveryRefused(None if source is None else source.name, sent.status))
    return sent


def receive(source: Source, delivery: Delivery, tell: Observer) -> Journey[Answer]:
    """Take one delivery in. Whatever goes wrong on our side is a 503: the sender comes back."""
    early = _at_the_door(source, delivery, tell)
    if early is not None:
        return early
    try:
        verification = yield from _verify(source, delivery)
        if isinstance(verification, Rejected):
            return (yield from _reject(source, delivery, verification, tell))
        envelope = yield from _read(source, delivery)
        if not isinstance(envelope, Handshake):
            return (yield from _accept(source, delivery, verification, envelope, tell))
        if envelope.visit is not None:
            yield from ask(Visit(envelope.visit))
    except KeyUnavailable as error:
        tell(KeyMissing(source.name, str(error)))
        return COME_BACK
    return envelope.answer


def _at_the_door(source: Source, delivery: Delivery, tell: Observer) -> Answer | None:
    """The answer to what is not verified: too large, asked without a signature, no POST."""
    if len(delivery.body) > source.max_body_bytes:
        return refuse(TOO_LARGE, source, tell)
    asked = None if source.greeting is None else source.greeting.before(delivery)
    if asked is None and delivery.method != "POST":
        return refuse(WRONG_METHOD, source, tell)
    return asked


def _verify(source: Source, delivery: Delivery) -> Journey[Verified | Rejected]:
    """Verify, with the keys that the delivery needs from its provider."""
    first = partial(source.scheme.verify, delivery, delivery.received_at)
    verification = yield from _computed(delivery, first)
    for _ in range(MOST_KEYS):
        if not isinstance(verification, NeedsKey):
            return verification
        key = yield from ask(ObtainKey(verification))
        verification = yield from _computed(delivery, partial(verification.resume, key))
    if isinstance(verification, NeedsKey):
        return Rejected(Reason.UNTRUSTED_KEY, "the provider does not publish the key it names")
    return verification


def _read(source: Source, delivery: Delivery) -> Journey[Envelope]:
    """Read what is verified: what is asked of us first, then the events."""
    greeting = source.greeting
    asked = None if greeting is None else greeting.after(delivery)
    if asked is not None:
        return asked
    return (yield from _computed(delivery, partial(source.read, delivery)))


def _computed(delivery: Delivery, work: Callable[[], R]) -> Journey[R]:
    """Do it here, or off the event loop where the body is so large that others would wait."""
    if len(delivery.body) > LARGE_BYTES:
        return (yield from ask(Compute(work)))
    return work()


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
    answer = source.profile.refusal(source.profile.rejected)
    try:
        rejection_id = yield from ask(command)
    except StoreError as error:
        # Not counted, but told; the sender's signature is wrong whatever our disk does.
        tell(StoreFailed("reject", error.code, str(error)))
        return answer
    yield from _measured(source, delivery, tell)
    if source.diagnose is not None:
        # The answer is settled, and does not wait: its sender can neither read nor time the finding.
        looking = _look_into(source.diagnose, delivery, rejected, rejection_id, tell)
        yield from ask(PutAside(source.name, looking))
    return answer


def _look_into(
    diagnose: Diagnose, delivery: Delivery, rejected: Rejected, rejection_id: int, tell: Observer
) -> Journey[None]:
    """Find what explains a rejection and keep the finding; a journey of its own, put aside."""
    try:
        rows = yield from ask(ListSources())
        heard = {row.source: row.heard_at for row in rows if row.heard_at is not None}
        finding = yield from ask(Compute(partial(diagnose, delivery, rejected, heard)))
        yield from ask(Explain(rejection_id, finding))
    except StoreError as error:
        tell(StoreFailed("explain", error.code, str(error)))


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
        key_name=source.key_name(verified.key),
    )
    try:
        receipts = yield from ask(command)
    except StoreError as error:
        tell(StoreFailed("accept", error.code, str(error)))
        return COME_BACK
    new = tuple(receipt.item_id for receipt in receipts if not receipt.duplicate)
    elapsed_s, share = yield from _measured(source, delivery, tell)
    old, key = len(receipts) - len(new), verified.key
    name = command.key_name
    tell(DeliveryAccepted(source.name, new, old, key, name, elapsed_s, share))
    answer = envelope.answer if isinstance(envelope, Readable) else None
    return source.profile.accepted if answer is None else answer


def _measured(
    source: Source, delivery: Delivery, tell: Observer
) -> Journey[tuple[float, float | None]]:
    """How long an answer took since its delivery had come, and what share that is of its provider's
    patience; told aloud when it was half or more. By the wall clock, for that is what a delivery is
    stamped with: 0 where it was set back meanwhile."""
    now = yield from ask(Now())
    elapsed_s = max(0.0, seconds_between(delivery.received_at, now))
    deadline_s = source.profile.deadline_s
    if deadline_s is None:
        return elapsed_s, None
    share = elapsed_s / deadline_s
    if share >= NEAR_SHARE:
        tell(DeadlineNear(source.name, elapsed_s, deadline_s, share))
    return elapsed_s, share


def watch(sources: tuple[Watched, ...], tell: Observer) -> Journey[None]:
    """See which sources have fallen silent, or were heard again, and tell each once."""
    now = yield from ask(Now())
    for turn in (yield from ask(Watch(sources, now))):
        if turn.heard:
            tell(SourceHeard(turn.source, turn.gap_s))
        else:
            tell(SourceSilent(turn.source, turn.gap_s, turn.longest_gap_s))
