"""Who sends: connections to two inboxes that deliver at a pace, each event until it is acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field

CONNECTIONS = 32
AGAIN_S = 0.3
"""How long what was not taken waits to be brought again."""
ANSWER_S = 20.0
SECRET = "whsec_soak_only_0f3b1c5d7e9a2b4c"  # noqa: S105 - made up, and used on loopback only


@dataclass(slots=True)
class Sent:
    """The sender's book. `unanswered` are requests of which nobody can say whether they arrived."""

    acknowledged: set[str] = field(default_factory=set)
    posted: int = 0
    turned_away: int = 0
    unanswered: int = 0


class Crowd:
    """Delivers to each of `ports` in turn. `rate_per_s` None is as fast as answers come."""

    def __init__(self, ports: tuple[int, ...], book: Sent, prefix: str) -> None:
        self._ports = ports
        self._book = book
        self._prefix = prefix
        self._number = 0
        self._began_at_s = 0.0

    async def deliver(self, seconds: float, rate_per_s: float | None) -> None:
        """Deliver new events for so long, and end when each of them is acknowledged."""
        self._began_at_s = time.monotonic()
        lines = (self._line(n, seconds, rate_per_s) for n in range(CONNECTIONS))
        await asyncio.gather(*lines)

    async def _line(self, n: int, seconds: float, rate_per_s: float | None) -> None:
        port = self._ports[n % len(self._ports)]
        line = Line(port, self._book)
        while True:
            number = self._number
            due_s = 0.0 if rate_per_s is None else number / rate_per_s
            passed_s = time.monotonic() - self._began_at_s
            if max(passed_s, due_s) > seconds:
                break
            self._number += 1
            if due_s > passed_s:
                await asyncio.sleep(due_s - passed_s)
            await line.bring(f"evt_{self._prefix}{number}")
        line.close()


class Line:
    """One connection, made again whenever it breaks."""

    def __init__(self, port: int, book: Sent) -> None:
        self._port = port
        self._book = book
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def bring(self, key: str) -> None:
        """Post one event until it is acknowledged."""
        while not await self._post(key):  # noqa: ASYNC110 - an answer of another process sets no event
            await asyncio.sleep(AGAIN_S)
        self._book.acknowledged.add(key)

    async def _post(self, key: str) -> bool:
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            self._book.turned_away += 1
            return False
        self._book.posted += 1
        try:
            async with asyncio.timeout(ANSWER_S):
                status = await self._exchange(request(key))
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            self._book.unanswered += 1
            self.close()
            return False
        self._book.turned_away += status != b"200"
        return status == b"200"

    async def _exchange(self, text: bytes) -> bytes:
        assert self._streams is not None
        reader, writer = self._streams
        writer.write(text)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if line)
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
        if b"close" in fields.get(b"connection", b""):
            self.close()
        return head.split(b" ", 2)[1]

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
        self._streams = None


def request(key: str) -> bytes:
    """One delivery as Stripe signs it, a whole HTTP request."""
    event = {"id": key, "object": "event", "type": "invoice.paid", "created": int(time.time())}
    body = json.dumps(event | {"data": {"object": {"id": f"in_{key}"}}}).encode()
    at = int(time.time())
    digest = hmac.new(SECRET.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /webhooks/stripe HTTP/1.1\r\nHost: soak\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/json\r\nStripe-Signature: t={at},v1={digest}\r\n\r\n"
    )
    return head.encode() + body
