"""Celery on RabbitMQ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import Celery

from benchmarks.engines.celery_redis import task, work_on
from benchmarks.flight import TEXT, Timed, Took, by_threads, one_by_one

if TYPE_CHECKING:
    from benchmarks.place import Place


def queue(place: Place) -> Celery:
    """A Celery whose queue is this measurement's own: durable, with persistent messages, and a send
    that returns when the broker has confirmed it (by default Celery does not wait for that, and then
    a crash of the broker loses what was sent)."""
    made = Celery("bench", broker=place.rabbitmq_url)
    made.conf.update(
        broker_connection_retry_on_startup=True,
        broker_pool_limit=64,
        broker_transport_options={"confirm_publish": True},
        task_acks_late=True,
        task_default_queue=place.schema,
        task_ignore_result=True,
        worker_enable_remote_control=False,
        worker_prefetch_multiplier=4,
    )
    return made


def enqueue(place: Place, items: int, in_flight: int) -> Took:
    """What `items` sends from `in_flight` threads take."""
    handle = task(queue(place))
    return by_threads(lambda n: handle.delay({"number": n, "text": TEXT}), items, in_flight)


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker."""
    handle = task(queue(place))
    return one_by_one(lambda n: handle.delay({"number": n, "text": TEXT}), times, apart_s)


def work(place: Place, concurrency: int) -> None:
    """A worker with late acknowledgement."""
    work_on(queue(place), place, concurrency)
