"""Growth: what a claim, a delivery and a look cost while finished work piles up, in both stores.

`make proof NAME=growth`, or `python -m proofs growth --items 10000000 --store postgres`. Fills stores with
finished items, one of each power of ten, and times single operations against each in turn. Claims touch
only unfinished work, so their time must not follow the size of the history. On PostgreSQL two workers then
drain what one did, and the day with all its items is dropped. Writes `proofs/results/growth.md`, a part
for each store; fails when a bound is missed. PROOF_POSTGRES_URL names the server.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright import __version__
from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.core.control import Retain
from bridgewright.core.effects import Accept, Claim, ListItems, Settle, Survey, Sweep
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.core.model.item import Complete
from bridgewright.core.model.moment import later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.secret import Secret
from bridgewright.engine.drive.clock import now
from bridgewright.engine.drive.waiting import Waiting
from proofs._stores import KINDS, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.effects import Claims, Command
    from bridgewright.core.ports import Store
    from proofs._stores import Filled

RESULT = Path(__file__).parent / "results" / "growth.md"
WAVE = 2_000
SAMPLES = 40
LOOKS = 10
ROUNDS = 10
BACKLOG = 60_000
"""Items that one worker drains, and then two."""
DROP_S = 1.0
SPREAD = 1.3
SPEED_UP = 1.7
CORES = 4
"""Two workers and their two server processes: with fewer, cores do not last."""
FROM = 10_000
"""From this size on, medians must lie within `SPREAD` of each other: below, caches decide."""
DAY_S = 86_400.0
BODY = b'{"id": "evt", "type": "invoice.paid", "created": 1800000000, "data": {"object": {}}}'


@dataclass(frozen=True, slots=True)
class Bound:
    """A claim, what was found, and whether it holds; None where this machine cannot tell."""

    claim: str
    found: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One size: medians and 99th percentiles in milliseconds, by operation."""

    items: int
    took_ms: dict[str, tuple[float, float]]
    size_bytes: int


def main() -> int:
    """Fill, measure, write down; 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m proofs growth")
    parser.add_argument("--items", type=int, default=1_000_000, help="finished items at the end")
    parser.add_argument("--store", choices=KINDS, action="append", help="one store only")
    parser.add_argument("--print", action="store_true", help="print, write nothing")
    parser.add_argument("--drain", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.drain:
        return _drain(asked.drain)
    parts, holds = [], True
    for kind in asked.store or KINDS:
        with ExitStack() as stack:
            made = [_filled(stack, kind, items) for items in _sizes(asked.items)]
            rows = _measure(made, _sizes(asked.items))
            bounds = _bounds(rows) + (_on_postgres(made[-1]) if made[-1].url else [])
        holds = holds and all(bound.holds is not False for bound in bounds)
        parts.append(_part(made[-1].name, rows, bounds))
    text = "\n".join([_head(), *parts])
    print(text)
    if not asked.print:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(text, "utf-8")
    return 0 if holds else 1


def _do(store: Store, *commands: Command[Any]) -> list[Any]:
    replies = [Waiting() for _ in commands]
    for command, reply in zip(commands, replies, strict=True):
        store.submit(command, reply)
    return [reply.result() for reply in replies]


def _accept(key: str) -> Accept:
    notice = Notice(key=key, event_type="invoice.paid", body=BODY, event_id=key)
    return Accept("stripe", (notice,), Coverage.BODY, now(), 7 * 86_400.0)


def _claim(store: Store, limit: int) -> Claims:
    [claims] = _do(store, Claim("growth", ("stripe",), limit, 60.0, now()))
    found: Claims = claims
    return found


def _settle(store: Store, claims: Claims) -> None:
    at = now()
    _do(store, *(Settle(c.item.id, c.lease.fence, Complete(), at) for c in claims.claimed))


def _sizes(items: int) -> list[int]:
    """Each power of ten from a thousand on, and what was asked for."""
    powers = (10**n for n in range(3, 19))
    return [*takewhile(lambda power: power < items, powers), items]


def _filled(stack: ExitStack, kind: str, items: int) -> Filled:
    """A store of its own with so many finished items, filled in waves, and swept as workers do."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(dir="."))
    made = stack.enter_context(opened(kind, Path(folder)))
    for done in range(0, items, WAVE):
        size = min(WAVE, items - done)
        _do(made.store, *(_accept(f"evt_{n}") for n in range(done, done + size)))
        _settle(made.store, _claim(made.store, size))
    _do(made.store, Sweep(now()))
    print(f"{made.name}: {items} items", flush=True)
    return made


def _measure(made: list[Filled], sizes: list[int]) -> list[Measured]:
    """Time single operations against each store in turn, again and again: whatever else the machine does
    meanwhile, it does to all of them."""
    took: list[dict[str, list[float]]] = [defaultdict(list) for _ in made]
    for turn in range(ROUNDS):
        for store, samples in zip((one.store for one in made), took, strict=True):
            _sample(store, turn, samples)
    return [
        Measured(size, {name: _middle(ms) for name, ms in samples.items()}, one.size_bytes())
        for size, samples, one in zip(sizes, took, made, strict=True)
    ]


def _sample(store: Store, turn: int, took: dict[str, list[float]]) -> None:
    """A few of each operation."""
    claims: list[Claims] = []
    _time(took["deliver"], lambda n: _do(store, _accept(f"new_{turn}_{n}")))
    _time(took["claim"], lambda _: claims.append(_claim(store, 1)))
    _time(took["settle"], lambda n: _settle(store, claims[n]))
    _time(took["duplicate"], lambda n: _do(store, _accept(f"evt_{n}")))
    _time(took["list of 50"], lambda _: store.answer(ListItems(Selection(), 50)), LOOKS)
    _time(took["survey"], lambda _: store.answer(Survey()), LOOKS)


def _time(took: list[float], act: Callable[[int], object], samples: int = SAMPLES) -> None:
    for n in range(samples):
        start = time.perf_counter()
        act(n)
        took.append((time.perf_counter() - start) * 1e3)


def _middle(took: list[float]) -> tuple[float, float]:
    """The median, and the 99th percentile."""
    took.sort()
    return statistics.median(took), took[int(len(took) * 0.99)]


def _bounds(rows: list[Measured]) -> list[Bound]:
    """Claim, settle and list cost the same whatever is stored."""
    large = [row for row in rows if row.items >= FROM]
    found = []
    for operation in ("claim", "settle", "list of 50") if len(large) > 1 else ():
        medians = [row.took_ms[operation][0] for row in large]
        spread = max(medians) / min(medians)
        sizes = f"{large[0].items:,} to {large[-1].items:,} items"
        claim = f"{operation}: {sizes}, within {SPREAD} times"
        found.append(Bound(claim, f"{spread:.2f} times", spread <= SPREAD))
    return found


def _on_postgres(made: Filled) -> list[Bound]:
    """What only a store of many machines has: a second worker, and days."""
    one, two = (_drained_per_s(made, workers) for workers in (1, 2))
    cores = len(os.sched_getaffinity(0))
    words = f"{one:,.0f}/s, then {two:,.0f}/s; {two / one:.2f} times, on {cores} cores"
    enough = cores >= CORES
    claim = f"two workers, {SPEED_UP} times one while cores last (judged from {CORES} on)"
    found = [Bound(claim, words, two >= SPEED_UP * one if enough else None)]
    store = made.again()
    if not isinstance(store, PostgresStore):
        raise TypeError(made.name)
    begun = time.perf_counter()
    [turn] = _do(store, Retain((("stripe", 1.0),), later(now(), 2 * DAY_S)))
    took_s = time.perf_counter() - begun
    left = store.answer(ListItems(Selection(), 1))
    store.close()
    claim = f"the day with all of that dropped in {DROP_S:g} s"
    return [*found, Bound(claim, f"{took_s:.2f} s", turn.gone > 0 and not left and took_s < DROP_S)]


def _drained_per_s(made: Filled, workers: int) -> float:
    """Items a second that so many processes claim and settle together."""
    mark = time.time_ns()
    for first in range(0, BACKLOG, WAVE):
        _do(made.store, *(_accept(f"{mark}_{n}") for n in range(first, first + WAVE)))
    command = [sys.executable, "-m", "proofs", "growth", "--drain", made.url]
    ended = []
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    for worker in started:
        printed, _ = worker.communicate()
        ended.append([float(word) for word in printed.split()])
    first, last = min(begun for begun, _ in ended), max(end for _, end in ended)
    return BACKLOG / (last - first)


def _drain(url: str) -> int:
    """A worker of its own process: claim and settle by 200 until nothing is left; prints when."""
    store = PostgresStore(Secret(url))
    claims = _claim(store, 200)
    begun = ended = time.monotonic()
    while claims.claimed:
        _settle(store, claims)
        ended = time.monotonic()
        claims = _claim(store, 200)
    store.close()
    print(begun, ended)
    return 0


def _head() -> str:
    machine = f"{platform.machine()}, {platform.system()} {platform.release()}"
    loads = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    lines = [
        "# Growth of the stores",
        "",
        (
            f"`python -m proofs {' '.join(['growth', *sys.argv[1:]])}`, {datetime.now(UTC):%Y-%m-%d};"
            f" {machine}; Python {platform.python_version()}, bridgewright {__version__}; every commit"
            f" synced (D3); load averages at the end: {loads}."
        ),
        "",
        (
            "Milliseconds, median / p99, of single operations with nothing else going on, a store for each"
            f" size, {ROUNDS} rounds in turn. Claims touch only unfinished work: their column must not follow"
            " the first."
        ),
        "",
    ]
    return "\n".join(lines)


def _part(name: str, rows: list[Measured], bounds: list[Bound]) -> str:
    operations = list(rows[0].took_ms)
    lines = [f"## {name}", "", f"| finished items | {' | '.join(operations)} | MB on disk |"]
    lines.append(f"|{'---:|' * (len(operations) + 2)}")
    for row in rows:
        cells = [f"{median:.2f} / {p99:.2f}" for median, p99 in row.took_ms.values()]
        lines.append(f"| {row.items:,} | {' | '.join(cells)} | {row.size_bytes / 1e6:,.0f} |")
    lines += ["", "| bound | found | |", "|---|---:|---|"]
    verdict = {True: "holds", False: "**missed**", None: "not judged"}
    lines += [f"| {bound.claim} | {bound.found} | {verdict[bound.holds]} |" for bound in bounds]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
