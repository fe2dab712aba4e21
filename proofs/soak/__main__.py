"""`make proof NAME=soak`, or `python -m proofs soak --minutes 5 [--store postgres]`.

On PostgreSQL (a server of the proof's own) and then on SQLite: two `serve`, two `worker`. The peak is
measured first, then deliveries come at 60 % of it for some minutes, while a worker is killed every ten
seconds and the database is restarted twice, once as a crash. At the end the books must balance, and the
memory of the inboxes must be flat. Writes `proofs/results/soak.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import sqlite3
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright import __version__
from bridgewright.core.errors import StoreError
from proofs.soak.crowd import Crowd, Sent
from proofs.soak.house import House
from proofs.soak.judge import FLAT, Ledger, balance, growth, runs_of, slope
from tests.contracts.cluster import Cluster

if TYPE_CHECKING:
    from bridgewright.bridge import AsyncBridge

RESULT = Path(__file__).parents[1] / "results" / "soak.md"
PEAK_S = 15.0
SHARE = 0.6
KILL_EVERY_S = 10.0
DRAIN_S = 300.0
WORDS = """\
A worker is killed every ten seconds and another hired. PostgreSQL is restarted twice, once as a crash;
SQLite, which has no server, is locked for two seconds twice. Peak is what goes through from delivery to
handler without any of that."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one store's soak found."""

    kind: str
    peak_per_s: float
    rate_per_s: float
    sent: Sent
    ledger: Ledger
    house: House
    drained_s: float

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that is wrong."""
        grown = [
            f"the memory of {name} grew by {growth(samples):.0%}"
            for name, samples in self.house.memory.items()
            if name.startswith("inbox") and growth(samples) > FLAT
        ]
        return (*self.ledger.problems, *sorted(set(self.house.fallen)), *grown)


def main() -> int:
    """Soak each store, and write down what became of it."""
    parser = argparse.ArgumentParser(prog="python -m proofs soak")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--store", choices=("postgres", "sqlite"), help="only this one")
    given = parser.parse_args()
    kinds = (given.store,) if given.store else ("postgres", "sqlite")
    found = [asyncio.run(_soaked(kind, given.minutes * 60)) for kind in kinds]
    text = _report(found, given.minutes)
    print(text)
    if not given.store:
        RESULT.write_text(text, "utf-8")
    return 1 if any(one.problems for one in found) else 0


async def _soaked(kind: str, seconds: float) -> Found:
    cluster = Cluster.make(durable=True) if kind == "postgres" else None
    try:
        with tempfile.TemporaryDirectory(dir=Path(__file__).parents[2]) as folder:
            house = House(Path(folder), cluster)
            bridge = await house.open()
            try:
                return await _soak(kind, house, bridge, seconds)
            finally:
                await house.close()
                await bridge.close()
    finally:
        if cluster is not None:
            cluster.remove()


async def _soak(kind: str, house: House, bridge: AsyncBridge, seconds: float) -> Found:
    sent, ports = Sent(), tuple(house.ports)
    await Crowd(ports, sent, "warm_").deliver(3, None)
    await _drain(bridge)
    peak = await _peak(Crowd(ports, sent, "peak_"), house, bridge)
    print(f"{kind}: peak {peak:,.0f}/s", flush=True)
    watching = asyncio.create_task(_watch(house))
    troubling = asyncio.create_task(_trouble(house, seconds))
    await Crowd(ports, sent, "soak_").deliver(seconds, SHARE * peak)
    await troubling
    drained_s = await _drain(bridge)
    watching.cancel()
    counts = (await bridge.survey()).sources
    runs = runs_of(house.journal.read_text("utf-8").splitlines())
    ledger = balance(sent, counts, runs, house.killed, house.outages)
    return Found(kind, peak, SHARE * peak, sent, ledger, house, drained_s)


async def _peak(crowd: Crowd, house: House, bridge: AsyncBridge) -> float:
    """What goes through from delivery to handler, a second: all that came, until the last is handled."""
    before = _lines(house)
    began_at_s = time.monotonic()
    await crowd.deliver(PEAK_S, None)
    await _drain(bridge)
    return (_lines(house) - before) / (time.monotonic() - began_at_s)


def _lines(house: House) -> int:
    return house.journal.read_bytes().count(b"\n")


async def _trouble(house: House, seconds: float) -> None:
    """Kill a worker every ten seconds; restart the database at a third and at two thirds."""
    loop = asyncio.get_running_loop()
    began_at_s, restarts = loop.time(), [(seconds / 3, "immediate"), (2 * seconds / 3, "fast")]
    for turn in range(1, int(seconds / KILL_EVERY_S)):
        at_s = turn * KILL_EVERY_S
        await asyncio.sleep(max(0.0, began_at_s + at_s - loop.time()))
        if restarts and restarts[0][0] <= at_s:
            await house.interrupt(restarts.pop(0)[1])
        await house.kill_one(turn)


async def _watch(house: House) -> None:
    loop = asyncio.get_running_loop()
    began_at_s = loop.time()
    while True:
        house.sample(loop.time() - began_at_s)
        await asyncio.sleep(1)


async def _drain(bridge: AsyncBridge) -> float:
    """Wait until nothing is unfinished; how long that took."""
    began_at_s = time.monotonic()
    while time.monotonic() < began_at_s + DRAIN_S:
        with suppress(StoreError):
            sources = (await bridge.survey()).sources
            if sources and not any(source.waiting + source.leased for source in sources):
                break
        await asyncio.sleep(0.2)
    return time.monotonic() - began_at_s


def _report(found: list[Found], minutes: float) -> str:
    machine = f"{platform.machine()}, {platform.system()} {platform.release()}"
    how = (
        f"`python -m proofs soak --minutes {minutes:g}`, {datetime.now(UTC):%Y-%m-%d}; {machine}; Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, bridgewright {__version__}; every "
        "commit synced. The load, two inboxes, two workers and the database share one machine's cores."
    )
    parts = [
        "# Soak: killed workers, a restarted database",
        "",
        how,
        "",
        WORDS,
    ]
    for one in found:
        parts += ["", *_section(one)]
    return "\n".join(parts) + "\n"


def _section(one: Found) -> list[str]:
    ledger, house = one.ledger, one.house
    rows = [
        ("peak, events/s", f"{one.peak_per_s:,.0f}"),
        ("load, events/s (60 %)", f"{one.rate_per_s:,.0f}"),
        ("acknowledged", f"{ledger.acknowledged:,}"),
        ("handled", f"{ledger.handled:,}"),
        ("answers 503, or nobody listened", f"{one.sent.turned_away:,}"),
        ("requests without an answer", f"{one.sent.unanswered:,}"),
        ("workers killed", f"{len(house.killed)}"),
        ("outages of the store, s", ", ".join(f"{b - a:.1f}" for a, b in house.outages)),
        (
            "handled again",
            f"{ledger.repeats} (kills {ledger.by_kills}, outages {ledger.by_outages})",
        ),
        ("until all was handled, s", f"{one.drained_s:.1f}"),
    ]
    memory = [
        f"| {name} | {min(y for _, y in each):.0f} | {max(y for _, y in each):.0f} |"
        f" {slope(each):+.2f} | {growth(each):+.1%} |"
        for name, each in sorted(house.memory.items())
    ]
    verdict = "; ".join(one.problems) or "the ledger balances, and the inboxes' memory is flat"
    return [
        f"## {one.kind}: {verdict}",
        "",
        "| | |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
        "| memory | least MB | most MB | slope, MB/min (second half) | last quarter over second |",
        "|---|---:|---:|---:|---:|",
        *memory,
    ]


if __name__ == "__main__":
    sys.exit(main())
