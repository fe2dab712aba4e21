"""An answer's content: decoded piece by piece, and never larger than allowed, whatever it unpacks to."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import Phase, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.call import Pairs

ACCEPTED = "gzip, deflate"
"""What is asked for: nothing that the standard library cannot unpack within a bound."""
PIECE_BYTES = 65_536
"""The most that is unpacked at a time."""
_GZIP_BITS = 16 + zlib.MAX_WBITS
_MOST_LAYERS = 3
_TELLING_BYTES = 2
_IDENTITY = frozenset({"", "identity"})
_KNOWN = frozenset({"gzip", "x-gzip", "deflate"})


class _Layer:
    """One encoding being undone."""

    __slots__ = ("_begun", "_raw", "_unpack")

    def __init__(self, name: str) -> None:
        self._raw = name == "deflate"
        self._begun = b""
        self._unpack = zlib.decompressobj(_GZIP_BITS if name != "deflate" else zlib.MAX_WBITS)

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        if self._raw:  # the first two bytes tell which of the two it is
            packed, self._begun = self._begun + packed, b""
            if len(packed) < _TELLING_BYTES:
                self._begun = packed
                return
        while packed:
            try:
                piece = self._unpack.decompress(packed, PIECE_BYTES)
            except zlib.error:
                if not self._raw:
                    raise
                # "deflate" is zlib by the standard (RFC 9110, 8.4.1.2) and bare by habit.
                self._raw, self._unpack = False, zlib.decompressobj(-zlib.MAX_WBITS)
                continue
            self._raw = False
            if piece:
                yield piece
            packed = self._unpack.unconsumed_tail
            if self._unpack.eof:
                packed = self._unpack.unused_data
                if not packed.startswith(b"\x1f\x8b"):
                    return  # what follows the end is padding
                self._unpack = zlib.decompressobj(_GZIP_BITS)

    @property
    def whole(self) -> bool:
        """Whether it came to its own end."""
        return self._unpack.eof


class Content:
    """Takes an answer's bytes as they come, and gives them decoded.

    `limit` bounds what comes out; None for a stream. Without `undo` content stays as it came. Raises
    `TransportError` for what is larger, cut off inside an encoding, or in an encoding nobody asked
    for; an answer that has no content may declare any (RFC 9110, 9.3.2: HEAD).
    """

    __slots__ = ("_foreign", "_layers", "_left", "empty")

    def __init__(self, headers: Pairs, limit: int | None, *, undo: bool = True) -> None:
        names = [
            name.strip().lower()
            for key, value in headers
            if key == "content-encoding"
            for name in value.split(",")
        ]
        names = [name for name in names if name not in _IDENTITY] if undo else []
        self._foreign = len(names) > _MOST_LAYERS or bool(set(names) - _KNOWN)
        self._layers = [_Layer(name) for name in reversed(names)] if not self._foreign else []
        self._left = limit
        self.empty = True
        declared = next((value for key, value in headers if key == "content-length"), "")
        if limit is not None and not names and declared.isdigit() and int(declared[:18]) > limit:
            raise too_large(limit)

    @property
    def encoded(self) -> bool:
        """Whether header fields about the length and the encoding no longer hold."""
        return bool(self._layers)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The decoded pieces of a chunk."""
        self.empty = self.empty and not chunk
        if self._foreign and chunk:
            raise _broken("it is in an encoding that was not asked for")
        try:
            for piece in _through(self._layers, chunk):
                if self._left is not None:
                    self._left -= len(piece)
                    if self._left < 0:
                        raise too_large()
                yield piece
        except zlib.error:
            raise _broken("its encoding is broken") from None

    def end(self) -> None:
        """Nothing more comes: `TransportError` if something is missing."""
        if not self.empty and not all(layer.whole for layer in self._layers):
            raise _broken("it ends inside its encoding")


def _through(layers: list[_Layer], chunk: bytes) -> Iterator[bytes]:
    if not layers:
        yield chunk
        return
    first, *rest = layers
    for piece in first.pieces(chunk):
        yield from _through(rest, piece)


def too_large(limit: int | None = None) -> TransportError:
    """The answer is larger than allowed."""
    most = "" if limit is None else f": more than {limit} bytes"
    return TransportError(Phase.TRUNCATED, Trouble.TOO_LARGE, f"the answer is too large{most}")


def _broken(text: str) -> TransportError:
    return TransportError(Phase.TRUNCATED, Trouble.DECODING, text)


def without_encoding(headers: Pairs) -> Pairs:
    """Header fields as they are true of decoded content."""
    return tuple(pair for pair in headers if pair[0] not in ("content-encoding", "content-length"))
