"""What every face does with a request, written once and without I/O: the same answers to the same
mistakes under ASGI, WSGI and Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bridgewright.adapters.web.origin import url_of
from bridgewright.core.model.inbound import Answer, Delivery
from bridgewright.engine.receive import TOO_LARGE, UNKNOWN_SOURCE, WRONG_METHOD

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Headers
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.network import Network
    from bridgewright.engine.receive import Source

BODY_TIMEOUT_S = 20.0
"""How long a sender may take to send its body; every provider we know gives up sooner itself."""


class Desk(Protocol):
    """What a face needs of the bridge before a delivery is whole. `trusted` are the networks of our own
    proxies."""

    @property
    def trusted(self) -> tuple[Network, ...]: ...

    def source_at(self, path: str) -> Source | None: ...

    def refused(self, answer: Answer, source: Source | None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A request before its body, as a web server knows it.

    `path` is what is left below the place we are mounted at; `place` is the whole path as the sender
    wrote it, percent-encoded, and `peer` the address of whoever is connected.
    """

    method: str
    path: str
    headers: Headers
    query: bytes = field(default=b"", repr=False)
    scheme: str = "http"
    place: bytes = b""
    peer: str | None = None


def admit(desk: Desk, asked: Asked) -> Source | Answer:
    """The source that is meant, whose delivery is to be read; or the answer that the head alone
    deserves."""
    source = desk.source_at(asked.path.rstrip("/"))
    if source is None:
        return desk.refused(UNKNOWN_SOURCE, None)
    if asked.method != "POST" and source.greeting is None:
        return desk.refused(WRONG_METHOD, source)
    declared = asked.headers.first(b"content-length")
    if declared is not None and declared.isdigit() and _over(declared, source.max_body_bytes):
        return desk.refused(TOO_LARGE, source)
    return source


def _over(declared: bytes, limit: int) -> bool:
    digits = declared.lstrip(b"0")
    return len(digits) > len(str(limit)) or int(digits or b"0") > limit


class Body:
    """Gathers a body that may not grow beyond `limit` bytes."""

    __slots__ = ("_limit", "_pieces", "_size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def takes(self, piece: bytes) -> bool:
        """Take a piece, if it does not make the body too large."""
        self._size += len(piece)
        if self._size > self._limit:
            return False
        self._pieces.append(piece)
        return True

    def whole(self) -> bytes:
        """All that was taken."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


def delivery(desk: Desk, source: Source, asked: Asked, body: bytes, at: Moment) -> Delivery:
    """The delivery that a request was, once its body is there."""
    return Delivery(
        source=source.name,
        headers=asked.headers,
        body=body,
        received_at=at,
        method=asked.method,
        query=asked.query,
        url=url_of(asked.scheme, asked.headers, asked.place, asked.query, asked.peer, desk.trusted),
    )


def fields_of(answer: Answer) -> list[tuple[str, str]]:
    """The header fields of an answer, names in lower case."""
    fields = [(name.lower(), value) for name, value in answer.headers]
    if answer.content_type is not None:
        fields.append(("content-type", answer.content_type))
    return [*fields, ("content-length", str(len(answer.body)))]
