"""The store: how fast items go in and come out, and how soon an idle worker hears of one."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import machine, marks, peers
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
MANY = "bridgewright on PostgreSQL"
BESIDE = "worker beside the sender"
DRAIN_S = 120.0
FEWEST = 200
"""Items in the smallest round."""
ENQUEUE = "enqueue/s"
DRAIN = "drain/s"
CPU_IN = "sender's CPU µs each"
CPU_OUT = "worker's CPU µs each"
WORDS = (
    "Items of about 230 bytes, 64 in flight (threads or tasks, as the engine likes), then a worker of 64 "
    "whose handlers do nothing but leave a mark. Sender and worker are processes of their own, on any "
    "core; CPU is theirs, and leaves out servers. Drain is counted from the first handler to the last. "
    "Celery's worker has a pool of threads; its `solo` pool, with one handler at a time, drains about a "
    "third faster. DBOS looks every 10 ms, not once a second."
)
IDLE_WORDS = (
    "One item now and then to an idle worker. Commit is when the sender was told that the item is "
    "stored, asked is when it began to send. Below zero: the handler began before the sender had heard."
)


@dataclass(frozen=True, slots=True)
class Engine:
    """One queue: its module under `engines`, how many items fill a few seconds, and its server.

    `prepare` says that it makes tables first, in a process of its own; `tidy` removes what it made.
    """

    module: str
    items: int
    prepare: bool = False
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
            Column(CPU_IN, CPU_IN),
            Column(CPU_OUT, CPU_OUT),
        ],
        [
            Ratio(ENQUEUE, OURS, "enqueue ÷ ours"),
            Ratio(DRAIN, OURS, "drain ÷ ours"),
            Ratio(ENQUEUE, MANY, "enqueue ÷ ours on PostgreSQL"),
            Ratio(DRAIN, MANY, "drain ÷ ours on PostgreSQL"),
        ],
    )
    columns = [
        Column("commit p50 ms", "commit → handler p50 ms", 1, spread=True),
        Column("commit p99 ms", "p99 ms", 1),
        Column("asked p50 ms", "asked → handler p50 ms", 1),
        Column("asked p99 ms", "p99 ms", 1),
    ]
    found = [
        *_aims(busy, idle, OURS, (20_000, 12_000, 10)),
        *_aims(busy, idle, MANY, (15_000, 10_000, 5)),
    ]
    found += [
        Aim(f"store: {figure}, on PostgreSQL, 10 times {peer} or more", ratios, "times", least=10)
        for peer in ("procrastinate", "DBOS")
        for figure in (ENQUEUE, DRAIN)
        for ratios in [busy.ratios(MANY, peer, figure)]
    ]
    text = "\n".join([text, table(idle, columns, [])])
    return Half(text, found, busy.failed() + idle.failed())


def _aims(busy: Contest, idle: Contest, name: str, aims: tuple[int, int, int]) -> list[Aim]:
    """What one of ours is to reach: items a second in and out, and milliseconds to an idle worker."""
    into, out, most_ms = aims
    where = "" if name == OURS else ", on PostgreSQL"
    ours, soon = busy.standings[name], idle.standings[f"{name}, {BESIDE}"]
    delays = soon.values("commit p50 ms")
    return [
        Aim(f"store: enqueue{where}, {into:,}/s or more", ours.values(ENQUEUE), "/s", least=into),
        Aim(f"store: drain{where}, {out:,}/s or more", ours.values(DRAIN), "/s", least=out),
        Aim(
            f"store: idle{where}, commit → handler p50, {most_ms} ms or less",
            delays,
            "ms",
            most=most_ms,
        ),
    ]


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
    beside = [
        Contender(
            f"{name}, {BESIDE}",
            peer.durability,
            peer.words,
            partial(_idle_beside, engine, effort),
            peer.missing,
        )
        for name, engine, peer in _engines(folder)[:2]
    ]
    return hold("Store: idle", IDLE_WORDS, [*beside, *contenders], min(effort.rounds, 3), folder)


BRIDGEWRIGHT = Engine("bridgewright_sqlite", 40_000)
ON_POSTGRES = Engine("bridgewright_postgres", 40_000, prepare=True, tidy=peers.forget_schema)


def _engines(folder: Path) -> list[tuple[str, Engine, peers.Peer]]:
    place = Place.here(folder, "look")
    postgres = partial(Engine, prepare=True, tidy=peers.forget_schema)
    redis = partial(Engine, tidy=peers.forget_keys)
    rabbitmq = Engine("celery_rabbitmq", 3_000, tidy=peers.forget_queue)
    return [
        (OURS, BRIDGEWRIGHT, peers.sqlite()),
        (MANY, ON_POSTGRES, peers.postgres_peer(place, "bridgewright")),
        ("huey", Engine("huey_sqlite", 4_000), peers.huey_peer()),
        (
            "procrastinate",
            postgres("procrastinate_postgres", 2_000),
            peers.postgres_peer(place, "procrastinate"),
        ),
        ("DBOS", postgres("dbos_postgres", 1_500), peers.postgres_peer(place, "dbos")),
        (
            "pgqueuer",
            postgres("pgqueuer_postgres", 6_000),
            peers.postgres_peer(place, "pgqueuer", "asyncpg"),
        ),
        ("Celery", redis("celery_redis", 4_000), peers.redis_peer(place, "celery")),
        ("Celery on RabbitMQ", rabbitmq, peers.rabbitmq_peer(place)),
        ("Dramatiq", redis("dramatiq_redis", 8_000), peers.redis_peer(place, "dramatiq")),
    ]


def _busy(engine: Engine, effort: Effort, place: Place) -> Figures:
    items = max(round(engine.items * effort.share), FEWEST)
    _prepare(place, engine)
    try:
        took = json.loads(_engine(place, engine, "enqueue", items))
        with started(place, "benchmarks.engine", engine.module, "work") as worker:
            _await_marks(place, FEWEST // 10, worker)
            before, cpu_s = marks.count(place.marks), machine.cpu_s(worker.pid)
            _await_marks(place, items + WARM, worker)
            drained, cpu_s = items + WARM - before, machine.cpu_s(worker.pid) - cpu_s
        left = sorted(at for _, at in marks.read(place.marks))
        return {
            ENQUEUE: items / took["seconds"],
            DRAIN: (len(left) - 1) / ((left[-1] - left[0]) / 1e9),
            CPU_IN: took["cpu_s"] / items * 1e6,
            CPU_OUT: cpu_s / max(drained, 1) * 1e6,
        }
    finally:
        engine.tidy(place)


def _idle(engine: Engine, effort: Effort, place: Place) -> Figures:
    _prepare(place, engine)
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
    _prepare(place, engine)
    try:
        return _delays(json.loads(_engine(place, engine, "idle_beside", effort.idle)), place)
    finally:
        engine.tidy(place)


def _prepare(place: Place, engine: Engine) -> None:
    if engine.prepare:
        answer_of(place, "benchmarks.engine", engine.module, "prepare")


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
