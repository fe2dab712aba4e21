"""Redrive: a million dead letters planned, classified, run and reported, and what others notice of it.

`make proof NAME=redrive`, or `python -m proofs redrive --items 1000000`. Fills a store with dead letters
of three problems, groups them, freezes a plan of all of them, runs it, and reports, while a second
process's commands (a delivery every 20 ms, through a store of their own) wait for the same write lock:
their waits bound what the plan holds. Writes `proofs/results/redrive.md`.
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

from bridgewright import __version__
from bridgewright.adapters.stores.sqlite import SqliteStore
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

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Event

    from bridgewright.core.effects import Effect
    from bridgewright.core.model.fact import Fact

RESULT = Path(__file__).parent / "results" / "redrive.md"
WAVE = 50_000
EVERY_S = 0.02
BODY = b'{"id": "evt", "type": "invoice.paid", "created": 1800000000, "data": {"object": {}}}'
PROBLEMS = 3


def main() -> int:
    """Fill, play, write down; 1 when something does not add up."""
    parser = argparse.ArgumentParser(prog="python -m proofs redrive")
    parser.add_argument("--items", type=int, default=1_000_000, help="dead letters")
    items = parser.parse_args().items
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder, "redrive.db")
        SqliteStore(path).migrate()
        _timed("fill", lambda: _fill(path, items))
        rows, sound = _play(path, items)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(_report(rows, items), "utf-8")
    print(RESULT.read_text("utf-8"))
    return 0 if sound else 1


def _timed(what: str, act: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    found = act()
    elapsed_s = time.perf_counter() - start
    print(f"{what}: {elapsed_s:.2f} s", flush=True)
    return found, elapsed_s


def _fill(path: Path, items: int) -> None:
    """Dead letters as a bad week leaves them. Written by hand, because it is not what is measured."""
    at = now()
    with contextlib.closing(sqlite3.connect(path)) as database:
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


def _deliver(path: Path, stop: Event, waits: Any) -> None:
    """Deliveries of another process: how long each waited for its commit, in milliseconds."""
    store, found, number = SqliteStore(path), [], 0
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


def _play(path: Path, items: int) -> tuple[list[list[str]], bool]:
    rows: list[list[str]] = []
    store = SqliteStore(path)
    world = Clocked(BlockingWorld(store))
    heard: list[Fact] = []

    def step(what: str, act: Callable[[], Any]) -> Any:
        """One step, and what the deliveries of another process waited meanwhile."""
        heard.clear()
        world.longest_s = 0.0
        stop, waits = multiprocessing.Event(), multiprocessing.Queue()
        other = multiprocessing.Process(target=_deliver, args=(path, stop, waits))
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
    store.close()
    sound = (
        sum(problem.dead for problem in problems) == plan.total == items
        and report.plan.state is PlanState.FINISHED
        and report.became.get("waiting") == items
        and plan.content_hash == plans_hash(path)
        and len(sample) > 0
    )
    print("sound" if sound else f"does not add up: {report}", flush=True)
    return rows, sound


def plans_hash(path: Path) -> str:
    """The content hash of the only plan, by another way: the rule's definition, over the rows."""
    chain = b""
    with contextlib.closing(sqlite3.connect(path)) as database:
        for item_id, fence in database.execute(
            "SELECT item_id, fence FROM bw_plan_item ORDER BY item_id"
        ):
            chain = hashlib.sha256(chain + f"{item_id}:{fence};".encode()).digest()
    return chain.hex()


def _report(rows: list[list[str]], items: int) -> str:
    machine = f"{platform.machine()}, {platform.system()} {platform.release()}"
    head = [
        "# A redrive of many dead letters",
        "",
        (
            f"`python -m proofs redrive --items {items}`, {datetime.now(UTC):%Y-%m-%d}; {machine};"
            f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, bridgewright"
            f" {__version__}; every commit synced (D3)."
        ),
        "",
        (
            "`longest hold` is the longest command of the step, its fsync included. Meanwhile another process"
            " delivers, one event every 20 ms, on the same database, and waits for the same lock. `told`"
            " counts facts of progress. Memory is the peak of the operator's process so far."
        ),
        "",
        "| step | s | items/s | told | deliveries | longest hold ms | wait p99 ms | longest ms | MB |",
        "|:---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
