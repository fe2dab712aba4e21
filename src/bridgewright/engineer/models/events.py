"""Server-sent events out of bytes that come in any pieces (WHATWG HTML, 9.2.6, read 2026-11)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
_LAST_WORD = b"data:[DONE]"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, empty where it has none, and its content."""

    name: str
    content: str = field(repr=False)


class Decoder:
    """Takes bytes and gives events, as soon as each is whole. Comments, ids and waits are left out."""

    __slots__ = ("_after_return", "_begun", "_content", "_name", "_rest")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._after_return = False
        self._begun = False
        self._name = ""
        self._content: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that these bytes complete."""
        if self._after_return and chunk:
            self._after_return = False
            chunk = chunk.removeprefix(b"\n")  # the other half of a line's end
        if not chunk:
            return
        self._after_return = chunk.endswith(b"\r")
        first, *more = _LINE_END.split(chunk)
        self._rest += first
        for piece in more:
            line, self._rest = bytes(self._rest), bytearray(piece)
            yield from self._line(line)

    def close(self) -> Iterator[Event]:
        """The last event of a server that leaves out the empty line after it. Of a line that was cut,
        nothing is taken but the word that ends a chat."""
        if bytes(self._rest).replace(b" ", b"") == _LAST_WORD:
            yield from self._line(bytes(self._rest))
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[Event]:
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        if not line:
            yield from self._dispatch()
            return
        name, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            self._content.append(text)
        elif name == b"event":
            self._name = text

    def _dispatch(self) -> Iterator[Event]:
        event = Event(self._name, "\n".join(self._content)) if self._content else None
        self._name, self._content = "", []
        if event is not None:
            yield event
