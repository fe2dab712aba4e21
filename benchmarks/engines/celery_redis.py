"""Celery on Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import Celery

from benchmarks.flight import TEXT, Timed, Took, by_threads, one_by_one
from benchmarks.marks import Marks

if TYPE_CHECKING:
    from benchmarks.place import Place


def queue(place: Place) -> Celery:
    """A Celery that writes no results and prefixes every key it makes."""
    made = Celery("bench", broker=place.redis_url)
    made.conf.update(
        broker_connection_retry_on_startup=True,
        broker_pool_limit=64,
        broker_transport_options={"global_keyprefix": place.prefix},
        task_acks_late=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=4,
    )
    return made


def task(made: Celery, marks: Marks | None = None) -> Any:
    """The handler: leaves a mark when asked to."""

    @made.task(name="handle")
    def handle(event: dict[str, Any]) -> None:
        if marks is not None:
            marks.leave(event.get("number", 0))

    return handle


def enqueue(place: Place, items: int, in_flight: int) -> Took:
    """What `items` sends from `in_flight` threads take."""
    handle = task(queue(place))
    return by_threads(lambda n: handle.delay({"number": n, "text": TEXT}), items, in_flight)


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker."""
    handle = task(queue(place))
    return one_by_one(lambda n: handle.delay({"number": n, "text": TEXT}), times, apart_s)


def work(place: Place, concurrency: int) -> None:
    """A worker with late acknowledgement (else a crash loses what it had in hand)."""
    work_on(queue(place), place, concurrency)


def work_on(made: Celery, place: Place, concurrency: int) -> None:
    """The same on whatever broker."""
    task(made, Marks(place.marks))
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"]
    made.worker_main(["worker", f"--pool={POOL}", f"--concurrency={concurrency}", *quiet])


POOL = "threads"
"""What keeps 64 handlers in flight. No-op handlers drain about a third faster in `solo`, one at a
time."""


def waiting(place: Place) -> int:
    """How many tasks are not done."""
    import redis  # noqa: PLC0415 - only the measuring process asks

    with redis.Redis.from_url(place.redis_url) as client:
        return int(client.llen(f"{place.prefix}celery") + client.hlen(f"{place.prefix}unacked"))
