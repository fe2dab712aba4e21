"""What came in, given to whoever holds the token: GET /<source>, held open until there is something.

An ASGI application that no stranger gets anything of: without the right token the answer to every path is
the same. Payloads leave byte for byte; neither they nor the token are ever told to a log.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

from bridgewright.core.errors import StoreError
from bridgewright.core.model.inbound import Answer, Headers
from bridgewright.core.model.moment import Moment
from bridgewright.engine.control import LISTEN_PAGE

if TYPE_CHECKING:
    from bridgewright.adapters.web.asgi import Receive, Scope, Send
    from bridgewright.core.model.item import Item
    from bridgewright.core.model.listening import Stretch
    from bridgewright.core.model.secret import Secret

LONGEST_WAIT_S = 25.0
"""How long a question may be held open: shorter than the minute after which proxies hang up."""
MOST_ASKING = 16
"""Questions that are held open at once, of all listeners together; one more is told to come again."""
BUSY_AFTER_S = 2
_DIGITS = 18


class Inbound(Protocol):
    """What the relay needs of the bridge."""

    def provider(self, source: str) -> str | None:
        """Whose webhooks a source's are, None where there is no such source."""

    def now(self) -> Moment: ...

    async def heard(self, question: Question) -> Stretch:
        """What came in after an item; where that is nothing, what comes within `wait_s`."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a listener asks: after which item, or since when, how much of it (0: only whether we are
    there), and how long it has patience."""

    source: str
    after: int | None = None
    since: Moment | None = None
    limit: int = LISTEN_PAGE
    wait_s: float = 0.0


class Seats:
    """How many questions are open. All of them are on one loop."""

    __slots__ = ("_left",)

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self) -> bool:
        """Whether there was one left."""
        if not self._left:
            return False
        self._left -= 1
        return True

    def leave(self) -> None:
        """Give it back."""
        self._left += 1


@dataclass(frozen=True, slots=True)
class Relay:
    """GET /<source>?after=N&wait_s=S answers with what came in, as JSON; `since=MICROSECONDS` begins there,
    and `limit=0` asks only whether anybody is there.

    401 without the token, 404 for a source that is not configured, 400 for a question that is none, 409
    for a number that this store never gave out, 429 when too many ask, 503 when the store does not answer.
    """

    inbound: Inbound = field(repr=False)
    token: Secret = field(repr=False)
    seats: Seats = field(default_factory=lambda: Seats(MOST_ASKING), repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point; `path` is below our mount. A listener that hangs up is not waited for."""
        asked = scope["method"], scope["path"], Headers(scope["headers"]), scope["query_string"]
        answering = asyncio.create_task(self.answer(*asked))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((answering, gone), return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                await _reply(send, answering.result())
        finally:
            answering.cancel()
            gone.cancel()

    async def answer(self, method: str, path: str, headers: Headers, query: bytes) -> Answer:
        """The answer to one question."""
        if not self._knows(headers.every(b"authorization")):
            return _refusal(401, "wrong_token", ("www-authenticate", "Bearer"))
        question = _question(path, query) if method == "GET" else None
        if question is None:
            return _refusal(400, "no_question")
        provider = self.inbound.provider(question.source)
        if provider is None:
            return _refusal(404, "unknown_source")
        if not self.seats.take():
            return _refusal(429, "too_many", ("retry-after", str(BUSY_AFTER_S)))
        try:
            return await self._told(question, provider)
        finally:
            self.seats.leave()

    async def _told(self, question: Question, provider: str) -> Answer:
        try:
            stretch = await self.inbound.heard(question)
        except StoreError as error:
            return _refusal(503, error.code, ("retry-after", str(BUSY_AFTER_S)))
        if question.after is not None and question.after > stretch.last:
            return _refusal(409, "cursor_ahead", last=stretch.last)
        return Answer(200, _json(told(stretch, question.source, provider, self.inbound.now())))

    def _knows(self, shown: list[bytes]) -> bool:
        """Whether exactly one field shows the token. Digests are compared: they take the same time
        whatever was shown, and however long it was."""
        expected = hashlib.sha256(b"Bearer " + self.token.reveal().encode()).digest()
        found = hashlib.sha256(shown[0] if len(shown) == 1 else b"").digest()
        return hmac.compare_digest(expected, found)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _reply(send: Send, answer: Answer) -> None:
    fields = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    fields += [(name.encode(), value.encode()) for name, value in answer.headers]
    fields.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": fields})
    await send({"type": "http.response.body", "body": answer.body})


def told(stretch: Stretch, source: str, provider: str, at: Moment) -> dict[str, Any]:
    """A stretch as a listener is told it. Moments are microseconds; of header values each character is a
    byte, and bodies are base64: both come out as they went in."""
    return {
        "source": source,
        "provider": provider,
        "at": at,
        "reached": stretch.reached,
        "behind": stretch.behind,
        "held": stretch.held,
        "events": [_event(item) for item in stretch.items],
    }


def _event(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "type": item.event_type,
        "event_id": item.event_id,
        "received_at": item.received_at,
        "origin": str(item.origin),
        "replays": item.replays,
        "headers": [[name, value.encode().decode("latin-1")] for name, value in item.headers],
        "body": base64.b64encode(item.body).decode("ascii"),
    }


def _question(path: str, query: bytes) -> Question | None:
    """What is asked; None for what is no question of ours."""
    try:
        asked = parse_qs(query.decode("ascii"), strict_parsing=bool(query), max_num_fields=4)
    except ValueError:
        return None
    numbers = {name: _number(values) for name, values in asked.items()}
    if not numbers.keys() <= {"after", "since", "limit", "wait_s"} or None in numbers.values():
        return None
    since, wait_s = numbers.get("since"), float(numbers.get("wait_s") or 0)
    return Question(
        source=path.strip("/"),
        after=numbers.get("after"),
        since=None if since is None else Moment(since),
        limit=min(numbers.get("limit", LISTEN_PAGE) or 0, LISTEN_PAGE),
        wait_s=min(wait_s, LONGEST_WAIT_S),
    )


def _number(values: list[str]) -> int | None:
    [text, *more] = values
    right = not more and text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return int(text) if right else None


def _refusal(status: int, why: str, *headers: tuple[str, str], **more: object) -> Answer:
    return Answer(status, _json({"error": why, **more}), headers=headers)


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
