"""The inbox: deliveries verified, deduplicated, on disk, and answered, against its peers."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks import deliveries, machine, peers
from benchmarks.contest import Contender, Contest, Figures, hold
from benchmarks.load import Load, drive
from benchmarks.place import Place
from benchmarks.processes import await_answer, listening, started
from benchmarks.report import Aim, Column, Half, Ratio, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

PATH = "/webhooks/stripe"
OUR_APPS = "benchmarks.apps.ours"
BY_HAND = "benchmarks.apps.by_hand"
FEW = 1_000
WORKER_START_S = 2.5
"""What a peer's worker process is given to start."""
RATE = "req/s"
BARE = "bare handler"
OURS = "bridgewright inbox"
MOUNTED = "bridgewright inbox in FastAPI"
CELERY = "FastAPI + Celery"
PROCRASTINATE = "FastAPI + procrastinate"
SLOW = f"{MOUNTED}, worker beside it, handlers take 1 s"
WORDS = (
    "POST of 2 KB Stripe-signed bodies, each its own event, 64 connections kept alive, one request at a "
    "time on each. uvicorn with uvloop and httptools for all, on one core together with the worker where "
    "one runs; the load on the other core; Redis and PostgreSQL wherever the kernel puts them (their "
    "work is free to the peers). Ours verifies, deduplicates, and answers after the fsync; the peers "
    "verify and enqueue, and do not deduplicate. Waiting is what the worker had not handled when the "
    "load ended. Server CPU leaves out peers' workers and servers."
)


@dataclass(frozen=True, slots=True)
class App:
    """One application under load, and what runs beside it.

    `engine` is its queue's module, `apart` says that its worker is a process of its own.
    `fastest_per_s` is how many requests are made ready for each second, more than it can answer;
    None sends the same few again and again, to an application that does not look at them.
    """

    where: str
    fastest_per_s: int | None = 15_000
    path: str = PATH
    engine: str | None = None
    apart: bool = False
    handler_s: float = 0.0
    prepare: Callable[[Place], object] = lambda _place: None
    tidy: Callable[[Place], object] = lambda _place: None


@dataclass(frozen=True, slots=True)
class Effort:
    """How many rounds, and how hard each."""

    rounds: int = 5
    load: Load = field(default_factory=Load)


def run(effort: Effort, folder: Path) -> Half:
    """The table, and the aims of this half."""
    cores = machine.cores()
    with machine.on_core(cores.load):
        contest = hold("Inbox", WORDS, _contenders(effort, folder, cores), effort.rounds, folder)
    columns = [
        Column(RATE, RATE, spread=True),
        Column("p50 ms", "p50 ms", 1),
        Column("p99 ms", "p99 ms", 1),
        Column("server µs", "server CPU µs each"),
        Column("waiting", "waiting"),
    ]
    ratios = [Ratio(RATE, BARE, "÷ bare"), Ratio(RATE, CELERY, "÷ Celery")]
    return Half(table(contest, columns, ratios), _aims(contest), contest.failed())


def _aims(contest: Contest) -> list[Aim]:
    bare, celery = contest.ratios(OURS, BARE, RATE), contest.ratios(OURS, CELERY, RATE)
    slowed = contest.ratios(SLOW, MOUNTED, RATE)
    return [
        Aim("inbox: 60 % of the bare handler or more", bare, "", least=0.6),
        Aim("inbox: 5 times FastAPI + Celery or more", celery, "times", least=5),
        Aim("inbox: not slowed by handlers of one second (90 % or more)", slowed, "", least=0.9),
    ]


def _contenders(effort: Effort, folder: Path, cores: machine.Cores) -> list[Contender]:
    return [
        Contender(
            name, peer.durability, peer.words, partial(_measure, app, effort, cores), peer.missing
        )
        for name, app, peer in _rows(Place.here(folder, "look"))
    ]


def _rows(place: Place) -> list[tuple[str, App, peers.Peer]]:
    nothing = peers.Peer("D0", "nothing is stored")
    sqlite, redis, postgres = peers.sqlite(), peers.redis_peer(place), peers.postgres_peer(place)
    ours = App(f"{OUR_APPS}:alone", path="/stripe", engine="bridgewright_sqlite")
    mounted = replace(ours, where=f"{OUR_APPS}:mounted", path=PATH)
    beside = replace(mounted, where=f"{OUR_APPS}:with_worker")
    celery = App(f"{BY_HAND}:celery", 6_000, engine="celery_redis", tidy=peers.forget_keys)
    procrastinate = App(
        f"{BY_HAND}:procrastinate",
        6_000,
        engine="procrastinate_postgres",
        prepare=_make_schema,
        tidy=peers.forget_schema,
    )
    return [
        (OURS, ours, sqlite),
        (BARE, App("benchmarks.apps.bare:make", None), nothing),
        (CELERY, celery, redis),
        (PROCRASTINATE, procrastinate, postgres),
        (MOUNTED, mounted, sqlite),
        (SLOW, replace(beside, handler_s=1.0), sqlite),
        (f"{MOUNTED}, worker beside it", beside, sqlite),
        (f"{CELERY}, worker running", replace(celery, apart=True), redis),
        (f"{PROCRASTINATE}, worker running", replace(procrastinate, apart=True), postgres),
    ]


def _make_schema(place: Place) -> None:
    import_module("benchmarks.engines.procrastinate_postgres").prepare(place)


def _measure(app: App, effort: Effort, cores: machine.Cores, place: Place) -> Figures:
    here = replace(place, handler_s=app.handler_s)
    supply = _supply(app, effort.load.warm_s + effort.load.measured_s)
    app.prepare(here)
    try:
        with ExitStack() as running:
            return _drive(app, effort.load, cores, here, supply, running)
    finally:
        app.tidy(here)


def _supply(app: App, seconds: float) -> Iterable[bytes]:
    if app.fastest_per_s is None:
        return cycle(deliveries.requests(FEW, path=app.path))
    return deliveries.requests(round(app.fastest_per_s * seconds), path=app.path)


def _drive(  # noqa: PLR0913 - all of one measurement
    app: App,
    load: Load,
    cores: machine.Cores,
    place: Place,
    supply: Iterable[bytes],
    running: ExitStack,
) -> Figures:
    listener = running.enter_context(listening())
    port, descriptor = listener.getsockname()[1], listener.fileno()
    serve = "benchmarks.serve", app.where, str(descriptor)
    fds = (descriptor,)
    server = running.enter_context(started(place, *serve, core=cores.server, pass_fds=fds))
    await_answer(port, server)
    if app.apart:
        work = "benchmarks.engine", str(app.engine), "work"
        running.enter_context(started(place, *work, core=cores.server))
        time.sleep(WORKER_START_S)
    used = machine.cpu_s(server.pid)
    found = drive(port, supply, load)
    if set(found.statuses) != {200}:
        message = f"answers by status: {found.statuses}"
        raise RuntimeError(message)
    figures = {
        RATE: found.per_s,
        "p50 ms": found.p50_ms,
        "p99 ms": found.p99_ms,
        "server µs": (machine.cpu_s(server.pid) - used) / found.answered * 1e6,
        "load busy": found.busy,
    }
    if app.engine is not None:
        waiting = import_module(f"benchmarks.engines.{app.engine}").waiting
        figures["waiting"] = float(waiting(place))
    return figures
