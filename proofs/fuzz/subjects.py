"""What is fuzzed: each way to sign, and each delivery that somebody else signed, bound once."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Coverage, Delivery, Headers, NeedsKey, Verified
from bridgewright.core.model.moment import later
from bridgewright.core.model.secret import Secret
from proofs.fuzz.leaves import leaves, other_values, respelled, with_leaf
from tests.signed import VECTORS, WAYS, Vector, Way, resolved, way_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bridgewright.core.ports import Reader, Scheme
    from bridgewright.core.signing.webhook import Greeting, Terms
    from proofs.fuzz.leaves import Leaves

BODIES = (
    b"{}",
    b'{"id": "evt_1", "type": "invoice.paid", "created": 1800000000}',
    json.dumps({"object": {"list": list(range(40)), "text": "a" * 400, "deep": [[[{}]]]}}).encode(),
    b"payload=%7B%22id%22%3A+%221%22%7D&a=b",
    bytes(range(256)),
)
NUMBERS = (0, 61_453)
"""The two keys: no change of one bit makes one of the other, not even of tokens sent in clear."""
AGES_S = (0.0, 30.0, -30.0)
FOREIGN = "#"
"""Stands between a provider and the number of a delivery that somebody else signed."""


@dataclass(frozen=True, slots=True)
class Honest:
    """A delivery that verifies, and what of it must stay as it is for that.

    `needed` are the header fields without which it is rejected, and in which no character can be
    another. `whole`: every byte of its body is bound; otherwise `bound` are the places in its body
    that are. `covers` is what the signature binds.
    """

    sent: Delivery
    needed: frozenset[bytes]
    whole: bool
    bound: Leaves
    covers: Coverage


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One scheme with its keys. `published` is what is found where it fetches keys, `claims` what the
    catalogue says that its provider covers."""

    name: str
    provider: str
    scheme: Scheme = field(repr=False)
    read: Reader = field(repr=False)
    greeting: Greeting | None = field(repr=False)
    publish: Callable[[NeedsKey], bytes] = field(repr=False)
    published: bytes = field(repr=False)
    honest: tuple[Honest, ...] = field(repr=False)
    claims: Coverage
    max_body_bytes: int

    def __str__(self) -> str:
        return self.name


def names() -> tuple[str, ...]:
    """What the subjects are called, in their order, without binding one."""
    return (*map(str, WAYS), *(name for name, _ in _named_vectors()))


def subjects() -> tuple[Subject, ...]:
    """Every way of every provider under two keys, then every delivery that others signed."""
    found = [_of_way(way) for way in WAYS]
    found += [_of_vector(vector, name) for name, vector in _named_vectors()]
    silent = set(connectors.receiving_names()) - {one.provider for one in found}
    if silent:
        msg = f"nobody signs for {', '.join(sorted(silent))}"
        raise LookupError(msg)
    return tuple(found)


def samples(found: Sequence[Subject]) -> tuple[Honest, ...]:
    """Deliveries of all providers: what one of them sends is hostile to the others."""
    return tuple(honest for one in found if FOREIGN in one.name for honest in one.honest)


def _named_vectors() -> Iterator[tuple[str, Vector]]:
    numbered: Counter[str] = Counter()
    for vector in VECTORS:
        numbered[vector.provider] += 1
        yield f"{vector.provider}{FOREIGN}{numbered[vector.provider]}", vector


def _of_way(way: Way) -> Subject:
    keys = [way.keys(number)[1] for number in NUMBERS]
    numbers = NUMBERS if way.tells else NUMBERS[:1]
    return _subject(str(way), way, keys, way.terms, way.publish, list(_sent(way, numbers)))


def _of_vector(vector: Vector, name: str) -> Subject:
    way, keys = way_of(vector.provider), [Secret(key) for key in vector.keys]
    return _subject(name, way, keys, vector.terms, vector.publish, [vector.sent()])


def _sent(way: Way, numbers: Sequence[int]) -> Iterator[Delivery]:
    for body in BODIES:
        for number in numbers:
            for age_s in AGES_S:
                sent = way.sent(body, number, at=later(NOW, -age_s))
                yield replace(sent, received_at=NOW)


def _subject(  # noqa: PLR0913 - what a scheme is made of
    name: str,
    way: Way,
    keys: Sequence[Secret],
    terms: Terms,
    publish: Callable[[NeedsKey], bytes],
    deliveries: Sequence[Delivery],
) -> Subject:
    webhook = connectors.webhook(way.provider)
    scheme = webhook.scheme(keys, terms)
    [covers] = {_covered(name, scheme, sent, publish) for sent in deliveries}

    def good(sent: Delivery) -> bool:
        try:
            found = resolved(scheme.verify(sent, sent.received_at), publish)
        except ValueError:  # it names a key that is not published
            return False
        return isinstance(found, Verified)

    return Subject(
        name,
        way.provider,
        scheme,
        webhook.read if webhook.reader is None else webhook.reader(terms),
        None if webhook.greet is None else webhook.greet(keys, terms),
        publish,
        _published(scheme, deliveries[0], publish),
        tuple(_honest(sent, way.optional, covers, good) for sent in deliveries),
        webhook.facts.coverage,
        webhook.profile.max_body_bytes,
    )


def _published(scheme: Scheme, sent: Delivery, publish: Callable[[NeedsKey], bytes]) -> bytes:
    found = scheme.verify(sent, sent.received_at)
    return publish(found) if isinstance(found, NeedsKey) else b"nothing is published"


def _covered(
    name: str, scheme: Scheme, sent: Delivery, publish: Callable[[NeedsKey], bytes]
) -> Coverage:
    found = resolved(scheme.verify(sent, sent.received_at), publish)
    if not isinstance(found, Verified):
        msg = f"{name}: an honest delivery is {found}"
        raise TypeError(msg)
    return found.coverage


def _honest(
    sent: Delivery, optional: frozenset[bytes], covers: Coverage, good: Callable[[Delivery], bool]
) -> Honest:
    whole = Coverage.BODY in covers or not good(replace(sent, body=respelled(sent.body)))
    needed = {name for name, _ in sent.headers.items() if not any(map(good, _others(sent, name)))}
    found = {} if whole else leaves(sent.body)
    bound = {
        path: value
        for path, value in found.items()
        if not any(
            good(replace(sent, body=with_leaf(sent.body, path, other)))
            for other in other_values(value)
        )
    }
    return Honest(sent, frozenset(needed - optional), whole, bound, covers)


def _others(sent: Delivery, name: bytes) -> Iterator[Delivery]:
    """The delivery without a field, and with other values in it."""
    fields = sent.headers.items()
    yield replace(sent, headers=Headers(each for each in fields if each[0] != name))
    for value in other_values(sent.headers.every(name)[0].decode("latin-1")):
        text = str(value).encode("latin-1")
        changed = ((each, text if each == name else was) for each, was in fields)
        yield replace(sent, headers=Headers(changed))
