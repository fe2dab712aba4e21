"""What is fuzzed: each way to sign, bound once, with deliveries that it signed honestly."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.core.model.inbound import Coverage, Delivery, Verified
from bridgewright.core.model.moment import later
from tests.made import NOW
from tests.signed import VECTORS, WAYS, Way, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.ports import Reader, Scheme
    from bridgewright.core.signing.webhook import Greeting

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


@dataclass(frozen=True, slots=True)
class Subject:
    """One way to sign. `honest` are deliveries that verify, `covers` is what its signature binds."""

    way: Way
    scheme: Scheme = field(repr=False)
    read: Reader = field(repr=False)
    greeting: Greeting | None = field(repr=False)
    honest: tuple[Delivery, ...] = field(repr=False)
    covers: Coverage
    max_body_bytes: int

    def __str__(self) -> str:
        return str(self.way)


def subjects() -> tuple[Subject, ...]:
    """Every way of every provider, bound to two keys."""
    return tuple(_subject(way) for way in WAYS)


def _subject(way: Way) -> Subject:
    webhook = connectors.webhook(way.provider)
    keys = [way.keys(number)[1] for number in NUMBERS]
    scheme = webhook.scheme(keys, way.terms)
    honest = tuple(_honest(way))
    covers = {_covered(way, scheme, sent) for sent in honest}
    [coverage] = covers
    return Subject(
        way,
        scheme,
        webhook.read,
        None if webhook.greet is None else webhook.greet(keys, way.terms),
        honest,
        coverage,
        webhook.profile.max_body_bytes,
    )


def _honest(way: Way) -> Iterator[Delivery]:
    for body in BODIES:
        for number in NUMBERS if way.tells else NUMBERS[:1]:
            for age_s in AGES_S:
                sent = way.sent(body, number, at=later(NOW, -age_s))
                yield replace(sent, received_at=NOW)


def _covered(way: Way, scheme: Scheme, sent: Delivery) -> Coverage:
    found = resolved(scheme.verify(sent, NOW), way.publish)
    if not isinstance(found, Verified):
        msg = f"{way}: an honest delivery is {found}"
        raise TypeError(msg)
    return found.coverage


def samples() -> tuple[Delivery, ...]:
    """Deliveries of all providers: what one of them sends is hostile to the others."""
    return tuple(vector.sent() for vector in VECTORS)
