"""A reverse proxy on loopback in front of any server: what faults and cassettes stand on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import httpx2

from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate.listener import HOST, Listener, LoopThread
from bridgewright.simulate.upstream import fields_of, request_to, why
from bridgewright.simulate.wire import Heard, Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bridgewright.simulate.listener import Conduct
    from bridgewright.simulate.upstream import Upstream
    from bridgewright.simulate.wire import Conversation

    Answered = Reply | Conduct | None
    Before = Callable[[Heard], Awaitable[Answered]]
    After = Callable[[Heard, Reply], Awaitable[Answered]]
    Failed = Callable[[Heard, str], None]

LARGEST_BYTES = 16_777_216
"""How much of one answer is held in memory (16 MiB); what is larger passes through in pieces."""
TIMEOUT_S = 60.0
"""How long the upstream may take to connect, and between two pieces of its answer."""
_LOCATING = frozenset({"location", "content-location", "link"})


@dataclass(frozen=True, slots=True)
class Traffic:
    """What happens to requests on their way, and how they travel.

    `before` hears a request first: a `Reply` is the answer and the upstream hears nothing; None lets
    it through. `after` sees it with its answer: a `Reply` takes the answer's place, None leaves it.
    Either may give a conduct instead: it is handed the connection to say, cut or reset what it likes,
    and the connection ends when it returns. An answer over `largest_bytes` passes through in pieces
    and `after` does not see it; where it has to (`whole`), the caller gets 502. `failed` is told why
    an answer did not come from the upstream. `unpacked` asks the upstream not to compress.
    """

    before: Before | None = None
    after: After | None = None
    failed: Failed | None = None
    largest_bytes: int = LARGEST_BYTES
    timeout_s: float = TIMEOUT_S
    whole: bool = False
    unpacked: bool = False


class Forwarder:
    """Serves an upstream at a URL of its own on 127.0.0.1, on a thread of its own.

    Bodies pass byte for byte, compressed ones too, and so do header fields but those of the single
    connection; `host` names the upstream. An upstream that cannot be reached is a 502 that says why.
    `Location`, `Content-Location` and `Link` that lead to the upstream lead here instead. With
    `homed` the same is done for its base URL in bodies, and undone in what clients send: for APIs
    whose answers hold URLs that the client follows. A signature that covers the host does not hold
    upstream: AWS itself refuses what moto takes.
    """

    def __init__(
        self,
        upstream: Upstream | None,
        traffic: Traffic | None = None,
        *,
        homed: bool = False,
        thread: LoopThread | None = None,
    ) -> None:
        self.url = ""
        self._upstream = upstream
        self._traffic = traffic or Traffic()
        self._homed = homed
        self._thread = thread
        self._own: LoopThread | None = None
        self._listener: Listener | None = None
        self._client: httpx2.AsyncClient | None = None

    def __repr__(self) -> str:
        return f"<Forwarder {self.url or 'not started'}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self, port: int = 0) -> str:
        """Open the port, any free one unless told; the base URL for clients, without a slash at its
        end. It serves on a thread of its own, unless it was given one that it shares."""
        if self._thread is None:
            self._thread = self._own = LoopThread("bridgewright-forwarder")
        self._listener = Listener(self._conduct)
        self.url = f"http://{HOST}:{self._thread.run(self._open(port))}"
        return self.url

    def close(self) -> None:
        """Hang up on everybody and end the thread; a second time does nothing."""
        if self._thread is not None and self._listener is not None:
            self._thread.run(self._shut())
            self._listener = None
        if self._own is not None:
            self._own.close()
            self._thread = self._own = None

    async def _open(self, port: int) -> int:
        live = self._upstream is not None and self._upstream.live
        self._client = httpx2.AsyncClient(trust_env=live, follow_redirects=False)
        return await self._listening().start(port)

    async def _shut(self) -> None:
        await self._listening().close()
        if self._client is not None:
            await self._client.aclose()

    def _listening(self) -> Listener:
        if self._listener is None:
            raise ConfigurationError("the forwarder was not started", remedy="Call start() first")
        return self._listener

    async def _conduct(self, conversation: Conversation) -> None:
        goes_on = True
        while goes_on:
            heard = await conversation.hear()
            goes_on = await self._take(conversation, heard)
            goes_on = goes_on and (heard.header("connection") or "").lower() != "close"

    async def _take(self, conversation: Conversation, heard: Heard) -> bool:
        """Deal with one request; whether the connection goes on."""
        asked = self._outward(heard)
        answer = await self._traffic.before(asked) if self._traffic.before else None
        if answer is None:
            return await self._forward(conversation, asked)
        return await self._say(conversation, asked, answer)

    async def _say(self, conversation: Conversation, heard: Heard, answer: Reply | Conduct) -> bool:
        if not isinstance(answer, Reply):
            await answer(conversation)
            return False
        await conversation.say(written(heard, self._inward(answer)))
        return True

    async def _forward(self, conversation: Conversation, heard: Heard) -> bool:
        if self._upstream is None or self._client is None:
            return await self._fail(conversation, heard, "there is no upstream")
        request = request_to(
            self._upstream, heard, self._traffic.timeout_s, unpacked=self._traffic.unpacked
        )
        try:
            response = await self._client.send(request, stream=True)
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            return await self._fail(conversation, heard, why(error))
        try:
            return await self._answer(conversation, heard, response)
        finally:
            await response.aclose()

    async def _answer(
        self, conversation: Conversation, heard: Heard, response: httpx2.Response
    ) -> bool:
        pieces = response.aiter_raw()
        try:
            body, ended = await _up_to(self._traffic.largest_bytes, pieces)
        except httpx2.TransportError as error:
            return await self._fail(conversation, heard, why(error))
        reply = Reply(response.status_code, fields_of(response), body)
        if ended:
            changed = await self._traffic.after(heard, reply) if self._traffic.after else None
            return await self._say(conversation, heard, reply if changed is None else changed)
        if self._traffic.whole:
            what = f"its answer is over {self._traffic.largest_bytes} bytes"
            return await self._fail(conversation, heard, what)
        return await _stream(conversation, reply, response, pieces)

    async def _fail(self, conversation: Conversation, heard: Heard, why: str) -> bool:
        if self._traffic.failed is not None:
            self._traffic.failed(heard, why)
        where = "" if self._upstream is None else f" {self._upstream.url}"
        await conversation.say(written(heard, _bad_gateway(f"the upstream{where}: {why}")))
        return True

    def _outward(self, heard: Heard) -> Heard:
        """A request as it is meant for the upstream."""
        if not self._homed or self._upstream is None:
            return heard
        moves = _moves(self.url, self._upstream.url)
        target = _moved(heard.target.encode("latin-1"), moves).decode("latin-1")
        body = heard.body if _packed(heard.headers) else _moved(heard.body, moves)
        return Heard(
            heard.method, target, heard.headers, body, heard.connection, heard.number, heard.at_s
        )

    def _inward(self, reply: Reply) -> Reply:
        """An answer as the client is meant to see it."""
        if self._upstream is None:
            return reply
        moves = _moves(self._upstream.url, self.url)
        headers = tuple(
            (name, _moved(value.encode("latin-1"), moves).decode("latin-1"))
            if name.lower() in _LOCATING
            else (name, value)
            for name, value in reply.headers
        )
        follow = self._homed and not _packed(headers)
        return Reply(reply.status, headers, _moved(reply.body, moves) if follow else reply.body)


async def _up_to(most: int, pieces: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """What there is, or a little more than `most` of it; and whether that is all."""
    held: list[bytes] = []
    size = 0
    async for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > most:
            return b"".join(held), False
    return b"".join(held), True


async def _stream(
    conversation: Conversation,
    begun: Reply,
    response: httpx2.Response,
    pieces: AsyncIterator[bytes],
) -> bool:
    """Pass on what is too large to hold, at the pace of whoever is slower."""
    size = response.headers.get("content-length")
    framing = ("content-length", size) if size else ("transfer-encoding", "chunked")
    fields = [pair for pair in begun.headers if pair[0].lower() != "content-length"]
    await conversation.say(_head(begun.status, (*fields, framing)))
    await conversation.say(_piece(begun.body, chunked=not size))
    try:
        async for piece in pieces:
            await conversation.say(_piece(piece, chunked=not size))
    except httpx2.TransportError:
        return False  # cut short, and the client sees it as it was: the connection ends
    await conversation.say(b"" if size else b"0\r\n\r\n")
    return True


def _piece(piece: bytes, *, chunked: bool) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece) if chunked and piece else piece


def written(heard: Heard, reply: Reply) -> bytes:
    """An answer to a request as it goes on the wire: its length is the body's, but for answers that
    announce a body and have none (to HEAD, and 304)."""
    bodiless = heard.method == "HEAD" or reply.status == HTTPStatus.NOT_MODIFIED
    if bodiless:
        return _head(reply.status, reply.headers)
    fields = tuple(pair for pair in reply.headers if pair[0].lower() != "content-length")
    if reply.status != HTTPStatus.NO_CONTENT:
        fields = (*fields, ("content-length", str(len(reply.body))))
    return _head(reply.status, fields) + reply.body


def _head(status: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    first, _, _ = Reply(status).head(0).partition(b"\r\n")
    lines = [f"{name}: {value}" for name, value in headers]
    return b"\r\n".join((first, *(line.encode("latin-1") for line in lines), b"", b""))


def _moves(old: str, new: str) -> tuple[tuple[re.Pattern[bytes], bytes], ...]:
    """How a base URL is written, and what takes its place: plainly, in JSON, in a query."""
    pairs = dict.fromkeys(
        (spell(old.rstrip("/")), spell(new.rstrip("/")))
        for spell in (str, lambda url: url.replace("/", r"\/"), lambda url: quote(url, safe=""))
    )
    end = rb"(?![A-Za-z0-9.\-:])"
    return tuple((re.compile(re.escape(a.encode()) + end), b.encode()) for a, b in pairs)


def _moved(text: bytes, moves: tuple[tuple[re.Pattern[bytes], bytes], ...]) -> bytes:
    for pattern, new in moves:
        text = pattern.sub(lambda _, new=new: new, text)  # type: ignore[misc]
    return text


def _packed(headers: tuple[tuple[str, str], ...]) -> bool:
    return any(
        name.lower() == "content-encoding" and value != "identity" for name, value in headers
    )


def _bad_gateway(problem: str) -> Reply:
    message = f"{problem}. The server that stands before it (bridgewright) made this answer"
    return json_reply({"error": {"type": "bridgewright_forwarder", "message": message}}, 502)
