"""A request and its answer as a cassette keeps them: without secrets, and readable."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from bridgewright.simulate.cassettes import bodies
from bridgewright.simulate.cassettes.bodies import Body
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.cassettes.placeholders import Placeholders
    from bridgewright.simulate.wire import Heard

TELLING = frozenset(
    "x-amz-target x-http-method-override range soapaction"
    " stripe-account stripe-version x-github-api-version notion-version content-range"
    " x-amz-copy-source".split()
)
"""Request fields that say what is asked for: kept, and matched."""

KEPT = TELLING | {"content-type", "content-encoding", "accept"}
"""Request fields in the file; all others are of the client, the moment or the signature."""

_CREDENTIALS = frozenset({"authorization", "x-api-key", "api-key", "private-token"})
_ONLY_PLACEHOLDERS = re.compile(
    r"(?:[A-Za-z]{1,20} )?(?:\{\{base64:)?:?\{\{secret:[^{}]+\}\}(?::(?:\{\{secret:[^{}]+\}\})?)?(?:\}\})?"
)
_LENGTHS = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})
_LOCATING = frozenset({"location", "content-location", "link"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, with placeholders for secrets: the query is decoded, `name=value` each."""

    method: str
    path: str = field(repr=False)
    query: tuple[str, ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Body = field(default_factory=Body)


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered, with placeholders for secrets."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Body = field(default_factory=Body)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer: the `turn`-th of its kind, from 1, at an instant of UTC."""

    asked: Asked
    told: Told
    turn: int
    recorded_at: datetime


def asked_of(heard: Heard, placeholders: Placeholders) -> Asked:
    """A request as the file keeps it and as it is looked for."""
    path, _, query = heard.target.partition("?")
    content_type = heard.header("content-type") or ""
    encoding = heard.header("content-encoding") or ""
    pairs = parse_qsl(_text(query), keep_blank_values=True, errors="surrogateescape")
    return Asked(
        heard.method,
        placeholders.hide(_text(path)),
        tuple(bodies.pair_text(*pair, placeholders) for pair in pairs),
        tuple(_kept_headers(heard, placeholders)),
        bodies.asked(heard.body, content_type, encoding, placeholders),
    )


def _kept_headers(heard: Heard, placeholders: Placeholders) -> list[tuple[str, str]]:
    kept = []
    for name, value in sorted(heard.headers):
        hidden = placeholders.hide(_text(value))
        if name == "content-type":
            kept.append((name, bodies.without_boundary(hidden)))
        elif name in KEPT or (name in _CREDENTIALS and _ONLY_PLACEHOLDERS.fullmatch(hidden)):
            kept.append((name, hidden))
    return kept


def told_of(reply: Reply, placeholders: Placeholders, *, bodiless: bool = False) -> Told:
    """An answer as the file keeps it. The length is that of the body, and left out, but for an answer
    to HEAD, which has none."""
    headers = tuple(
        (name, placeholders.hide(_text(value), "url" if name.lower() in _LOCATING else ""))
        for name, value in reply.headers
        if bodiless or name.lower() not in _LENGTHS
    )
    kind = next((value for name, value in reply.headers if name.lower() == "content-type"), "")
    return Told(reply.status, headers, bodies.kept(reply.body, kind, placeholders))


def reply_of(told: Told, placeholders: Placeholders) -> Reply:
    """The answer as a client gets it, with this test's secrets."""
    headers = tuple((name, _wire(placeholders.reveal(value))) for name, value in told.headers)
    return Reply(told.status, headers, bodies.restored(told.body, placeholders))


def now_of(seconds: float) -> datetime:
    """An instant of UTC, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC)


def _text(value: str) -> str:
    """What arrived as Latin-1, as UTF-8 with surrogates for what is not."""
    return value.encode("latin-1").decode("utf-8", "surrogateescape")


def _wire(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("latin-1")
