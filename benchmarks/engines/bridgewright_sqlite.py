"""Bridgewright on SQLite."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.flight import TEXT, Timed, by_tasks, one_by_one_async
from benchmarks.marks import Marks
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.effects import Accept, ask
from bridgewright.core.lifecycle.routes import Routes
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.engine.drive.clock import now
from bridgewright.engine.drive.crew import Crew, Pace
from bridgewright.engine.drive.handlers import Invoker
from bridgewright.engine.drive.journeys import BlockingWorld, LoopWorld, run_async
from bridgewright.engine.drive.waiting import Mailbox
from bridgewright.engine.work import Duty

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.place import Place
    from bridgewright.core.effects import Receipt
    from bridgewright.core.model.item import Claimed

SOURCE = "bench"
DATABASE = "bridgewright.db"
LAST_S = 0.5
HORIZON_S = 7 * 86_400.0


def store(place: Place) -> SqliteStore:
    """The store of this measurement, as users get it."""
    return SqliteStore(place.folder / DATABASE)


def sender(world: LoopWorld) -> Callable[[int], Awaitable[tuple[Receipt, ...]]]:
    """Stores one small event, as the inbox does once it has verified it."""

    own = secrets.token_hex(4)

    def send(number: int) -> Awaitable[tuple[Receipt, ...]]:
        body = json.dumps({"number": number, "text": TEXT}).encode()
        event_id = f"{own}-{number}"
        notice = Notice(event_id, "bench.event", body, event_id=event_id)
        return run_async(ask(Accept(SOURCE, (notice,), Coverage.BODY, now(), HORIZON_S)), world)

    return send


def enqueue(place: Place, items: int, in_flight: int) -> float:
    """Seconds for `items` commits with `in_flight` asked for at once."""
    return asyncio.run(_enqueue(place, items, in_flight))


async def _enqueue(place: Place, items: int, in_flight: int) -> float:
    opened = store(place)
    world = LoopWorld(opened, Mailbox(asyncio.get_running_loop()))
    took = await by_tasks(sender(world), items, in_flight)
    opened.close()
    return took


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker in another process."""
    return asyncio.run(_idle(place, times, apart_s))


async def _idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    opened = store(place)
    world = LoopWorld(opened, Mailbox(asyncio.get_running_loop()))
    timed = await one_by_one_async(sender(world), times, apart_s)
    opened.close()
    return timed


def idle_beside(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Sends to an idle worker in the same process."""
    return asyncio.run(_idle_beside(place, times, apart_s))


async def _idle_beside(place: Place, times: int, apart_s: float) -> list[Timed]:
    opened = store(place)
    at_work = crew(place, opened, 64)
    working = asyncio.create_task(at_work.work())
    timed = await one_by_one_async(sender(at_work.world), times, apart_s)
    await asyncio.sleep(LAST_S)  # what was sent last is still on its way
    at_work.stop()
    await working
    opened.close()
    return timed


def work(place: Place, concurrency: int) -> None:
    """A worker, until SIGTERM."""
    asyncio.run(_work(place, concurrency))


async def _work(place: Place, concurrency: int) -> None:
    opened = store(place)
    at_work = crew(place, opened, concurrency)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, at_work.stop)
    await at_work.work()
    opened.close()


def waiting(place: Place) -> int:
    """How many items are not finished."""
    with closing(sqlite3.connect(place.folder / DATABASE)) as connection:
        return int(connection.execute("SELECT count(*) FROM bw_work").fetchone()[0])


def crew(place: Place, opened: SqliteStore, concurrency: int) -> Crew:
    """A worker whose handler only leaves a mark."""
    marks = Marks(place.marks)

    async def handle(event: Claimed) -> None:
        marks.leave(json.loads(event.item.body)["number"])

    routes = Routes()
    routes.add(SOURCE, "*", handle)
    invoker = Invoker(make_event=lambda claimed: claimed)
    mailbox = Mailbox(asyncio.get_running_loop())
    return Crew(
        Duty("bench-worker", "bench", os.getpid(), (SOURCE,), routes, lambda _fact: None),
        LoopWorld(opened, mailbox, invoke=invoker.awaiting),
        BlockingWorld(opened, invoke=invoker.blocking),
        Pace(concurrency=concurrency),
    )
