"""How each ordeal conducts a connection."""

from __future__ import annotations

import asyncio
import gzip
import io
import ssl
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING

from bridgewright.simulate.faults.conduct import replying, throttled, trouble, well, with_a_body
from bridgewright.simulate.faults.ordeal import Ordeal
from bridgewright.simulate.wire import Conversation, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.faults.conduct import Conduct, Stage
    from bridgewright.simulate.wire import Heard

LEAST_CUT = 1
"""Bytes that are missing at least where a body is cut."""
_PIECE = b"a" * 65_536
_QUICK_PIECES = 4_000
"""After 256 MB what is endless goes on slowly: the point is made, and the machine is shared."""
_SLOW_PIECE_S = 0.05
_IDLE_S = 0.05
"""How long a connection is kept that is said to be kept for longer."""
_PEACE_S = 0.15
"""How long a provider that has just come back takes for an answer."""
_FLOOD = 1_000
"""Interim answers that are written at once."""


def _always(status: int) -> Conduct:
    return replying(lambda _stage, _heard, _attempt: trouble(status), happened=lambda _: False)


def _unavailable(stage: Stage, heard: Heard, attempt: int) -> Reply:
    return stage.good(heard) if attempt > stage.pace.times else trouble(503)


async def _slow_unavailable(stage: Stage, conversation: Conversation) -> None:
    while True:
        await stage.hear(conversation)
        await asyncio.sleep(stage.pace.hold_s)
        await conversation.say(trouble(503).written())


async def _outage(stage: Stage, conversation: Conversation) -> None:
    while True:
        reply, _ = await stage.hear(conversation)
        if not stage.healed():
            await conversation.say(trouble(503).written())
            continue
        await _hold(stage, _PEACE_S)
        await conversation.say(reply.written())


async def _held(stage: Stage, conversation: Conversation) -> None:
    while True:
        reply, _ = await stage.hear(conversation)
        await _hold(stage, stage.pace.hold_s)
        await conversation.say(reply.written())


async def _hold(stage: Stage, for_s: float) -> None:
    stage.journal.held()
    try:
        await asyncio.sleep(for_s)
    finally:
        stage.journal.let_go()


async def _in_progress(stage: Stage, conversation: Conversation) -> None:
    while True:
        reply, attempt = await stage.hear(conversation)
        if attempt == 1:
            return
        conflict = attempt == 2  # noqa: PLR2004 - the second
        await conversation.say((trouble(HTTPStatus.CONFLICT) if conflict else reply).written())


async def _cut(stage: Stage, conversation: Conversation) -> None:
    reply = with_a_body((await stage.hear(conversation))[0])
    await conversation.say(reply.head(len(reply.body)) + _part(stage, reply.body))


async def _cut_chunked(stage: Stage, conversation: Conversation) -> None:
    reply = with_a_body((await stage.hear(conversation))[0])
    part = _part(stage, reply.body)
    await conversation.say(_chunked_head(reply) + b"%x\r\n%s\r\n" % (len(part), part))


def _part(stage: Stage, body: bytes) -> bytes:
    kept = max(1, min(len(body) - LEAST_CUT, int(len(body) * stage.pace.cut)))
    return body[:kept]


def _chunked_head(reply: Reply) -> bytes:
    first, _, fields = reply.head(0).partition(b"\r\n")
    kept = [line for line in fields.split(b"\r\n") if not line.startswith(b"content-length")]
    return b"\r\n".join([first, b"transfer-encoding: chunked", *kept])


def _empty(stage: Stage, heard: Heard, attempt: int) -> Reply:
    del stage, heard, attempt
    return Reply(200, (("content-type", "application/json"),))


def _bad_gzip(stage: Stage, heard: Heard, attempt: int) -> Reply:
    del attempt
    good = with_a_body(stage.good(heard))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(good.body)
    whole = bytearray(packed.getvalue())
    whole[-8:] = b"\x00" * 8  # the check sum and the length
    whole[12:16] = b"\xff\xff\xff\xff"  # ... and the stream itself
    return Reply(good.status, (*good.headers, ("content-encoding", "gzip")), bytes(whole))


async def _two_lengths(stage: Stage, conversation: Conversation) -> None:
    reply = with_a_body((await stage.hear(conversation))[0])
    head = reply.head(len(reply.body)).removesuffix(b"\r\n\r\n")
    await conversation.say(head + b"\r\ncontent-length: 5\r\n\r\n" + reply.body)


async def _endless(stage: Stage, conversation: Conversation) -> None:
    reply = with_a_body((await stage.hear(conversation))[0])
    await conversation.say(_chunked_head(reply))
    piece = b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE)
    for number in count():
        await conversation.say(piece)
        await asyncio.sleep(0 if number < _QUICK_PIECES else _SLOW_PIECE_S)


async def _continue_flood(stage: Stage, conversation: Conversation) -> None:
    await stage.hear(conversation)
    while True:
        await conversation.say(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * _FLOOD)
        await asyncio.sleep(0)


def _loop(stage: Stage, heard: Heard, attempt: int) -> Reply:
    del stage
    path, _, _ = heard.target.partition("?")
    return Reply(302, (("location", f"{path}?again={attempt}"),))


def _elsewhere(status: int, *, same_host: bool = False) -> Conduct:
    def judge(stage: Stage, heard: Heard, attempt: int) -> Reply:
        del attempt
        place = stage.elsewhere
        if same_host:
            place = place.replace("localhost", "127.0.0.1")
        return Reply(status, (("location", place + heard.target),))

    return replying(judge, happened=lambda _: False)


async def _idle_closed(stage: Stage, conversation: Conversation) -> None:
    reply, _ = await stage.hear(conversation)
    await conversation.say(reply.written())
    await asyncio.sleep(_IDLE_S)


def _over_tls(ordeal: Ordeal) -> Conduct:
    async def conduct(stage: Stage, conversation: Conversation) -> None:
        from bridgewright.simulate.faults.certificates import context_of  # noqa: PLC0415

        inside = await secured(conversation, context_of(ordeal))
        if inside is not None:
            await well(stage, inside)

    return conduct


async def secured(conversation: Conversation, context: ssl.SSLContext) -> Conversation | None:
    """Shake hands as a TLS server, and hear one request inside; None when the caller refuses. The
    handshake is done by hand so that one that fails has been a connection too."""
    arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    inside = context.wrap_bio(arriving, leaving, server_side=True)
    if not await _until(inside.do_handshake, conversation, arriving, leaving):
        return None
    reader = asyncio.StreamReader(limit=65_536)

    async def fill() -> None:
        while await _until(
            lambda: reader.feed_data(_read(inside)), conversation, arriving, leaving
        ):
            continue
        reader.feed_eof()

    async def write(data: bytes) -> None:
        inside.write(data)
        await conversation.say(leaving.read())

    filling = asyncio.ensure_future(fill())
    return Conversation(conversation.number, reader, _Inside(write, filling))  # type: ignore[arg-type]


def _read(inside: ssl.SSLObject) -> bytes:
    data = inside.read(65_536)
    if not data:
        raise ssl.SSLEOFError
    return data


async def _until(
    step: Callable[[], object],
    conversation: Conversation,
    arriving: ssl.MemoryBIO,
    leaving: ssl.MemoryBIO,
) -> bool:
    """Do a step of TLS as soon as enough has arrived for it; whether it could be done."""
    while True:
        try:
            step()
        except ssl.SSLWantReadError:
            if leaving.pending:
                await conversation.say(leaving.read())
            data = await _more(conversation)
            if not data:
                return False
            arriving.write(data)
        except ssl.SSLError:
            return False
        else:
            if leaving.pending:
                await conversation.say(leaving.read())
            return True


async def _more(conversation: Conversation) -> bytes:
    """What comes next; nothing when the caller has gone, however it went."""
    try:
        return await conversation.anything()
    except ConnectionError:
        return b""


class _Inside:
    """What a conversation inside TLS writes to."""

    __slots__ = ("_filling", "_pending", "_write")

    def __init__(self, write: Callable[[bytes], object], filling: asyncio.Future[None]) -> None:
        self._write = write
        self._filling = filling  # held, so that it is not collected while it reads
        self._pending = b""

    def write(self, data: bytes) -> None:
        self._pending += data

    async def drain(self) -> None:
        data, self._pending = self._pending, b""
        await self._write(data)  # type: ignore[misc]


TRIALS: dict[Ordeal, Conduct] = {
    Ordeal.UNAVAILABLE: replying(lambda _stage, _heard, _attempt: trouble(503)),
    Ordeal.UNAVAILABLE_TIMES: replying(_unavailable),
    Ordeal.SLOW_UNAVAILABLE: _slow_unavailable,
    Ordeal.OUTAGE: _outage,
    Ordeal.HELD: _held,
    Ordeal.BAD_REQUEST: _always(400),
    Ordeal.UNAUTHORIZED: _always(401),
    Ordeal.FORBIDDEN: _always(403),
    Ordeal.UNPROCESSABLE: _always(422),
    Ordeal.THROTTLED_ZERO: throttled(lambda _: "0"),
    Ordeal.THROTTLED_NEGATIVE: throttled(lambda _: "-5"),
    Ordeal.IN_PROGRESS: _in_progress,
    Ordeal.CUT: _cut,
    Ordeal.CUT_CHUNKED: _cut_chunked,
    Ordeal.EMPTY: replying(_empty, happened=lambda _: False),
    Ordeal.BAD_GZIP: replying(_bad_gzip),
    Ordeal.TWO_LENGTHS: _two_lengths,
    Ordeal.ENDLESS: _endless,
    Ordeal.CONTINUE_FLOOD: _continue_flood,
    Ordeal.REDIRECT_LOOP: replying(_loop, happened=lambda _: False),
    Ordeal.PERMANENTLY_ELSEWHERE: _elsewhere(308),
    Ordeal.FOUND_OTHER_PORT: _elsewhere(302, same_host=True),
    Ordeal.MOVED_OTHER_PORT: _elsewhere(307, same_host=True),
    Ordeal.IDLE_CLOSED: _idle_closed,
} | {ordeal: _over_tls(ordeal) for ordeal in Ordeal if ordeal.startswith("tls")}
"""Every ordeal."""
