"""One process of several that call with one account:
`python -m tests.journeys.sharing BASE REDIS PREFIX THREADS SECONDS
[--rate N] [--outage local|refuse] [--processes N]`.

Says that it is ready, waits for a line, calls as fast as its engine lets it, from threads and from a
loop, and prints what became of the calls.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright import Bridge
from bridgewright.core.errors import CallError, RetryLater
from bridgewright.core.model.fact import CallAttempted, GateLost, GateRegained, ThrottleClosed
from bridgewright.settings import Settings
from bridgewright.settings.gates import GatesSettings
from bridgewright.settings.outbound import ConnectionSettings
from bridgewright.settings.values import StoreSettings

if TYPE_CHECKING:
    from bridgewright.core.model.fact import Fact


def bridge(arguments: argparse.Namespace) -> Bridge:
    """A bridge that shares one account."""
    connection = ConnectionSettings(
        "acme",
        provider="http",
        base_url=arguments.base,
        rate_per_s=arguments.rate or None,
        deadline_s=3.0,
        max_wait_s=3.0,
        processes=arguments.processes,
    )
    gates = GatesSettings(arguments.redis, arguments.outage, prefix=arguments.prefix)
    store = StoreSettings(Path("never-opened.db"))
    return Bridge(Settings(store, connections=(connection,), gates=gates))


@dataclass
class Heard:
    """What became of the calls, and what was told meanwhile."""

    ended: Counter[str] = field(default_factory=Counter)
    facts: list[str] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    def hear(self, fact: Fact) -> None:
        if isinstance(fact, CallAttempted):
            self.sent.append(time.monotonic() - fact.attempt.elapsed_s)
        elif isinstance(fact, GateLost | GateRegained | ThrottleClosed):
            self.facts.append(type(fact).__name__)


def call(client: Any, until: float, heard: Heard) -> None:
    """Call from a thread."""
    while time.monotonic() < until:
        try:
            client.get("/thing")
            heard.ended["done"] += 1
        except (CallError, RetryLater) as error:
            heard.ended[type(error).__name__] += 1
            threading.Event().wait(0.01)


async def call_async(client: Any, until: float, heard: Heard) -> None:
    """Call from a loop."""
    while time.monotonic() < until:
        try:
            await client.get("/thing")
            heard.ended["done on a loop"] += 1
        except (CallError, RetryLater) as error:
            heard.ended[type(error).__name__] += 1
            await asyncio.to_thread(threading.Event().wait, 0.01)


async def _twice(client: Any, until: float, heard: Heard) -> None:
    await asyncio.gather(*(call_async(client, until, heard) for _ in range(2)))


def main(arguments: argparse.Namespace) -> None:
    """Call until the time is over."""
    made, heard = bridge(arguments), Heard()
    made.observe(heard.hear)
    client, looped = made.http("acme"), made.as_async().http("acme")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    until = time.monotonic() + arguments.seconds
    running = [
        threading.Thread(target=call, args=(client, until, heard)) for _ in range(arguments.threads)
    ]
    alone = threading.Thread(target=lambda: asyncio.run(_twice(looped, until, heard)))
    for each in (*running, alone):
        each.start()
    for each in (*running, alone):
        each.join()
    made.close()
    sys.stdout.write(json.dumps(asdict(heard)))


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser()
    for name in ("base", "redis", "prefix"):
        parser.add_argument(name)
    parser.add_argument("threads", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--outage", default="local")
    parser.add_argument("--processes", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main(arguments())
