"""The inbox as a WSGI application (PEP 3333): stands alone, or mounts at any prefix by what moves the
prefix to SCRIPT_NAME, as werkzeug's DispatcherMiddleware does."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from bridgewright.adapters.web.door import (
    BODY_TIMEOUT_S,
    Asked,
    Body,
    Desk,
    admit,
    delivery,
    fields_of,
)
from bridgewright.core.model.inbound import Answer, Headers
from bridgewright.engine.drive.clock import Chance
from bridgewright.engine.receive import TOO_LARGE, TOO_SLOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from bridgewright.core.model.inbound import Delivery
    from bridgewright.engine.receive import Source

PIECE_BYTES = 65_536
NO_LENGTH = Answer(411)
CUT_OFF = Answer(400)
_UNPREFIXED = {"CONTENT_TYPE": b"content-type", "CONTENT_LENGTH": b"content-length"}


class Intake(Protocol):
    """What the inbox needs of the bridge in a thread, beside its desk."""

    def take(self, source: Source, delivery: Delivery) -> Answer: ...


@dataclass(frozen=True, slots=True)
class WsgiInbox:
    """As the ASGI inbox answers, in the thread that calls.

    A server may join header fields that came twice by a comma: what is signed is then one malformed
    field instead of two fields, and refused all the same. `body_timeout_s` is looked at between
    pieces of the body: a server alone can end the wait for one that does not come.
    """

    desk: Desk = field(repr=False)
    intake: Intake = field(repr=False)
    chance: Chance = field(default_factory=Chance, repr=False)
    body_timeout_s: float = BODY_TIMEOUT_S

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """The WSGI entry point."""
        asked = asked_by(environ, environ.get("PATH_INFO", ""))
        answer = self.answer(asked, lambda: body_of(environ))
        start_response(f"{answer.status} {_phrase(answer.status)}", fields_of(answer))
        return [] if asked.method == "HEAD" else [answer.body]

    def answer(self, asked: Asked, bring: Callable[[], Incoming | None]) -> Answer:
        """The answer to a request whose body is brought when it is wanted."""
        taken = gather(self.desk, asked, bring, self.body_timeout_s)
        if isinstance(taken, Answer):
            return taken
        source, body = taken
        return self.intake.take(source, delivery(self.desk, source, asked, body, self.chance.now()))


class _TooLarge(Exception):
    """The body is larger than the source allows."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A body that is still to be read: `left` bytes of it, or to its end where that is None."""

    read: Callable[[int], bytes]
    left: int | None

    def read_into(self, body: Body, within_s: float) -> None:
        """Read all of it. `OSError` when it ends too early, `TimeoutError` when it takes too long."""
        until_s = time.monotonic() + within_s
        left = self.left
        while left is None or left > 0:
            piece = self.read(PIECE_BYTES if left is None else min(PIECE_BYTES, left))
            if not piece:
                break
            left = None if left is None else left - len(piece)
            if not body.takes(piece):
                raise _TooLarge
            if time.monotonic() > until_s:
                raise TimeoutError
        if left:
            msg = "the body ended early"
            raise ConnectionError(msg)


def gather(
    desk: Desk, asked: Asked, bring: Callable[[], Incoming | None], within_s: float
) -> tuple[Source, bytes] | Answer:
    """The source and the whole body of a request, by reads that block; or the answer it gets instead."""
    source = admit(desk, asked)
    if isinstance(source, Answer):
        return source
    incoming = bring()
    if incoming is None:
        return desk.refused(NO_LENGTH, source)
    body = Body(source.max_body_bytes)
    try:
        incoming.read_into(body, within_s)
    except _TooLarge:
        return desk.refused(TOO_LARGE, source)
    except TimeoutError:
        return desk.refused(TOO_SLOW, source)
    except OSError:
        return CUT_OFF  # to nobody: the sender hung up before its body was complete
    return source, body.whole()


def asked_by(environ: WSGIEnvironment, path: str) -> Asked:
    """A request from its environment; `path` is what is left below the mount."""
    place = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return Asked(
        method=environ["REQUEST_METHOD"].upper(),
        path=path,
        headers=Headers(_fields(environ)),
        query=_bytes(environ.get("QUERY_STRING", "")),
        scheme=environ.get("wsgi.url_scheme", "http"),
        place=quote(_bytes(place), safe="/%:@!$&'()*+,;=~-._").encode(),
        peer=environ.get("REMOTE_ADDR"),
    )


def _fields(environ: WSGIEnvironment) -> list[tuple[bytes, bytes]]:
    found = []
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            found.append((_bytes(key[5:].replace("_", "-")), _bytes(value)))
        elif key in _UNPREFIXED and value:
            found.append((_UNPREFIXED[key], _bytes(value)))
    return found


def body_of(environ: WSGIEnvironment) -> Incoming | None:
    """The body of a request; None when nobody can say where it ends."""
    stream = environ["wsgi.input"]
    declared = environ.get("CONTENT_LENGTH") or ""
    # Not all servers hand chunks over as a stream that ends: where one does not say so, a read waits.
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return Incoming(stream.read, None) if environ.get("wsgi.input_terminated") else None
    if not declared:
        return Incoming(stream.read, 0)
    if not (declared.isascii() and declared.isdigit()):
        return None
    return Incoming(getattr(stream, "read1", stream.read), int(declared))


def _bytes(text: str) -> bytes:
    """What a server wrote as text byte by byte (PEP 3333), as the bytes that came."""
    return text.encode("latin-1", "replace")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
