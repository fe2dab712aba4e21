"""How each kind of fault is played on a connection."""

from __future__ import annotations

import json
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from bridgewright.simulate.faults.rules import Kind
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.faults.rules import Rule
    from bridgewright.simulate.wire import Conversation

GIANT_BYTES = 1_048_576
_PAGE = b"<!doctype html><title>Sign in</title><h1>Welcome to our network</h1>"
_NOT_HTTP = b"220 mail.example ESMTP ready\r\n221 Bye\r\n"
_TYPES = {str: 7, bool: "yes", int: "seven", float: "seven", list: {}, dict: [], type(None): "text"}


async def say(conversation: Conversation, rule: Rule, reply: Reply | None, now_s: float) -> bool:
    """Play a fault with the answer there would be, None where nothing was carried out; whether the
    connection goes on."""
    good = reply or Reply(200, (("content-type", "application/json"),), b"{}")
    match rule.kind:
        case Kind.STALL:
            await conversation.silence()
            return False
        case Kind.RESET:
            conversation.reset()
            return False
        case Kind.CLOSE:
            return False
        case Kind.GARBAGE:
            await conversation.say(_NOT_HTTP)
            return False
        case (
            Kind.TRICKLE | Kind.TRUNCATE | Kind.TRUNCATE_CHUNKED | Kind.GIANT_HEADER | Kind.LENGTHS
        ):
            await _badly_framed(conversation, rule, good)
            return False
        case _:
            await conversation.say(changed(good, rule, now_s).written())
            return True


async def _badly_framed(conversation: Conversation, rule: Rule, good: Reply) -> None:
    body = good.body or b"{}"
    half = body[: len(body) // 2]
    match rule.kind:
        case Kind.TRICKLE:
            await conversation.say(good.head(len(body)))
            await conversation.drip(body, rule.seconds)
        case Kind.TRUNCATE_CHUNKED:
            head = good.head(len(body)).replace(
                b"content-length: %d" % len(body), b"transfer-encoding: chunked"
            )
            await conversation.say(head + b"%x\r\n%s\r\n" % (len(half), half))
        case Kind.GIANT_HEADER:
            padded = replace(good, headers=(*good.headers, ("x-pad", "a" * GIANT_BYTES)))
            await conversation.say(padded.written())
        case Kind.LENGTHS:
            twice = replace(good, headers=(*good.headers, ("content-length", str(len(body) + 7))))
            await conversation.say(twice.written())
        case _:
            await conversation.say(good.head(len(body)) + half)


def changed(good: Reply, rule: Rule, now_s: float) -> Reply:  # noqa: PLR0911 - one for each kind
    """The answer that a fault makes of a good one, with its length right."""
    match rule.kind:
        case Kind.HTML:
            return Reply(200, (("content-type", "text/html; charset=utf-8"),), _PAGE)
        case Kind.EMPTY:
            return Reply(200, good.headers)
        case Kind.BAD_GZIP:
            return replace(good, headers=(*good.headers, ("content-encoding", "gzip")))
        case Kind.NOT_JSON:
            return replace(good, body=good.body[: max(1, len(good.body) // 2)])
        case Kind.DRIFT:
            return replace(good, body=_drifted(good.body, rule))
        case Kind.SKEW:
            kept = tuple(pair for pair in good.headers if pair[0] != "date")
            date = ("date", formatdate(now_s + rule.seconds, usegmt=True))
            return replace(good, headers=(*kept, date))
        case Kind.REDIRECT:
            return Reply(rule.status, (("location", rule.name),))
        case _:
            return good


def with_retry_after(reply: Reply, rule: Rule) -> Reply:
    """A refusal that says when to come again, as the rule has it."""
    if rule.retry_after is None:
        return reply
    kept = tuple(pair for pair in reply.headers if pair[0] != "retry-after")
    return replace(reply, headers=(*kept, ("retry-after", rule.retry_after)))


def _drifted(body: bytes, rule: Rule) -> bytes:
    """JSON with one field changed; anything else, and a field that is not there, stays as it is."""
    try:
        content = json.loads(body)
    except ValueError:
        return body
    *outer, last = rule.name.split(".")
    place = content
    for name in outer:
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        return body
    if rule.how == "add":
        place[last] = "unheard of"
    elif last in place:
        place[last] = {"null": None, "enum": "unheard_of"}.get(rule.how, _TYPES[type(place[last])])
    return json.dumps(content).encode()
