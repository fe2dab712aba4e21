"""Bridgewright on SQLite, with the defaults users get but for the concurrency."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.deliveries import SECRET, signed
from benchmarks.flight import TEXT, Timed, by_tasks, one_by_one_async
from benchmarks.marks import Marks
from bridgewright import Bridge, settings
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.effects import Accept, ask
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.engine.drive.clock import now
from bridgewright.engine.drive.journeys import LoopWorld, run_async
from bridgewright.engine.drive.waiting import Mailbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.place import Place
    from bridgewright import AsyncBridge, Event
    from bridgewright.core.effects import Receipt

SOURCE = "stripe"
DATABASE = "bridgewright.db"
HORIZON_S = 7 * 86_400.0
LAST_S = 0.5
OK = 200


def bridge(place: Place, concurrency: int | None = None) -> Bridge:
    """A bridge in this measurement's folder, whatever the user's environment says."""
    environ = {"STRIPE_WEBHOOK_SECRET": SECRET, "BRIDGEWRIGHT_STORE": str(place.folder / DATABASE)}
    if concurrency is not None:
        environ["BRIDGEWRIGHT_WORK_CONCURRENCY"] = str(concurrency)
    return Bridge(settings.load(environ=environ))


def enqueue(place: Place, items: int, in_flight: int) -> float:
    """Seconds for `items` commits with `in_flight` asked for at once."""
    return asyncio.run(_enqueue(place, items, in_flight))


async def _enqueue(place: Place, items: int, in_flight: int) -> float:
    with closing(SqliteStore(place.folder / DATABASE)) as store:
        return await by_tasks(_storing(store), items, in_flight)


def _storing(store: SqliteStore) -> Callable[[int], Awaitable[tuple[Receipt, ...]]]:
    """Stores one small event, as the inbox does once it has verified it."""
    world = LoopWorld(store, Mailbox(asyncio.get_running_loop()))
    own = secrets.token_hex(4)

    async def send(number: int) -> tuple[Receipt, ...]:
        event_id = f"{own}-{number}"
        notice = Notice(event_id, "bench.event", _body(event_id), event_id=event_id)
        return await run_async(
            ask(Accept(SOURCE, (notice,), Coverage.BODY, now(), HORIZON_S)), world
        )

    return send


def _body(event_id: str) -> bytes:
    event = {"id": event_id, "object": "event", "type": "bench.event", "created": 1_760_000_000}
    return json.dumps(event | {"text": TEXT}).encode()


def idle(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Deliveries to a bridge whose idle worker is another process."""
    return asyncio.run(_idle(bridge(place).as_async(), times, apart_s))


async def _idle(own: AsyncBridge, times: int, apart_s: float) -> list[Timed]:
    timed = await one_by_one_async(_receiving(own), times, apart_s)
    await own.close()
    return timed


def idle_beside(place: Place, times: int, apart_s: float) -> list[Timed]:
    """Deliveries to a bridge whose idle worker is in the same process."""
    return asyncio.run(_idle_beside(place, times, apart_s))


async def _idle_beside(place: Place, times: int, apart_s: float) -> list[Timed]:
    own = bridge(place)
    _handle(own, place)
    async with own.lifespan():
        timed = await one_by_one_async(_receiving(own.as_async()), times, apart_s)
        await asyncio.sleep(LAST_S)  # what was sent last is still on its way
    own.close()
    return timed


def _receiving(own: AsyncBridge) -> Callable[[int], Awaitable[None]]:
    """Takes one small delivery in, from its signature to its commit."""
    run = secrets.token_hex(4)

    async def send(number: int) -> None:
        body = _body(f"{run}-{number}")
        headers = {"Stripe-Signature": signed(body, int(time.time()))}
        answer = await own.receive(SOURCE, headers=headers, body=body)
        if answer.status != OK:
            message = f"a delivery was answered {answer.status}"
            raise RuntimeError(message)

    return send


def work(place: Place, concurrency: int) -> None:
    """A worker, until SIGTERM."""
    own = bridge(place, concurrency)
    _handle(own, place)
    signal.signal(signal.SIGTERM, lambda *_: own.stop())
    own.work()
    own.close()


def _handle(own: Bridge, place: Place) -> None:
    marks = Marks(place.marks)

    @own.on(SOURCE)
    async def handle(event: Event) -> None:
        marks.leave(int(str(event.event_id).rpartition("-")[2]))


def waiting(place: Place) -> int:
    """How many items are not finished."""
    with closing(sqlite3.connect(place.folder / DATABASE)) as connection:
        return int(connection.execute("SELECT count(*) FROM bw_work").fetchone()[0])
