"""Bridgewright, whatever its store: with the defaults users get but for the concurrency."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.deliveries import SECRET, signed
from benchmarks.flight import TEXT, Timed, Took, by_tasks, one_by_one_async
from benchmarks.marks import Marks
from bridgewright import Bridge, settings
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
    from bridgewright.core.ports import Store

SOURCE = "stripe"
HORIZON_S = 7 * 86_400.0
LAST_S = 0.5
OK = 200


@dataclass(frozen=True, slots=True)
class Ours:
    """The jobs of an engine, on one kind of store.

    `where` is the value of BRIDGEWRIGHT_STORE in a place, `store` opens the same by itself.
    """

    where: Callable[[Place], str]
    store: Callable[[Place], Store]

    def bridge(self, place: Place, concurrency: int | None = None) -> Bridge:
        """A bridge in this measurement's own place, whatever the user's environment says."""
        environ = {"STRIPE_WEBHOOK_SECRET": SECRET, "BRIDGEWRIGHT_STORE": self.where(place)}
        if concurrency is not None:
            environ["BRIDGEWRIGHT_WORK_CONCURRENCY"] = str(concurrency)
        return Bridge(settings.load(environ=environ))

    def enqueue(self, place: Place, items: int, in_flight: int) -> Took:
        """What `items` commits take with `in_flight` asked for at once."""
        return asyncio.run(self._enqueue(place, items, in_flight))

    async def _enqueue(self, place: Place, items: int, in_flight: int) -> Took:
        with closing(self.store(place)) as store:
            return await by_tasks(_storing(store), items, in_flight)

    def idle(self, place: Place, times: int, apart_s: float) -> list[Timed]:
        """Deliveries to a bridge whose idle worker is another process."""
        return asyncio.run(self._idle(place, times, apart_s))

    async def _idle(self, place: Place, times: int, apart_s: float) -> list[Timed]:
        own = self.bridge(place).as_async()
        timed = await one_by_one_async(_receiving(own), times, apart_s)
        await own.close()
        return timed

    def idle_beside(self, place: Place, times: int, apart_s: float) -> list[Timed]:
        """Deliveries to a bridge whose idle worker is in the same process."""
        return asyncio.run(self._idle_beside(place, times, apart_s))

    async def _idle_beside(self, place: Place, times: int, apart_s: float) -> list[Timed]:
        own = self.bridge(place)
        _handle(own, place)
        async with own.lifespan():
            timed = await one_by_one_async(_receiving(own.as_async()), times, apart_s)
            await asyncio.sleep(LAST_S)  # what was sent last is still on its way
        own.close()
        return timed

    def work(self, place: Place, concurrency: int) -> None:
        """A worker, until SIGTERM."""
        own = self.bridge(place, concurrency)
        _handle(own, place)
        signal.signal(signal.SIGTERM, lambda *_: own.stop())
        own.work()
        own.close()


def _storing(store: Store) -> Callable[[int], Awaitable[tuple[Receipt, ...]]]:
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


def _handle(own: Bridge, place: Place) -> None:
    marks = Marks(place.marks)

    @own.on(SOURCE)
    async def handle(event: Event) -> None:
        marks.leave(int(str(event.event_id).rpartition("-")[2]))
