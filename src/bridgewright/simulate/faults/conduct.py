"""How each fault conducts a connection."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING

from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bridgewright.simulate.faults.answers import Answer
    from bridgewright.simulate.faults.journal import Journal
    from bridgewright.simulate.wire import Conversation, Heard

    Conduct = Callable[["Stage", Conversation], Awaitable[None]]
    Judge = Callable[["Stage", Heard, int], Reply]

MEGABYTE = 1_000_000
HUGE = 100 * MEGABYTE
UNPACKED = 256 * 1_024 * 1_024
HEADER_LINES = 16_000
_KEY = "idempotency-key"
_DRIPPED = 6_000
"""Bytes that drip: ten minutes at a tenth of a second each."""
_SERVER_HELLO = b"\x16\x03\x03\x40\x00" + bytes(_DRIPPED)
"""The beginning of a TLS record of 16 kB, which a client waits for the end of."""
_PAGE = b"<!doctype html><title>Sign in</title><h1>Welcome to our network</h1>"


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow the slow faults are; a test makes them quicker, a proof leaves them as they are."""

    drip_s: float = 0.1
    """Seconds between two bytes of what drips."""
    retry_after_s: int = 1
    """What 429 asks for, in seconds; as a date, a second more, for dates are whole seconds."""
    hold_s: float = 0.5
    """How long an answer that is held back is held."""
    times: int = 2
    """How many requests meet what goes on for some of them."""
    cut: float = 0.5
    """How much of a body arrives where it is cut, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What one port plays with: its books, the good answer, and the other host it may point to."""

    journal: Journal
    answer: Answer = field(repr=False)
    pace: Pace
    elsewhere: str
    healed: Callable[[], bool] = field(default=lambda: False, repr=False)
    """Whether an outage that lasts until somebody ends it is over."""

    async def hear(self, conversation: Conversation) -> tuple[Reply, int]:
        """Read a request, which may have happened; its good answer, and which attempt it was."""
        heard = await conversation.hear()
        return self.good(heard), self.enter(heard, happened=True)

    def enter(self, heard: Heard, *, happened: bool) -> int:
        """Note a request under its idempotency key."""
        return self.journal.enter(heard, happened=happened, key=heard.header(_KEY))

    def good(self, heard: Heard) -> Reply:
        """The good answer; said to be replayed where the key has been answered before."""
        reply = self.answer(heard)
        key = heard.header(_KEY)
        if key is not None and self.journal.knows(key):
            return Reply(
                reply.status, (*reply.headers, ("idempotent-replayed", "true")), reply.body
            )
        return reply


async def well(stage: Stage, conversation: Conversation) -> None:
    """Answers request after request."""
    while True:
        reply, _ = await stage.hear(conversation)
        await conversation.say(reply.written())


async def _silent(stage: Stage, conversation: Conversation) -> None:
    await stage.hear(conversation)
    await conversation.silence()


async def _slow_tls(stage: Stage, conversation: Conversation) -> None:
    if await conversation.anything():
        await conversation.drip(_SERVER_HELLO, stage.pace.drip_s)


async def _silent_after_headers(stage: Stage, conversation: Conversation) -> None:
    reply, _ = await stage.hear(conversation)
    await conversation.say(reply.head(_DRIPPED))
    await conversation.silence()


async def _dripped_headers(stage: Stage, conversation: Conversation) -> None:
    reply, _ = await stage.hear(conversation)
    first, _, _ = reply.head(0).partition(b"\r\n")
    await conversation.drip(first + b"\r\nx-slow: " + b"a" * _DRIPPED, stage.pace.drip_s)


async def _dripped_body(stage: Stage, conversation: Conversation) -> None:
    reply = with_a_body((await stage.hear(conversation))[0])
    body = reply.body.ljust(_DRIPPED)
    await conversation.say(reply.head(len(body)))
    await conversation.drip(body, stage.pace.drip_s)


async def _reset(stage: Stage, conversation: Conversation) -> None:
    reply, attempt = await stage.hear(conversation)
    if attempt == 1:
        conversation.reset()
        return
    await conversation.say(reply.written())
    await well(stage, conversation)


async def _huge_body(stage: Stage, conversation: Conversation) -> None:
    reply, _ = await stage.hear(conversation)
    await conversation.say(with_a_body(reply).head(HUGE))
    await conversation.pour(_padding(HUGE))


async def _header_bomb(stage: Stage, conversation: Conversation) -> None:
    await stage.hear(conversation)
    await conversation.say(b"HTTP/1.1 200 OK\r\n")
    await conversation.pour(b"x-pad-%d: %s\r\n" % (n, b"a" * 1_000) for n in range(HEADER_LINES))


async def _garbage(stage: Stage, conversation: Conversation) -> None:
    await stage.hear(conversation)
    await conversation.say(b"220 mail.example ESMTP ready\r\n221 Bye\r\n")


async def _stale(stage: Stage, conversation: Conversation) -> None:
    reply, _ = await stage.hear(conversation)
    await conversation.say(reply.written())
    await stage.hear(conversation)


def replying(judge: Judge, *, happened: Callable[[int], bool] = lambda _: True) -> Conduct:
    """Conducts a connection politely: what is wrong is in the answers."""

    async def conduct(stage: Stage, conversation: Conversation) -> None:
        while True:
            heard = await conversation.hear()
            attempt = len(stage.journal.entries) + 1
            reply = judge(stage, heard, attempt)
            stage.enter(heard, happened=happened(attempt))
            await conversation.say(reply.written())

    return conduct


def _closing(cut: Callable[[Reply], bytes]) -> Conduct:
    """Once, says so much of the good answer and hangs up."""

    async def conduct(stage: Stage, conversation: Conversation) -> None:
        reply, attempt = await stage.hear(conversation)
        if attempt == 1:
            await conversation.say(cut(reply))
            return
        await conversation.say(reply.written())
        await well(stage, conversation)

    return conduct


def _half(reply: Reply) -> bytes:
    whole = with_a_body(reply)
    return whole.head(len(whole.body)) + whole.body[: len(whole.body) // 2]


def with_a_body(reply: Reply) -> Reply:
    """An answer that there is something of to cut, drip or pack."""
    if reply.body:
        return reply
    return Reply(reply.status, (*reply.headers, ("content-type", "text/plain")), b"accepted")


def _unavailable(stage: Stage, heard: Heard, attempt: int) -> Reply:
    return stage.good(heard) if attempt > 2 else trouble(503)  # noqa: PLR2004 - twice


def _failed(stage: Stage, heard: Heard, attempt: int) -> Reply:
    del stage, heard, attempt
    return trouble(500)


def throttled(after: Callable[[Pace], str], *, times: float = 1) -> Conduct:
    """429 so many times, with a Retry-After."""

    def judge(stage: Stage, heard: Heard, attempt: int) -> Reply:
        if attempt > times:
            return stage.good(heard)
        return trouble(429, ("retry-after", after(stage.pace)))

    return replying(judge, happened=lambda attempt: attempt > times)


def _date(pace: Pace) -> str:
    at = datetime.now(UTC) + timedelta(seconds=pace.retry_after_s + 1)
    return format_datetime(at, usegmt=True)


def _invalid_json(stage: Stage, heard: Heard, attempt: int) -> Reply:
    del attempt
    good = stage.good(heard)
    return Reply(good.status, good.headers, b'{"id": "cus_1", "object":')


def _html(stage: Stage, heard: Heard, attempt: int) -> Reply:
    del stage, heard, attempt
    return Reply(200, (("content-type", "text/html; charset=utf-8"),), _PAGE)


def _bomb(stage: Stage, heard: Heard, attempt: int) -> Reply:
    del attempt
    good = stage.good(heard)
    kept = tuple(pair for pair in good.headers if pair[0] != "content-encoding")
    return Reply(good.status, (*kept, ("content-encoding", "gzip")), bomb())


def _redirect(status: int) -> Conduct:
    def judge(stage: Stage, heard: Heard, attempt: int) -> Reply:
        del attempt
        return Reply(status, (("location", stage.elsewhere + heard.target),))

    return replying(judge, happened=lambda _: False)


def trouble(status: int, *headers: tuple[str, str]) -> Reply:
    """A refusal as APIs write it: in JSON, saying little."""
    reply = json_reply({"error": {"type": "api_error", "message": "Not now."}}, status)
    now = ("date", format_datetime(datetime.now(UTC), usegmt=True))
    return Reply(status, (*reply.headers, now, *headers), reply.body)


def _padding(size: int) -> Iterator[bytes]:
    """A JSON object of that many bytes."""
    head, piece, tail = b'{"id": "thing_1", "pad": "', b"a" * 65_536, b'"}'
    left = size - len(head) - len(tail)
    yield head
    for start in range(0, left, len(piece)):
        yield piece[: left - start]
    yield tail


@cache
def bomb() -> bytes:
    """The gzip bomb; making it takes seconds, so who measures time asks for it before."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        for piece in _padding(UNPACKED):
            file.write(piece)
    return packed.getvalue()


CONDUCTS: dict[Fault, Conduct] = {
    Fault.NONE: well,
    Fault.SLOW_TLS: _slow_tls,
    Fault.SILENT: _silent,
    Fault.SILENT_AFTER_HEADERS: _silent_after_headers,
    Fault.DRIPPED_HEADERS: _dripped_headers,
    Fault.DRIPPED_BODY: _dripped_body,
    Fault.UNAVAILABLE_TWICE: replying(_unavailable),
    Fault.SERVER_ERROR: replying(_failed),
    Fault.THROTTLED: throttled(lambda pace: str(pace.retry_after_s)),
    Fault.THROTTLED_DATE: throttled(_date),
    Fault.THROTTLED_HOUR: throttled(lambda _: "3600", times=float("inf")),
    Fault.THROTTLED_GARBAGE: throttled(lambda _: "soon, we hope"),
    Fault.RESET: _reset,
    Fault.LOST_RESPONSE: _closing(lambda _: b""),
    Fault.TRUNCATED: _closing(_half),
    Fault.INVALID_JSON: replying(_invalid_json),
    Fault.HTML: replying(_html, happened=lambda _: False),
    Fault.HUGE_BODY: _huge_body,
    Fault.GZIP_BOMB: replying(_bomb),
    Fault.HEADER_BOMB: _header_bomb,
    Fault.GARBAGE: _garbage,
    Fault.FOUND_ELSEWHERE: _redirect(302),
    Fault.MOVED_ELSEWHERE: _redirect(307),
    Fault.STALE: _stale,
}
"""Every fault but the two that take no connection: refused and black-holed."""
