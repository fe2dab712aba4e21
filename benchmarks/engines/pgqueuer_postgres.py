"""pgqueuer on PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
from pgqueuer import AsyncpgPoolDriver, PgQueuer, Queries

from benchmarks.flight import TEXT, Timed, Took, by_tasks, one_by_one_async
from benchmarks.marks import Marks
from benchmarks.peers import make_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from pgqueuer import Job

    from benchmarks.place import Place

CONNECTIONS = 16
BATCH = 32
"""Jobs a claim takes: half of what may run at once, which is the most that it allows."""


@asynccontextmanager
async def _driver(place: Place) -> AsyncIterator[AsyncpgPoolDriver]:
    """A pool of the faster of its two drivers, in this measurement's own schema."""
    settings = {"search_path": place.schema}
    pool = asyncpg.create_pool(
        place.postgres_url, min_size=4, max_size=CONNECTIONS, server_settings=settings
    )
    async with pool as opened:
        yield AsyncpgPoolDriver(opened)


def prepare(place: Place) -> None:
    """Make the schema and pgqueuer's tables in it."""
    make_schema(place)
    asyncio.run(_prepare(place))


async def _prepare(place: Place) -> None:
    async with _driver(place) as driver:
        await Queries(driver).install()


def _sending(driver: AsyncpgPoolDriver) -> Callable[[int], Awaitable[object]]:
    queries = Queries(driver)
    return lambda n: queries.enqueue("handle", f"{n} {TEXT}".encode())


def enqueue(place: Place, items: int, in_flight: int) -> Took:
    """What `items` sends from `in_flight` tasks take."""
    return asyncio.run(_enqueue(place, items, in_flight))


async def _enqueue(place: Place, items: int, in_flight: int) -> Took:
    async with _driver(place) as driver:
        return await by_tasks(_sending(driver), items, in_flight)


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker."""
    return asyncio.run(_idle(place, times, apart_s))


async def _idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    async with _driver(place) as driver:
        return await one_by_one_async(_sending(driver), times, apart_s)


def work(place: Place, concurrency: int) -> None:
    """A worker, until SIGTERM."""
    asyncio.run(_work(place, concurrency))


async def _work(place: Place, concurrency: int) -> None:
    marks = Marks(place.marks)
    async with _driver(place) as driver:
        made = PgQueuer(driver)

        @made.entrypoint("handle")
        async def handle(job: Job) -> None:
            marks.leave(int((job.payload or b"0").split()[0]))

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, made.shutdown.set)
        await made.run(batch_size=BATCH, max_concurrent_tasks=concurrency)
