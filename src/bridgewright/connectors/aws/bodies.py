"""What botocore has prepared, as the engine sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.call import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.call import Body

CHUNK_BYTES = 65_536

NOT_SENT = frozenset({"content-length", "expect", "transfer-encoding"})
"""Fields that are left out: framing is the transport's, by the body's length; and an `Expect` would
have it wait for an interim answer before a body that it sends anyway. botocore signs none of them."""


@dataclass(frozen=True, slots=True)
class FileBody:
    """A body that is read as it is sent: a user's file, or what botocore wraps around one."""

    source: Any
    length: int | None
    replayable: bool

    def open(self) -> Iterator[bytes]:
        """Its bytes; from the beginning, where it can be sent again."""
        if self.replayable:
            self.source.seek(0)
        while chunk := self.source.read(CHUNK_BYTES):
            yield chunk.encode("latin-1") if isinstance(chunk, str) else chunk

    def __repr__(self) -> str:
        return f"FileBody({self.length} bytes)"


def rewindable(body: object) -> bool:
    """Whether botocore can send this body again: it is none, bytes, or a file that seeks and stands at
    its beginning (botocore rewinds to there, and nowhere else)."""
    if body is None or isinstance(body, bytes | bytearray | str | dict):
        return True
    seekable, tell = getattr(body, "seekable", None), getattr(body, "tell", None)
    try:
        return (
            hasattr(body, "seek")
            and (seekable is None or seekable())
            and tell is not None
            and tell() == 0
        )
    except (OSError, ValueError):
        return False  # a closed file, or a pipe that only says so when it is asked


def on_the_wire(prepared: Any, *, streamed: bool, replayable: bool) -> Request:
    """The request that botocore signed. `prepared` is its `AWSPreparedRequest`."""
    fields = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    headers = tuple((name, value) for name, value in fields.items() if name not in NOT_SENT)
    if "accept-encoding" not in fields:
        headers += (("accept-encoding", "identity"),)  # botocore undoes no encoding
    body = _body(prepared.body, fields.get("content-length"), replayable=replayable)
    return Request(prepared.method, prepared.url, headers, body, streamed=streamed, verbatim=True)


def _body(body: Any, length: str | None, *, replayable: bool) -> bytes | Body | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, bytearray):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    known = int(length) if length is not None and length.isdigit() else None
    return FileBody(body, known, replayable)


def _text(value: bytes | str) -> str:
    """A header's value, so that the transport writes the very bytes that were signed."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
