"""Dramatiq on Redis."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from benchmarks.flight import TEXT, Timed, Took, by_threads, one_by_one
from benchmarks.marks import Marks

if TYPE_CHECKING:
    from benchmarks.place import Place

WORKERS = 8
"""Threads of Dramatiq's own worker: its default for each of its processes."""
STOP_MS = 5_000


def broker(place: Place) -> RedisBroker:
    """A Redis broker with its default middleware, that prefixes every key it makes."""
    return RedisBroker(url=place.redis_url, namespace=f"{place.prefix}dramatiq")


def actor(made: RedisBroker, marks: Marks | None = None) -> Any:
    """The handler: leaves a mark when asked to."""

    @dramatiq.actor(broker=made, actor_name="handle")
    def handle(event: dict[str, Any]) -> None:
        if marks is not None:
            marks.leave(event["number"])

    return handle


def enqueue(place: Place, items: int, in_flight: int) -> Took:
    """What `items` sends from `in_flight` threads take."""
    handle = actor(broker(place))
    return by_threads(lambda n: handle.send({"number": n, "text": TEXT}), items, in_flight)


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker."""
    handle = actor(broker(place))
    return one_by_one(lambda n: handle.send({"number": n, "text": TEXT}), times, apart_s)


def work(place: Place, concurrency: int) -> None:
    """One worker of threads, as each process of `dramatiq` runs one."""
    made = broker(place)
    actor(made, Marks(place.marks))
    worker = dramatiq.Worker(made, worker_threads=min(concurrency, WORKERS))
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    worker.start()
    ended.wait()
    worker.stop(timeout=STOP_MS)
