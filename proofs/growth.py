"""Growth: what a claim, a delivery and a look cost while finished work piles up.

`make proof NAME=growth`, or `python -m proofs growth --items 10000000`. Fills a store with finished
items and, at each power of ten, times single operations against it. Claims touch only unfinished
work, so their time must not follow the size of the history. Writes `proofs/results/growth.md`.
"""

from __future__ import annotations

import argparse
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright import __version__
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.effects import Accept, Claim, ListItems, Settle, Survey
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.core.model.item import Complete
from bridgewright.core.model.operation import Selection
from bridgewright.engine.drive.clock import now
from bridgewright.engine.drive.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.core.effects import Claims, Command

RESULT = Path(__file__).parent / "results" / "growth.md"
WAVE = 2_000
SAMPLES = 300
BODY = b'{"id": "evt", "type": "invoice.paid", "created": 1800000000, "data": {"object": {}}}'


def main() -> int:
    """Fill, measure, write down."""
    parser = argparse.ArgumentParser(prog="python -m proofs growth")
    parser.add_argument("--items", type=int, default=1_000_000, help="finished items at the end")
    items = parser.parse_args().items
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder, "growth.db")
        store = SqliteStore(path)
        rows = [_measure(store, path, filled) for filled in _fill(store, items)]
        store.close()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(_report(rows, items), "utf-8")
    print(RESULT.read_text("utf-8"))
    return 0


def _do(store: SqliteStore, *commands: Command[Any]) -> list[Any]:
    replies = [Waiting() for _ in commands]
    for command, reply in zip(commands, replies, strict=True):
        store.submit(command, reply)
    return [reply.result() for reply in replies]


def _accept(key: str) -> Accept:
    notice = Notice(key=key, event_type="invoice.paid", body=BODY, event_id=key)
    return Accept("stripe", (notice,), Coverage.BODY, now(), 7 * 86_400.0)


def _claim(store: SqliteStore, limit: int) -> Claims:
    [claims] = _do(store, Claim("growth", ("stripe",), limit, 60.0, now()))
    found: Claims = claims
    return found


def _settle(store: SqliteStore, claims: Claims) -> None:
    at = now()
    _do(store, *(Settle(c.item.id, c.lease.fence, Complete(), at) for c in claims.claimed))


def _fill(store: SqliteStore, items: int) -> Iterator[int]:
    """Finish items in waves; yield at each power of ten, and at the end."""
    done, stop = 0, 1_000
    while done < items:
        stop = min(stop, items)
        while done < stop:
            size = min(WAVE, stop - done)
            _do(store, *(_accept(f"evt_{n}") for n in range(done, done + size)))
            _settle(store, _claim(store, size))
            done += size
        print(f"{done} items", flush=True)
        yield done
        stop *= 10


def _measure(store: SqliteStore, path: Path, filled: int) -> list[str]:
    mark = time.time_ns()
    accepted = _time(lambda n: _do(store, _accept(f"new_{mark}_{n}")))
    worked = _time(lambda _: _settle(store, _claim(store, 1)))
    known = _time(lambda n: _do(store, _accept(f"evt_{n}")))
    listed = _time(lambda _: store.answer(ListItems(Selection(), 50)), 30)
    surveyed = _time(lambda _: store.answer(Survey()), 30)
    size = f"{path.stat().st_size / 1e6:,.0f}"
    return [f"{filled:,}", accepted, worked, known, listed, surveyed, size]


def _time(act: Callable[[int], object], samples: int = SAMPLES) -> str:
    took = []
    for n in range(samples):
        start = time.perf_counter()
        act(n)
        took.append((time.perf_counter() - start) * 1e3)
    took.sort()
    return f"{statistics.median(took):.2f} / {took[int(len(took) * 0.99)]:.2f}"


def _report(rows: list[list[str]], items: int) -> str:
    machine = f"{platform.machine()}, {platform.system()} {platform.release()}"
    head = [
        "# Growth of the SQLite store",
        "",
        (
            f"`python -m proofs growth --items {items}`, {datetime.now(UTC):%Y-%m-%d}; {machine};"
            f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, bridgewright"
            f" {__version__}; every commit synced (D3)."
        ),
        "",
        (
            "Milliseconds, median / p99, of single operations with nothing else going on. Claims touch"
            " only unfinished work: their column must not follow the first."
        ),
        "",
        "| finished items | deliver | claim + settle | duplicate | list of 50 | survey | MB on disk |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
