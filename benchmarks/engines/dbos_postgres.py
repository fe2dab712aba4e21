"""DBOS on PostgreSQL."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from dbos import DBOS, DBOSClient, DBOSConfig

from benchmarks.flight import TEXT, Timed, Took, by_threads, one_by_one
from benchmarks.marks import Marks

if TYPE_CHECKING:
    from benchmarks.place import Place

QUEUE = "bench"
VERSION = "1"
CONNECTIONS = 16
POLL_S = 0.01
"""How often the worker looks: by default once a second, which drains a tenth as fast."""


def _config(place: Place) -> DBOSConfig:
    return DBOSConfig(
        name="bench",
        system_database_url=place.postgres_url,
        dbos_system_schema=place.schema,
        sys_db_pool_size=CONNECTIONS,
        application_version=VERSION,
        executor_id="bench",
        log_level="ERROR",
        run_migrations=True,
    )


def prepare(place: Place) -> None:
    """Make DBOS's tables in this measurement's own schema, and its queue."""
    _launch(place, None)
    DBOS.destroy()


def _launch(place: Place, concurrency: int | None) -> None:
    marks = Marks(place.marks)
    DBOS(config=_config(place))

    @DBOS.workflow(name="handle")
    def handle(event: dict[str, Any]) -> None:
        marks.leave(event["number"])

    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=concurrency,
        polling_interval_sec=POLL_S,
        on_conflict="always_update",
    )


def enqueue(place: Place, items: int, in_flight: int) -> Took:
    """What `items` sends from `in_flight` threads take."""
    client = _client(place)
    try:
        return by_threads(lambda n: _send(client, n), items, in_flight)
    finally:
        client.destroy()


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker."""
    client = _client(place)
    try:
        return one_by_one(lambda n: _send(client, n), times, apart_s)
    finally:
        client.destroy()


def _client(place: Place) -> DBOSClient:
    return DBOSClient(
        system_database_url=place.postgres_url,
        dbos_system_schema=place.schema,
        system_database_pool_size=CONNECTIONS,
        application_name="bench",
    )


def _send(client: DBOSClient, number: int) -> object:
    options: Any = {"workflow_name": "handle", "queue_name": QUEUE, "app_version": VERSION}
    return client.enqueue(options, {"number": number, "text": TEXT})


def work(place: Place, concurrency: int) -> None:
    """A worker, until SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    _launch(place, concurrency)
    ended.wait()
    DBOS.destroy()
