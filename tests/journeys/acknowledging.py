"""Takes deliveries in, one after the other: `python -m tests.journeys.acknowledging STORE LEVEL WAY`.

WAY `journey` writes `ack N` to standard output when a delivery may be acknowledged, and not before;
WAY `inbox` serves the inbox on loopback and delivers to it, so that the answers are HTTP. LEVEL is
the store's `synchronous`. Meant to be watched: by a trace of system calls, or by whoever kills it.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.bridge.faces import Faces
from bridgewright.bridge.runtime import Runtime
from bridgewright.certify.contracts.made import NOW
from bridgewright.engine.drive.clock import now
from bridgewright.engine.drive.journeys import BlockingWorld, run
from bridgewright.engine.receive import receive
from bridgewright.settings import Settings, SourceSettings, StoreSettings
from tests.journeys.crashing import SECRET, delivery, event_body, say, source

DELIVERIES = 5


def by_journey(path: str, level: str) -> None:
    """Take the deliveries in, without a server."""
    store = SqliteStore(path, synchronous=level)
    world = BlockingWorld(store)
    for n in range(DELIVERIES):
        body = event_body(f"evt_{n}", "invoice.paid")
        if run(receive(source(), delivery(body, NOW), lambda _: None), world).status == 200:
            say(f"ack {n}")
    store.close()


async def by_inbox(path: str, level: str) -> None:
    """Take the deliveries in through the inbox, under a real server."""
    stripe = SourceSettings("stripe", secrets=(SECRET,))
    runtime = Runtime(Settings(store=StoreSettings(Path(path)), sources=(stripe,)))
    runtime.store = SqliteStore(path, synchronous=level)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(Faces(runtime).asgi, log_level="error", lifespan="off", http="h11")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    for n in range(DELIVERIES):
        writer.write(request(event_body(f"evt_{n}", "invoice.paid")))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    writer.close()
    server.should_exit = True
    await serving
    runtime.close()


def request(body: bytes) -> bytes:
    """A signed delivery as the bytes of its request."""
    one = delivery(body, now())
    fields = [name + b": " + value for name, value in one.headers.items()]
    head = [b"POST /stripe HTTP/1.1", b"Host: b", b"Content-Length: %d" % len(body), *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


if __name__ == "__main__":
    if sys.argv[3] == "inbox":
        asyncio.run(by_inbox(sys.argv[1], sys.argv[2]))
    else:
        by_journey(sys.argv[1], sys.argv[2])
