"""What is done to an honest delivery, by seeded dice; and whether it may still verify."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.inbound import Coverage, Delivery, Headers
from bridgewright.core.model.moment import later, seconds_between
from proofs.fuzz.forms import TOKEN, forged, renumbered, rewritten
from proofs.fuzz.leaves import hold, respelled
from tests.fuzz import hostile

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from proofs.fuzz.subjects import Honest, Subject

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
ALSO = {
    b"x-shopify-hmac-sha256": b"shopify-hmac-sha256",
    b"shopify-hmac-sha256": b"x-shopify-hmac-sha256",
    b"x-docusign-signature-1": b"x-docusign-signature-2",
    b"x-docusign-signature-2": b"x-docusign-signature-1",
}
"""One signature under either of two names. A true one that was moved to the other is still true."""
_BETWEEN = re.compile(rb"[,; ]")
MOST_LATE_S = 86_460.0
"""The longest tolerance that a source can ask for, and as much as an honest delivery is early."""

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


def mutant(dice: Random, subject: Subject, others: tuple[Honest, ...]) -> tuple[Delivery, bool]:
    """A mutated delivery, and whether something that its signature binds was changed."""
    honest = subject.honest[int(dice.random() * len(subject.honest))]
    sent = honest.sent
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
    return changed, broken(honest, changed)


def broken(honest: Honest, changed: Delivery) -> bool:
    """Whether `changed` can no longer be what was signed."""
    sent = honest.sent
    if changed.body != sent.body and (honest.whole or not hold(changed.body, honest.bound)):
        return True
    if Coverage.URL in honest.covers and changed.url.partition("#")[0] != sent.url:
        return True  # a fragment is never sent, so none is signed
    late_s = abs(seconds_between(sent.received_at, changed.received_at))
    if Coverage.TIME in honest.covers and late_s > MOST_LATE_S:
        return True
    return any(_changed(name, sent, changed) for name in honest.needed)


def _changed(name: bytes, sent: Delivery, changed: Delivery) -> bool:
    value = sent.headers.every(name)[0]
    values = changed.headers.every(name)
    if name in ALSO:
        values += changed.headers.every(ALSO[name])
    elif len(values) != 1:
        return True
    # A field that can hold several signatures still holds the good one beside what was added.
    return not any(value == each or _words(value) <= _words(each) for each in values)


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


def flip_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """One bit of one field."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        made.headers[place] = (name, _bits(dice, value))


def replace_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A hostile text for a field's value; a megabyte now and then."""
    place = _field(dice, made)
    if place is not None:
        texts = HUGE if dice.random() < 0.001 else TEXTS  # noqa: PLR2004 - a megabyte costs
        made.headers[place] = (made.headers[place][0], texts[int(dice.random() * len(texts))])


def splice_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A hostile text inside a field's value."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        at = int(dice.random() * (len(value) + 1))
        text = TEXTS[int(dice.random() * len(TEXTS))] or b"\x00"
        made.headers[place] = (name, value[:at] + text + value[at:])


def cut_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A field's value cut short."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        made.headers[place] = (name, value[: int(dice.random() * len(value))])


def drop_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A field left out."""
    place = _field(dice, made)
    if place is not None:
        del made.headers[place]


def double_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A field twice."""
    place = _field(dice, made)
    if place is not None:
        made.headers.append(made.headers[place])


def swap_fields(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """The values of two fields exchanged."""
    if len(made.headers) > 1:
        first, second = _field(dice, made), _field(dice, made)
        if first is not None and second is not None:
            (a, x), (b, y) = made.headers[first], made.headers[second]
            made.headers[first], made.headers[second] = (a, y), (b, x)


def foreign_fields(dice: Random, made: Mutant, _: Subject, others: tuple[Honest, ...]) -> None:
    """The fields of another provider's delivery beside, or in place of, its own."""
    other = others[int(dice.random() * len(others))].sent.headers.items()
    made.headers = [*made.headers, *other] if dice.random() < HALF else list(other)


def foreign_body(dice: Random, made: Mutant, _: Subject, others: tuple[Honest, ...]) -> None:
    """The body of another provider's delivery."""
    made.body = others[int(dice.random() * len(others))].sent.body


def flip_body(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """One bit of the body."""
    made.body = _bits(dice, made.body)


def hostile_body(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A hostile body; a very large one now and then."""
    bodies = hostile.BODIES if dice.random() < 0.01 else SMALL_BODIES  # noqa: PLR2004
    made.body = bodies[int(dice.random() * len(bodies))]


def respell_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A signature written in another way."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        made.headers[place] = (name, rewritten(dice, value))


def renumber_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A number at an edge."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        made.headers[place] = (name, renumbered(dice, value))


def forge_token(dice: Random, made: Mutant, subject: Subject, others: tuple[Honest, ...]) -> None:
    """A signed token made over; another mutation where there is none."""
    for place, (name, value) in enumerate(made.headers):
        token = TOKEN.search(value)
        if token is not None:
            text = forged(dice, token[0], subject.published)
            made.headers[place] = (name, value[: token.start()] + text + value[token.end() :])
            return
    respell_field(dice, made, subject, others)


def rename_field(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """A field under a name that some servers take for the same."""
    place = _field(dice, made)
    if place is not None:
        name, value = made.headers[place]
        names = (name.replace(b"-", b"_"), name.upper(), name + b" ", name + b"\x00", b" " + name)
        made.headers[place] = (names[int(dice.random() * len(names))], value)


def respell_body(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """The same values in other bytes, or a name of the first object twice."""
    kind = int(dice.random() * 4)
    if kind == 0:
        made.body = respelled(made.body)
    elif kind == 1:
        made.body = b"\xef\xbb\xbf" + made.body
    elif kind == 2:  # noqa: PLR2004 - one of four
        made.body = made.body.decode("latin-1").encode("utf-16")
    elif made.body[:1] == b"{":
        name = re.search(rb'"[^"\\]*"', made.body)
        leaf = json.dumps(LEAVES[int(dice.random() * len(LEAVES))]).encode()
        pair = (name[0] if name else b'"a"') + b":" + leaf
        first, last = b"{" + pair + b"," + made.body[1:], made.body[:-1] + b"," + pair + b"}"
        made.body = first if dice.random() < HALF else last


def lengthen_body(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """Bytes before or after the body."""
    text = TEXTS[int(dice.random() * len(TEXTS))]
    made.body = text + made.body if dice.random() < HALF else made.body + text


def hostile_leaf(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
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


def other_url(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """Another URL, query or method; the query as part of the URL, or at odds with it."""
    url, query = made.url, QUERIES[int(dice.random() * len(QUERIES))]
    urls = (
        *URLS,
        url,
        url + "/x",
        url.replace("/in", "/%69n"),
        url.replace("hooks.", "user:hooks.example.com@"),
        url + "#" + url,
    )
    made.url = urls[int(dice.random() * len(urls))]
    if dice.random() < HALF:
        made.query = query
    if query and dice.random() < HALF:
        made.url += "?" + query.decode("latin-1")
    made.method = METHODS[int(dice.random() * len(METHODS))]


def other_time(dice: Random, made: Mutant, _: Subject, __: tuple[Honest, ...]) -> None:
    """Another moment, at the edges of what is taken as fresh."""
    made.late_s = LATE_S[int(dice.random() * len(LATE_S))]


URLS = (
    "",
    "http://",
    "https://evil.example/",
    "https://[::1",
    "\x00",
    "https://h.example/\ud800\udcff",
)
QUERIES = (
    b"",
    b"validationToken=%00",
    b"validationToken=%ff%fe&validationToken=1",
    b"hub.mode=subscribe&hub.challenge=1",
    b"hub.mode=subscribe&hub.verify_token=&hub.challenge=%0d%0aSet-Cookie:%20a=b",
    b"bodySHA256=" + MARK,
    b"bodySHA256=" + b"0" * 64 + b"&bodySHA256=",
    b"&" * 200,
    b"%" * 200,
)
METHODS = ("POST", "POST", "GET", "HEAD", "PUT", "", "\ud800")
LATE_S = (
    *(edge + beyond for edge in (300.0, 3_600.0, 7_200.0) for beyond in (-30.0, 0.0, 1e-6, 30.0)),
    *(-edge - beyond for edge in (300.0, 3_600.0, 7_200.0) for beyond in (-30.0, 0.0, 1e-6, 30.0)),
    1e9,
    -1e9,
    90_000.0,
    -90_000.0,
)
SMALL_BODIES = (*(body for body in hostile.BODIES if len(body) < SMALL_BYTES), DEEP)
MUTATIONS: tuple[Callable[[Random, Mutant, Subject, tuple[Honest, ...]], None], ...] = (
    flip_field,
    flip_field,
    replace_field,
    splice_field,
    cut_field,
    drop_field,
    double_field,
    swap_fields,
    respell_field,
    renumber_field,
    forge_token,
    rename_field,
    foreign_fields,
    foreign_body,
    flip_body,
    respell_body,
    hostile_body,
    lengthen_body,
    hostile_leaf,
    hostile_leaf,
    other_url,
    other_time,
)
