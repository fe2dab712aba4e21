"""procrastinate on PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import procrastinate

from benchmarks.flight import TEXT, Timed, Took, by_tasks, one_by_one_async
from benchmarks.marks import Marks
from benchmarks.peers import make_schema

if TYPE_CHECKING:
    from benchmarks.place import Place

CONNECTIONS = 16


def queue(place: Place) -> procrastinate.App:
    """A procrastinate in this measurement's own schema."""
    connector = procrastinate.PsycopgConnector(
        conninfo=place.postgres_url,
        kwargs={"options": f"-c search_path={place.schema}"},
        min_size=4,
        max_size=CONNECTIONS,
    )
    return procrastinate.App(connector=connector)


def task(made: procrastinate.App, marks: Marks | None = None) -> Any:
    """The handler: leaves a mark when asked to."""

    @made.task(name="handle")
    async def handle(event: dict[str, Any]) -> None:
        if marks is not None:
            marks.leave(event.get("number", 0))

    return handle


def prepare(place: Place) -> None:
    """Make the schema and procrastinate's tables in it."""
    make_schema(place)
    asyncio.run(_prepare(place))


async def _prepare(place: Place) -> None:
    made = queue(place)
    async with made.open_async():
        await made.schema_manager.apply_schema_async()


def enqueue(place: Place, items: int, in_flight: int) -> Took:
    """What `items` sends from `in_flight` tasks take."""
    return asyncio.run(_enqueue(place, items, in_flight))


async def _enqueue(place: Place, items: int, in_flight: int) -> Took:
    made = queue(place)
    handle = task(made)
    async with made.open_async():
        return await by_tasks(
            lambda n: handle.defer_async(event={"number": n, "text": TEXT}), items, in_flight
        )


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker."""
    return asyncio.run(_idle(place, times, apart_s))


async def _idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    made = queue(place)
    handle = task(made)
    async with made.open_async():
        return await one_by_one_async(
            lambda n: handle.defer_async(event={"number": n, "text": TEXT}), times, apart_s
        )


def work(place: Place, concurrency: int) -> None:
    """A worker with its defaults but for the concurrency."""
    asyncio.run(_work(place, concurrency))


async def _work(place: Place, concurrency: int) -> None:
    made = queue(place)
    task(made, Marks(place.marks))
    async with made.open_async():
        await made.run_worker_async(concurrency=concurrency)


def waiting(place: Place) -> int:
    """How many jobs are not done."""
    import psycopg  # noqa: PLC0415 - only the measuring process asks

    counted = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
    path = f"-c search_path={place.schema}"
    with psycopg.connect(place.postgres_url, options=path) as connection:
        [(found,)] = connection.execute(counted).fetchall()
        return int(found)
