"""One client's turn: `python -m benchmarks.sdk_client SDK SIDE CALLS`. Prints the CPU of a call."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from proofs.faults.contestants import MAKERS
from proofs.faults.subjects import SUBJECTS, Deed, Side, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM = 30
READS = frozenset({"githubkit"})
"""SDKs measured by a read, because their provider's published limits would hold up so many writes."""


def main(sdk: str, side: str, calls: int) -> None:
    """Call so many times and tell the CPU of each."""
    subject = next(each for each in SUBJECTS if each.name == sdk)
    deed = Deed.READ if sdk in READS else Deed.WRITE
    with _server(subject.answers) as url:
        os.environ.update(environment(subject.connection, url, 30))
        rate = f"BRIDGEWRIGHT_CONNECTIONS_{subject.connection.upper()}_RATE_PER_S"
        os.environ[rate] = "100000"
        make = MAKERS[sdk]
        if sdk.endswith("-async"):
            us = asyncio.run(_later(make, Side(side), url, deed, calls))
        else:
            us = _now(make(Side(side), url), deed, calls)
    print(json.dumps({"us": us}))


def _now(ask: Any, deed: Deed, calls: int) -> float:
    for _ in range(WARM):
        ask(deed)
    began = time.process_time()
    for _ in range(calls):
        ask(deed)
    return (time.process_time() - began) / calls * 1e6


async def _later(make: Any, side: Side, url: str, deed: Deed, calls: int) -> float:
    ask = make(side, url)
    for _ in range(WARM):
        await ask(deed)
    began = time.process_time()
    for _ in range(calls):
        await ask(deed)
    return (time.process_time() - began) / calls * 1e6


@contextmanager
def _server(provider: str) -> Iterator[str]:
    """A provider that answers well, in a process of its own."""
    command = [sys.executable, "-m", "bridgewright.simulate.faults", provider]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None:
            raise RuntimeError(provider)
        yield json.loads(server.stdout.readline())["none"]
        server.kill()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
