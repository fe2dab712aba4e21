"""Killed at any instant under load, from outside: every delivery that was answered is stored."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.effects import ListItems
from bridgewright.core.model.operation import Selection
from bridgewright.engine.drive.clock import now
from tests.journeys.crashing import delivery, event_body
from tests.journeys.soundness import disorder

ROOT = Path(__file__).parents[2]
CONNECTIONS = 24
Kill = Callable[[int], None]
SERVING = """
import socket, sys
from pathlib import Path
import uvicorn
from bridgewright import Bridge
from bridgewright.settings import Settings, SourceSettings, StoreSettings
from tests.journeys.crashing import SECRET

source = SourceSettings("stripe", secrets=(SECRET,))
bridge = Bridge(Settings(store=StoreSettings(Path(sys.argv[1])), sources=(source,)))
bridge.migrate()
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
config = uvicorn.Config(bridge.inbox, log_level="error", lifespan="off")
uvicorn.Server(config).run(sockets=[listening])
"""


async def deliver(port: int, prefix: str, answered: list[str], kill: Kill) -> None:
    """Deliver one event after the other on one connection, until it breaks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        for n in range(100_000):
            key = f"evt_{prefix}_{n}"
            one = delivery(event_body(key, "invoice.paid"), now())
            fields = [name + b": " + value for name, value in one.headers.items()]
            head = [b"POST /stripe HTTP/1.1", b"Host: b", b"Content-Length: %d" % len(one.body)]
            writer.write(b"\r\n".join([*head, *fields]) + b"\r\n\r\n" + one.body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if answer.startswith(b"HTTP/1.1 200"):
                answered.append(key)
                kill(len(answered))
    writer.close()


async def until_killed(port: int, life: str, kill: Kill) -> list[str]:
    """Deliver on many connections until the server is no more."""
    answered: list[str] = []
    lines = (deliver(port, f"{life}_{n}", answered, kill) for n in range(CONNECTIONS))
    await asyncio.gather(*lines)
    return answered


def killing(pid: int, at: int) -> Kill:
    """Kills once so many deliveries were answered; the others are in all stages of their way."""
    return lambda answered: os.kill(pid, signal.SIGKILL) if answered == at else None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.slow
def test_every_delivery_that_was_answered_is_stored(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "s.db"
    dice = random.Random(seed)
    answered: list[str] = []
    for life in range(3):
        server = subprocess.Popen(
            [sys.executable, "-c", SERVING, path], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert server.stdout is not None
        port = int(server.stdout.readline())
        kill = killing(server.pid, dice.randrange(1, 400))
        answered += asyncio.run(until_killed(port, f"{seed}_{life}", kill))
        assert server.wait(20) == -signal.SIGKILL
        server.stdout.close()
        assert disorder(path) == []
    store = SqliteStore(path)
    stored = {row.event_id for row in store.answer(ListItems(Selection(), 1_000_000))}
    store.close()
    assert len(answered) >= 3
    assert set(answered) <= stored
