"""Redrive: a million dead letters planned, classified, run and reported, and what others notice of it.

`make proof NAME=redrive`, or `python -m proofs redrive --items 1000000 --store sqlite`. Fills a store with
dead letters of three problems, groups them, freezes a plan of all of them, runs it, and reports, while a
second process delivers (an event every 20 ms, through a store of its own): how long it waits bounds what the
plan holds. Writes `proofs/results/redrive.md`.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import multiprocessing
import platform
import resource
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from bridgewright import __version__
from bridgewright.adapters.stores.postgres import partitions
from bridgewright.core.effects import Accept, Command
from bridgewright.core.model.fact import PlanAdvanced, PlanExtended
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanMove, PlanState
from bridgewright.core.recovery import Freeze, ListProblems
from bridgewright.engine import plans
from bridgewright.engine.drive.clock import now
from bridgewright.engine.drive.journeys import BlockingWorld, run
from bridgewright.engine.drive.waiting import Waiting
from proofs._stores import KINDS, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Event

    from bridgewright.core.effects import Effect
    from bridgewright.core.model.fact import Fact
    from bridgewright.core.ports import Store
    from proofs._stores import Filled

RESULT = Path(__file__).parent / "results" / "redrive.md"
WAVE = 50_000
EVERY_S = 0.02
BODY = b'{"id": "evt", "type": "invoice.paid", "created": 1800000000, "data": {"object": {}}}'
PROBLEMS = 3


def main() -> int:
    """Fill, play, write down; 1 when something does not add up."""
    parser = argparse.ArgumentParser(prog="python -m proofs redrive")
    parser.add_argument("--items", type=int, default=1_000_000, help="dead letters")
    parser.add_argument("--store", choices=KINDS, action="append", help="default: each")
    asked = parser.parse_args()
    parts, sound = [], True
    for kind in asked.store or KINDS:
        with tempfile.TemporaryDirectory(dir=".") as folder, opened(kind, Path(folder)) as made:
            print(made.name, flush=True)
            made.store.migrate()
            _timed("fill", lambda: _FILL[kind](made, asked.items))  # noqa: B023 - called at once
            rows, adds_up = _play(made, asked.items)
        parts.append((made.name, rows))
        sound = sound and adds_up
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(_report(parts, asked.items), "utf-8")
    print(RESULT.read_text("utf-8"))
    return 0 if sound else 1


def _timed(what: str, act: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    found = act()
    elapsed_s = time.perf_counter() - start
    print(f"{what}: {elapsed_s:.2f} s", flush=True)
    return found, elapsed_s


def _fill_sqlite(made: Filled, items: int) -> None:
    """Dead letters as a bad week leaves them. Written by hand, because it is not what is measured."""
    at = now()
    with contextlib.closing(sqlite3.connect(made.path)) as database:
        for start in range(0, items, WAVE):
            ids = range(start + 1, min(start + WAVE, items) + 1)
            with database:
                database.executemany(
                    "INSERT INTO bw_item (id, source, event_type, event_id, dedupe_key, received_at,"
                    " coverage, headers, body) VALUES (?, 'stripe', 'invoice.paid', ?, ?, ?, 1, '[]', ?)",
                    ((n, f"evt_{n}", f"evt_{n}", at, BODY) for n in ids),
                )
                database.executemany(
                    "INSERT INTO bw_dedupe VALUES ('stripe', ?, ?, ?)",
                    ((f"evt_{n}", n, at + 10**12) for n in ids),
                )
                database.executemany(
                    "INSERT INTO bw_dead (item_id, source, cause, buried_at, fence, attempts, kind, place,"
                    " text, problem, number) VALUES (?, 'stripe', 'exhausted', ?, 8, 8, 'E', '', '', ?, ?)",
                    ((n, at, f"p1:{n % PROBLEMS}", n) for n in ids),
                )
        with database:
            database.execute("UPDATE bw_burials SET n = ?", (items,))


_POSTGRES = (
    """INSERT INTO bw_item (id, received_at, source, event_type, event_id, dedupe_key, coverage, headers,
                            body, origin, kind)
       SELECT n, %(at)s, 'stripe', 'invoice.paid', 'evt_' || n, 'evt_' || n, 1, '[]', %(body)s, 'delivered',
              'inbox'
       FROM generate_series(1, %(items)s) AS n""",
    """INSERT INTO bw_dedupe SELECT 'stripe', 'evt_' || n, n, %(at)s + 1000000000000
       FROM generate_series(1, %(items)s) AS n""",
    """INSERT INTO bw_dead (item_id, received_at, source, cause, buried_at, fence, attempts, kind, place,
                            text, problem)
       SELECT n, %(at)s, 'stripe', 'exhausted', %(at)s, 8, 8, 'E', '', '', 'p1:' || n %% %(problems)s
       FROM generate_series(1, %(items)s) AS n""",
    "SELECT setval('bw_item_id', %(items)s)",
)


def _fill_postgres(made: Filled, items: int) -> None:
    """The same, by the server itself; then what autovacuum would have found out in that week."""
    values = {"at": now(), "body": BODY, "items": items, "problems": PROBLEMS}
    with psycopg.connect(made.url, autocommit=True) as database:
        partitions.ensure(database, (partitions.day_of(now()),))
        for sql in _POSTGRES:
            database.execute(sql.encode(), values)
        for table in ("bw_item", "bw_dedupe", "bw_dead"):
            database.execute(f"VACUUM ANALYZE {table}".encode())


_FILL = {"sqlite": _fill_sqlite, "postgres": _fill_postgres}


def _deliver(again: Callable[[], Store], stop: Event, waits: Any) -> None:
    """Deliveries of another process: how long each waited for its commit, in milliseconds."""
    store, found, number = again(), [], 0
    while not stop.is_set():
        notice = Notice(key=f"new_{number}", event_type="invoice.paid", body=BODY)
        reply, start = Waiting(), time.perf_counter()
        store.submit(Accept("stripe", (notice,), Coverage.BODY, now(), 86_400.0), reply)
        reply.result()
        found.append((time.perf_counter() - start) * 1e3)
        number += 1
        time.sleep(EVERY_S)
    store.close()
    waits.put(found)


class Clocked:
    """A world that notes how long the longest of its commands took, transaction and fsync."""

    def __init__(self, world: BlockingWorld) -> None:
        self._world = world
        self.longest_s = 0.0

    def perform(self, effect: Effect[Any]) -> Any:
        """Perform one effect and return its result."""
        start = time.perf_counter()
        found = self._world.perform(effect)
        if isinstance(effect, Command):
            self.longest_s = max(self.longest_s, time.perf_counter() - start)
        return found


def _play(made: Filled, items: int) -> tuple[list[list[str]], bool]:
    rows: list[list[str]] = []
    store = made.store
    world = Clocked(BlockingWorld(store))
    heard: list[Fact] = []

    def step(what: str, act: Callable[[], Any]) -> Any:
        """One step, and what the deliveries of another process waited meanwhile."""
        heard.clear()
        world.longest_s = 0.0
        stop, waits = multiprocessing.Event(), multiprocessing.Queue()
        other = multiprocessing.Process(target=_deliver, args=(made.again, stop, waits))
        other.start()
        found, elapsed_s = _timed(what, act)
        stop.set()
        waited = sorted(waits.get())
        other.join()
        p99 = waited[int(len(waited) * 0.99)]
        told = sum(isinstance(fact, PlanAdvanced | PlanExtended) for fact in heard)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        row = [what, f"{elapsed_s:.2f}", f"{items / elapsed_s:,.0f}", str(told), f"{len(waited)}"]
        held = f"{world.longest_s * 1e3:.0f}"
        rows.append([*row, held, f"{p99:.0f}", f"{waited[-1]:.0f}", f"{peak:.0f}"])
        return found

    problems = step("group into problems", lambda: store.answer(ListProblems(None, 10)))
    asked = Freeze(Selection(source="stripe"), "the provider is back", "ann", now())
    plan = step("freeze and classify", lambda: run(plans.freeze(asked, heard.append), world))
    sample = step("sample", lambda: run(plans.sample(plan.id), world))
    run(plans.steer(plan.id, PlanMove.RUN, "ann", expect_count=plan.total), world)
    step("run", lambda: run(plans.carry_on(heard.append), world))
    report = step("report", lambda: run(plans.report(plan.id), world))
    sound = (
        sum(problem.dead for problem in problems) == plan.total == items
        and report.plan.state is PlanState.FINISHED
        and report.became.get("waiting") == items
        and plan.content_hash == plans_hash(made)
        and len(sample) > 0
    )
    print("sound" if sound else f"does not add up: {report}", flush=True)
    return rows, sound


def plans_hash(made: Filled) -> str:
    """The content hash of the only plan, by another way: the rule's definition, over the rows."""
    chain = b""
    for item_id, fence in made.rows("SELECT item_id, fence FROM bw_plan_item ORDER BY item_id"):
        chain = hashlib.sha256(chain + f"{item_id}:{fence};".encode()).digest()
    return chain.hex()


def _report(parts: list[tuple[str, list[list[str]]]], items: int) -> str:
    machine = f"{platform.machine()}, {platform.system()} {platform.release()}"
    head = [
        "# A redrive of many dead letters",
        "",
        (
            f"`python -m proofs redrive --items {items}`, {datetime.now(UTC):%Y-%m-%d}; {machine};"
            f" Python {platform.python_version()}, bridgewright {__version__}; every commit synced (D3)."
        ),
        "",
        (
            "`longest hold` is the longest command of the step, its fsync included. Meanwhile another process"
            " delivers, one event every 20 ms, on the same database; in SQLite it waits for the same lock."
            " `told` counts facts of progress. Memory is the peak of the operator's process so far."
        ),
    ]
    for name, rows in parts:
        head += [
            "",
            f"## {name}",
            "",
            "| step | s | items/s | told | deliveries | longest hold ms | wait p99 ms | longest ms | MB |",
            "|:---|---:|---:|---:|---:|---:|---:|---:|---:|",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    return "\n".join(head) + "\n"


if __name__ == "__main__":
    sys.exit(main())
