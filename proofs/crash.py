"""The crash matrix: killed before and after every effect of each journey, on either store.

`make proof NAME=crash`. Records the trace of each script (tests/journeys/crashing.py), then plays it once
for each effect and side in a process that ends itself by SIGKILL there; recovers as the living do, and
counts what was lost and what is there twice. PostgreSQL is a server of the proof's own, which `initdb`
makes. Writes `proofs/results/crash.md`, and ends with 1 where anything was lost or doubled.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import psycopg

from bridgewright import __version__
from tests.contracts.cluster import Cluster
from tests.journeys import outbox_surviving
from tests.journeys.crashing import SCRIPTS
from tests.journeys.surviving import SIDES, Damage, Place, recorded, survive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OUTBOX = "outbox"
RESULT = Path(__file__).parent / "results" / "crash.md"
WORDS = """\
Each line is one effect of a journey: how often the traces have it, and in how many of the two times as
many processes that were killed before or after it something was lost, or was there twice. Lost is what
was acknowledged and is not stored, or was stored and not handled in the end, or was kept and is gone, or
rows that contradict each other. Doubled is a delivery stored twice, an event replayed twice by one plan,
an effect written twice through `tx`, or a call made twice by the provider's own books: `send` and
`outbox` are a keyed call (Stripe's simulator), which is made exactly once in the end, and an unkeyed one
(Twilio's), which is made once, or at most once and then left to a person. A handler without `tx` runs at
least once: that it may run again is not counted. `Now` reads a clock; a kill there is one between two
other effects.
"""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process ends itself."""

    kind: str
    script: str
    number: int
    side: str
    journey: str
    effect: str


def main() -> int:
    """Kill, recover, count, write down."""
    cluster = Cluster.make()
    try:
        with tempfile.TemporaryDirectory() as folder:
            make = _maker(cluster, Path(folder))
            points = [point for kind in ("sqlite", "postgres") for point in _points(kind, make)]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                found = list(zip(points, pool.map(lambda p: _kill(p, make), points), strict=True))
        with psycopg.connect(cluster.url().reveal()) as connection:
            version = connection.info.parameter_status("server_version") or ""
    finally:
        cluster.remove()
    RESULT.write_text(_report(found, version.split()[0]), "utf-8")
    print(RESULT.read_text("utf-8"))
    hurt = [(point, damage) for point, damage in found if damage != Damage()]
    for point, damage in hurt:
        print(point, damage, file=sys.stderr)
    return 1 if hurt else 0


def _maker(cluster: Cluster, folder: Path) -> Callable[[str], Place]:
    """Makes new places."""
    turn = Lock()

    def make(kind: str) -> Place:
        own = Path(tempfile.mkdtemp(dir=folder))
        with turn:
            store = cluster.database().reveal() if kind == "postgres" else str(own / "s.db")
        place = Place(store, own)
        place.prepare()
        return place

    return make


def _points(kind: str, make: Callable[[str], Place]) -> Iterable[Point]:
    for script in (*SCRIPTS, OUTBOX):
        place = make(kind)
        found = outbox_surviving.recorded(place) if script == OUTBOX else recorded(place, script)
        pairs = zip(*found, strict=True)
        for number, (effect, journey) in enumerate(pairs, start=1):
            for side in SIDES:
                yield Point(kind, script, number, side, journey, effect)


def _kill(point: Point, make: Callable[[str], Place]) -> Damage:
    place = make(point.kind)
    if point.script == OUTBOX:
        return outbox_surviving.survive(place, point.number, point.side)
    return survive(place, point.script, point.number, point.side)


def _report(found: list[tuple[Point, Damage]], server: str) -> str:
    machine = f"{platform.machine()}, {platform.system()} {platform.release()}"
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for point, damage in found:
        row = counts.setdefault((point.journey, point.effect, point.kind), Counter())
        row.update(killed=1, lost=bool(damage.lost), doubled=bool(damage.doubled))
    total: Counter[str] = sum(counts.values(), Counter())
    head = [
        "# Killed before and after every effect",
        "",
        (
            f"`make proof NAME=crash`, {datetime.now(UTC):%Y-%m-%d}; {machine}; Python"
            f" {platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {server},"
            f" bridgewright {__version__}."
        ),
        "",
        WORDS,
        (
            f"{total['killed']} processes killed: {total['lost']} lost something, {total['doubled']}"
            " doubled something."
        ),
        "",
        "| journey | effect | store | killed | lost | doubled |",
        "|---|---|---|---:|---:|---:|",
    ]
    rows = [
        f"| {' | '.join(key)} | {row['killed']} | {row['lost']} | {row['doubled']} |"
        for key, row in sorted(counts.items())
    ]
    return "\n".join(head + rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
