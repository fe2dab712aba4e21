"""HTTP/1.1 as a server on loopback needs it: one request heard, one reply said, and the ways to say
it badly."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterable

    Content = dict[str, Any]

LARGEST_HEAD = 65_536
"""Bytes of a request's head, or of one of its chunk lines, that a simulated provider reads."""
_PARTS = 3
"""Of a request's first line: method, target, version."""
_BY_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing throws away what is queued and sends RST instead of FIN."""


class NotHttpError(Exception):
    """What arrived is no request that HTTP/1.1 knows; `status` is how a server says so."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it arrived; header names in lower case, `at_s` on a monotonic clock.

    `connection` counts the connections of a listener from 1, `number` the requests of a connection.
    """

    method: str
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    connection: int
    number: int
    at_s: float

    @property
    def path(self) -> str:
        """The target without its query."""
        if self.target.startswith("/"):
            return self.target.partition("?")[0]
        return "/" + self.target.partition("://")[2].partition("?")[0].partition("/")[2]

    @property
    def query(self) -> dict[str, str]:
        """The last value of each field of the query."""
        return {
            name: values[-1] for name, values in parse_qs(self.target.partition("?")[2]).items()
        }

    def header(self, name: str) -> str | None:
        """The first field of that lower-case name, or None."""
        for key, value in self.headers:  # a generator would take twice as long
            if key == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, written with its length; `headers` come after it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def written(self) -> bytes:
        """The answer as it goes on the wire."""
        return self.head(len(self.body)) + self.body

    def written_to(self, method: str) -> bytes:
        """The answer to a request of that method: HEAD gets no body, and the length there would be
        where a header field says so."""
        if method != "HEAD":
            return self.written()
        kept = tuple(pair for pair in self.headers if pair[0].lower() != "content-length")
        known = [int(value) for name, value in self.headers if name.lower() == "content-length"]
        return Reply(self.status, kept).head(known[0] if known else len(self.body))

    def head(self, length: int) -> bytes:
        """Its status line and header, announcing a body of that many bytes."""
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status != HTTPStatus.NO_CONTENT:
            lines.append(f"content-length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def json_reply(content: Content, status: int = 200, **headers: str) -> Reply:
    """A JSON answer; `request_id="req_1"` becomes the header `request-id`."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    body = json.dumps(content).encode()
    return Reply(status, (("content-type", "application/json"), *named), body)


def _reason(status: int) -> str:
    return responses.get(status, "Unknown")


class Conversation:
    """One connection as the server sees it: hears requests, says bytes, or ends it rudely."""

    __slots__ = ("_heard", "_reader", "_writer", "number")

    def __init__(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.number = number
        self._heard = 0
        self._reader = reader
        self._writer = writer

    @property
    def port(self) -> int:
        """The caller's port; 0 for one who came by a socket of the file system."""
        peer = self._writer.get_extra_info("peername")
        port: int = peer[1] if peer else 0
        return port

    async def hear(self) -> Heard:
        """Read one whole request; IncompleteReadError when the caller hangs up before its end, and
        NotHttpError when it is none."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise NotHttpError(431, "the head of the request is too large") from None
        first, *lines = head.decode("latin-1").strip("\r\n").split("\r\n")
        if len(parts := first.split(" ")) != _PARTS or not parts[2].startswith("HTTP/1."):
            raise NotHttpError(400, "the first line is no request")
        method, target, _ = parts
        fields = (line.partition(":") for line in lines)
        headers = tuple((name.lower(), value.strip()) for name, _, value in fields)
        try:
            body = await self._body(dict(headers))
        except ValueError:
            raise NotHttpError(400, "the length of the body cannot be read") from None
        self._heard += 1
        return Heard(method, target, headers, body, self.number, self._heard, at_s=time.monotonic())

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            await self.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", ""):
            return b"".join([chunk async for chunk in self._chunks()])
        return await self._reader.readexactly(int(headers.get("content-length", "0")))

    async def _chunks(self) -> Any:
        while size := int((await self._reader.readuntil(b"\r\n")).partition(b";")[0], 16):
            yield await self._reader.readexactly(size)
            await self._reader.readuntil(b"\r\n")
        while (await self._reader.readuntil(b"\r\n")) != b"\r\n":
            continue  # trailers, which nobody here reads

    async def refuse(self, error: NotHttpError) -> None:
        """Say what was wrong with what arrived, to one who will hardly listen."""
        await self.say(json_reply({"message": str(error)}, error.status).written())

    async def anything(self) -> bytes:
        """The first bytes that arrive, whatever they are."""
        return await self._reader.read(LARGEST_HEAD)

    async def say(self, data: bytes) -> None:
        """Write, and wait until the caller has taken most of it."""
        self._writer.write(data)
        await self._writer.drain()

    async def pour(self, pieces: Iterable[bytes]) -> None:
        """Write piece after piece, as fast as the caller takes them."""
        for piece in pieces:
            await self.say(piece)

    async def drip(self, data: bytes, every_s: float) -> None:
        """Write byte by byte, so slowly that a timeout of the caller's starts anew with each."""
        for byte in data:
            await self.say(bytes((byte,)))
            await asyncio.sleep(every_s)

    async def silence(self) -> None:
        """Say nothing until the caller hangs up."""
        while await self._reader.read(LARGEST_HEAD):
            continue

    def reset(self) -> None:
        """End the connection by RST, as a crashed host or a firewall does."""
        raw: socket.socket = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _BY_RESET)
        self._writer.transport.abort()
