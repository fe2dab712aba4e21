"""huey on SQLite, with fsync."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from huey import SqliteHuey

from benchmarks.flight import TEXT, Timed, Took, by_threads, one_by_one
from benchmarks.marks import Marks

if TYPE_CHECKING:
    from benchmarks.place import Place

WORKERS = 8


def queue(place: Place) -> SqliteHuey:
    """A huey that flushes at each commit (and keeps no results of handlers that return nothing)."""
    return SqliteHuey("bench", str(place.folder / "huey.db"), fsync=True, timeout=30)


def task(made: SqliteHuey, marks: Marks | None = None) -> Any:
    """The handler: leaves a mark when asked to."""

    @made.task(name="handle")
    def handle(event: dict[str, Any]) -> None:
        if marks is not None:
            marks.leave(event["number"])

    return handle


def enqueue(place: Place, items: int, in_flight: int) -> Took:
    """What `items` sends from `in_flight` threads take."""
    handle = task(queue(place))
    return by_threads(lambda n: handle({"number": n, "text": TEXT}), items, in_flight)


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker."""
    handle = task(queue(place))
    return one_by_one(lambda n: handle({"number": n, "text": TEXT}), times, apart_s)


def work(place: Place, concurrency: int) -> None:
    """A consumer of threads. Between 1 and 32 of them we saw no difference beyond noise."""
    made = queue(place)
    task(made, Marks(place.marks))
    consumer = made.create_consumer(
        workers=min(concurrency, WORKERS), periodic=False, initial_delay=0.005, max_delay=0.02
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    consumer.start()
    ended.wait()
    consumer.stop(graceful=True)
