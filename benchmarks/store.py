"""The store: how fast items go in and come out, and how soon an idle worker hears of one."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from benchmarks import marks, peers
from benchmarks.contest import Contender, Contest, Figures, hold
from benchmarks.flight import WARM
from benchmarks.place import Place
from benchmarks.processes import answer_of, started
from benchmarks.report import Aim, Column, Half, Ratio, table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

OURS = "bridgewright"
DRAIN_S = 120.0
FEWEST = 200
"""Items in the smallest round."""
ENQUEUE = "enqueue/s"
DRAIN = "drain/s"
WORDS = (
    "Items of about 230 bytes, 64 in flight (threads or tasks, as the engine likes), then a worker of 64 "
    "whose handlers do nothing but leave a mark. Sender and worker are processes of their own, on any "
    "core. Drain is counted from the first handler to the last. Celery's worker "
    "has a pool of threads; its `solo` pool, with one handler at a time, drains about a third faster."
)
IDLE_WORDS = (
    "One item now and then to an idle worker. Commit is when the sender was told that the item is "
    "stored, asked is when it began to send. Below zero: the handler began before the sender had heard."
)


@dataclass(frozen=True, slots=True)
class Engine:
    """One queue: its module under `engines`, how many items fill a few seconds, and its server."""

    module: str
    items: int
    prepare: Callable[[Place], object] = lambda _place: None
    tidy: Callable[[Place], object] = lambda _place: None


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything: rounds, share of the items, sends to the idle worker."""

    rounds: int = 5
    share: float = 1.0
    idle: int = 200


def run(effort: Effort, folder: Path) -> Half:
    """Both tables, and the aims of this half."""
    busy, idle = throughput(effort, folder), latency(effort, folder)
    text = table(
        busy,
        [
            Column(ENQUEUE, ENQUEUE, spread=True),
            Column(DRAIN, DRAIN, spread=True),
        ],
        [Ratio(ENQUEUE, OURS, "enqueue ÷ ours"), Ratio(DRAIN, OURS, "drain ÷ ours")],
    )
    columns = [
        Column("commit p50 ms", "commit → handler p50 ms", 1, spread=True),
        Column("commit p99 ms", "p99 ms", 1),
        Column("asked p50 ms", "asked → handler p50 ms", 1),
        Column("asked p99 ms", "p99 ms", 1),
    ]
    ours, soon = busy.standings[OURS], idle.standings[f"{OURS}, worker beside the sender"]
    found = [
        Aim("store: enqueue, 20,000/s or more", ours.values(ENQUEUE), "/s", least=20_000),
        Aim("store: drain, 12,000/s or more", ours.values(DRAIN), "/s", least=12_000),
        Aim(
            "store: idle, commit → handler p50, 10 ms or less",
            soon.values("commit p50 ms"),
            "ms",
            most=10,
        ),
    ]
    text = "\n".join([text, table(idle, columns, [])])
    return Half(text, found, busy.failed() + idle.failed())


def throughput(effort: Effort, folder: Path) -> Contest:
    """In and out, as fast as it goes."""
    contenders = [
        Contender(name, peer.durability, peer.words, partial(_busy, engine, effort), peer.missing)
        for name, engine, peer in _engines(folder)
    ]
    return hold("Store: enqueue and drain", WORDS, contenders, effort.rounds, folder)


def latency(effort: Effort, folder: Path) -> Contest:
    """How soon an idle worker begins."""
    contenders = [
        Contender(name, peer.durability, peer.words, partial(_idle, engine, effort), peer.missing)
        for name, engine, peer in _engines(folder)
    ]
    ours = contenders[0]
    beside = Contender(
        f"{OURS}, worker beside the sender",
        ours.durability,
        ours.words,
        partial(_idle_beside, BRIDGEWRIGHT, effort),
    )
    return hold("Store: idle", IDLE_WORDS, [beside, *contenders], min(effort.rounds, 3), folder)


BRIDGEWRIGHT = Engine("bridgewright_sqlite", 40_000)


def _engines(folder: Path) -> list[tuple[str, Engine, peers.Peer]]:
    place = Place.here(folder, "look")
    procrastinate = Engine(
        "procrastinate_postgres",
        2_000,
        lambda place: import_module("benchmarks.engines.procrastinate_postgres").prepare(place),
        peers.forget_schema,
    )
    celery = Engine("celery_redis", 4_000, tidy=peers.forget_keys)
    return [
        (OURS, BRIDGEWRIGHT, peers.sqlite()),
        ("huey", Engine("huey_sqlite", 4_000), peers.huey_peer()),
        ("procrastinate", procrastinate, peers.postgres_peer(place)),
        ("Celery", celery, peers.redis_peer(place)),
    ]


def _busy(engine: Engine, effort: Effort, place: Place) -> Figures:
    items = max(round(engine.items * effort.share), FEWEST)
    engine.prepare(place)
    try:
        took = json.loads(_engine(place, engine, "enqueue", items))
        with started(place, "benchmarks.engine", engine.module, "work") as worker:
            _await_marks(place, items + WARM, worker)
        left = sorted(at for _, at in marks.read(place.marks))
        return {ENQUEUE: items / took, DRAIN: (len(left) - 1) / ((left[-1] - left[0]) / 1e9)}
    finally:
        engine.tidy(place)


def _idle(engine: Engine, effort: Effort, place: Place) -> Figures:
    engine.prepare(place)
    try:
        with started(place, "benchmarks.engine", engine.module, "work"):
            _engine(place, engine, "idle", 1)
            _await_marks(place, 1)
            place.marks.write_bytes(b"")
            timed = json.loads(_engine(place, engine, "idle", effort.idle))
            _await_marks(place, effort.idle)
        return _delays(timed, place)
    finally:
        engine.tidy(place)


def _idle_beside(engine: Engine, effort: Effort, place: Place) -> Figures:
    return _delays(json.loads(_engine(place, engine, "idle_beside", effort.idle)), place)


def _delays(timed: list[list[int]], place: Place) -> Figures:
    began = dict(marks.read(place.marks))
    counted = [
        (began[n] - asked, began[n] - commit) for n, asked, commit in timed[len(timed) // 10 :]
    ]
    asked, commit = (sorted(column) for column in zip(*counted, strict=True))
    return {
        "commit p50 ms": _at(commit, 0.5),
        "commit p99 ms": _at(commit, 0.99),
        "asked p50 ms": _at(asked, 0.5),
        "asked p99 ms": _at(asked, 0.99),
    }


def _at(in_order: list[int], share: float) -> float:
    return in_order[min(int(len(in_order) * share), len(in_order) - 1)] / 1e6


def _engine(place: Place, engine: Engine, job: str, number: int) -> str:
    return answer_of(place, "benchmarks.engine", engine.module, job, str(number))


def _await_marks(place: Place, amount: int, worker: subprocess.Popen[bytes] | None = None) -> None:
    ends = time.monotonic() + DRAIN_S
    while (found := marks.count(place.marks)) < amount:
        if time.monotonic() > ends or (worker is not None and worker.poll() is not None):
            message = f"{found} of {amount} handled, then no more"
            raise TimeoutError(message)
        time.sleep(0.01)
