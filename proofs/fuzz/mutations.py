"""What is done to an honest delivery, by seeded dice; and whether it may still verify."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.inbound import Coverage, Delivery, Headers
from bridgewright.core.model.moment import later
from tests.fuzz import hostile

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from proofs.fuzz.subjects import Subject

MARK = b"PRIVATE-MARK"
"""Stands in what is sent, and may stand in nothing that is said about it."""

SMALL_BYTES = 10_000
"""What is larger costs so much that it comes only now and then."""
HALF = 0.5

TEXTS = (
    *(text for text in hostile.TEXTS if len(text) < SMALL_BYTES),
    MARK,
    MARK + b"\xff",
    b"sha256=" + MARK,
    b"t=1,v1=" + MARK,
    b"v1," + MARK,
    b"Bearer " + MARK,
    b"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
    b"Bearer eyJhbGciOiJIUzI1NiJ9.e30." + b"A" * 43,
    b"Bearer " + b"." * 3,
    b"eyJhbGciOiJub25lIiwia2lkIjoiLi4vLi4vZXRjIn0..",
    b"https://evil.example/cert.pem",
    b"%00%ff",
    b"2027-02-31T00:00:00Z",
)
HUGE = (b"a" * 1_048_576, b"\xff" * 1_048_576, b"," * 1_048_576, b"v1,=" * 262_144)
LEAVES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**40,
    1e999,
    "",
    "\ud800",
    "\0",
    MARK.decode(),
    "a" * 5_000,
    [],
    {},
    [[[[[[[[[]]]]]]]]],
    "http://evil.example/SimpleNotificationService-1.pem",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
)
ALSO = {b"x-shopify-hmac-sha256": b"shopify-hmac-sha256"}
"""One signature under either of two names: the newer one is read where it is there. A true signature
that was moved from one to the other is still a true one."""
_BETWEEN = re.compile(rb"[,; =]")
DEEP = b'{"a":' * 3_000 + b"1" + b"}" * 3_000


@dataclass(slots=True)
class Mutant:
    """A delivery in the making."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    query: bytes
    url: str
    method: str
    late_s: float


def mutant(dice: Random, subject: Subject, others: tuple[Delivery, ...]) -> tuple[Delivery, bool]:
    """A mutated delivery, and whether something that its signature binds was changed."""
    sent = subject.honest[int(dice.random() * len(subject.honest))]
    made = Mutant(list(sent.headers.items()), sent.body, sent.query, sent.url, sent.method, 0.0)
    for _ in range(1 + int(dice.random() * 2.5)):
        MUTATIONS[int(dice.random() * len(MUTATIONS))](dice, made, subject, others)
    changed = Delivery(
        sent.source,
        Headers(made.headers),
        made.body,
        later(sent.received_at, made.late_s),
        made.method,
        made.query,
        made.url,
    )
    return changed, _broken(subject, sent, changed)


def _broken(subject: Subject, sent: Delivery, changed: Delivery) -> bool:
    """Whether `changed` can no longer be what was signed."""
    if Coverage.BODY in subject.covers and changed.body != sent.body:
        return True
    for name, value in sent.headers.items():
        if name in subject.way.optional:
            continue
        values = changed.headers.every(ALSO.get(name, name)) or changed.headers.every(name)
        if len(values) != 1:
            return True
        # A field that can hold several signatures still holds the good one beside what was added.
        if values[0] != value and not _words(value) <= _words(values[0]):
            return True
    return False


def _words(value: bytes) -> set[bytes]:
    return set(_BETWEEN.split(value))


def _field(dice: Random, made: Mutant) -> int | None:
    if not made.headers:
        return None
    return int(dice.random() * len(made.headers))


def _bits(dice: Random, value: bytes) -> bytes:
    if not value:
        return b"\x00"
    at = int(dice.random() * len(value))
    return value[:at] + bytes((value[at] ^ (1 << int(dice.random() * 8)),)) + value[at + 1 :]


def flip_field(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """One bit of one field."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        made.headers[place] = (name, _bits(dice, value))


def replace_field(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """A hostile text for a field's value; a megabyte now and then."""
    place = _field(dice, made)
    if place is not None:
        texts = HUGE if dice.random() < 0.001 else TEXTS  # noqa: PLR2004 - a megabyte costs
        made.headers[place] = (made.headers[place][0], texts[int(dice.random() * len(texts))])


def splice_field(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """A hostile text inside a field's value."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        at = int(dice.random() * (len(value) + 1))
        text = TEXTS[int(dice.random() * len(TEXTS))] or b"\x00"
        made.headers[place] = (name, value[:at] + text + value[at:])


def cut_field(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """A field's value cut short."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        made.headers[place] = (name, value[: int(dice.random() * len(value))])


def drop_field(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """A field left out."""
    place = _field(dice, made)
    if place is not None:
        del made.headers[place]


def double_field(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """A field twice."""
    place = _field(dice, made)
    if place is not None:
        made.headers.append(made.headers[place])


def swap_fields(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """The values of two fields exchanged."""
    if len(made.headers) > 1:
        first, second = _field(dice, made), _field(dice, made)
        if first is not None and second is not None:
            (a, x), (b, y) = made.headers[first], made.headers[second]
            made.headers[first], made.headers[second] = (a, y), (b, x)


def foreign_fields(dice: Random, made: Mutant, _: Subject, others: tuple[Delivery, ...]) -> None:
    """The fields of another provider's delivery beside, or in place of, its own."""
    other = others[int(dice.random() * len(others))].headers.items()
    made.headers = [*made.headers, *other] if dice.random() < HALF else list(other)


def foreign_body(dice: Random, made: Mutant, _: Subject, others: tuple[Delivery, ...]) -> None:
    """The body of another provider's delivery."""
    made.body = others[int(dice.random() * len(others))].body


def flip_body(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """One bit of the body."""
    made.body = _bits(dice, made.body)


def hostile_body(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """A hostile body; a very large one now and then."""
    bodies = hostile.BODIES if dice.random() < 0.01 else SMALL_BODIES  # noqa: PLR2004
    made.body = bodies[int(dice.random() * len(bodies))]


def lengthen_body(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """Bytes before or after the body."""
    text = TEXTS[int(dice.random() * len(TEXTS))]
    made.body = text + made.body if dice.random() < HALF else made.body + text


def hostile_leaf(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """One value inside the body's JSON exchanged for a hostile one, or left out."""
    try:
        body = json.loads(made.body)
    except (ValueError, RecursionError):
        return
    here = body
    for _depth in range(6):
        if isinstance(here, dict) and here:
            keys = list(here)
            key: Any = keys[int(dice.random() * len(keys))]
        elif isinstance(here, list) and here:
            key = int(dice.random() * len(here))
        else:
            return
        if not isinstance(here[key], dict | list) or not here[key] or dice.random() < 0.3:  # noqa: PLR2004
            if dice.random() < 0.2:  # noqa: PLR2004
                del here[key]
            else:
                here[key] = LEAVES[int(dice.random() * len(LEAVES))]
            break
        here = here[key]
    made.body = json.dumps(body).encode()


def other_url(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """Another URL, query or method."""
    urls = (
        "",
        "http://",
        "https://evil.example/",
        made.url + "/x",
        "https://[::1",
        "\x00",
        "https://h.example/\ud800\udcff",
        made.url,
    )
    made.url = urls[int(dice.random() * len(urls))]
    texts = (
        b"",
        b"validationToken=%00",
        b"hub.mode=subscribe&hub.challenge=1",
        b"bodySHA256=" + MARK,
    )
    made.query = texts[int(dice.random() * len(texts))]
    made.method = ("POST", "GET", "PUT", "\ud800")[int(dice.random() * 4)]


def other_time(dice: Random, made: Mutant, _: Subject, __: tuple[Delivery, ...]) -> None:
    """Another moment."""
    times = (299.0, 300.0, 301.0, -301.0, 1e9, -1e9, 86_401.0)
    made.late_s = times[int(dice.random() * len(times))]


SMALL_BODIES = (*(body for body in hostile.BODIES if len(body) < SMALL_BYTES), DEEP)
MUTATIONS: tuple[Callable[[Random, Mutant, Subject, tuple[Delivery, ...]], None], ...] = (
    flip_field,
    flip_field,
    replace_field,
    splice_field,
    cut_field,
    drop_field,
    double_field,
    swap_fields,
    foreign_fields,
    foreign_body,
    flip_body,
    hostile_body,
    lengthen_body,
    hostile_leaf,
    hostile_leaf,
    other_url,
    other_time,
)
