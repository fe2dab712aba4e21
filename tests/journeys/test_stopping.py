"""Ends that nobody planned: a worker cancelled, closed or without its store goes home in order."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import Cause, Event, Selection, State
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.certify.contracts.made import Desk
from bridgewright.core.effects import Claim, ListItems
from bridgewright.core.lifecycle.routes import Routes
from bridgewright.core.model.event import event_of
from bridgewright.engine.drive.clock import now
from bridgewright.engine.drive.crew import Crew, Pace
from bridgewright.engine.drive.handlers import Invoker
from bridgewright.engine.drive.journeys import LoopWorld
from bridgewright.engine.drive.lanes import Lanes
from bridgewright.engine.drive.waiting import Mailbox
from tests.journeys.crashing import duty_of
from tests.journeys.test_work import Shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.core.effects import Command, Query
    from bridgewright.core.ports import Reply, Store

PATIENCE_S = 20
"""How long we wait for what must come: less than the lease that a wrong worker would wait for."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(tmp_path, drain_s=0.0)
    yield opened
    opened.bridge.close()


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """The database, held by another connection."""
    with contextlib.closing(sqlite3.connect(folder / "work.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def hanging(shop: Shop) -> threading.Event:
    """Register an async handler that never ends; what is set once it has begun."""
    begun = threading.Event()

    @shop.bridge.on("stripe")
    async def hang(event: Event) -> None:
        begun.set()
        await asyncio.Event().wait()

    return begun


def working(shop: Shop) -> threading.Thread:
    worker = threading.Thread(target=shop.bridge.work, daemon=True)
    worker.start()
    return worker


def test_a_worker_whose_bridge_is_closed_ends_at_once(shop: Shop) -> None:
    begun = hanging(shop)
    shop.deliver("evt_1")
    worker = working(shop)
    assert begun.wait(PATIENCE_S)
    shop.bridge.close()
    worker.join(PATIENCE_S)
    assert not worker.is_alive(), "it asks a closed store again and again"


@pytest.mark.slow
def test_a_worker_that_stops_without_its_store_does_not_wait_for_it(
    tmp_path: Path, shop: Shop
) -> None:
    begun = hanging(shop)
    shop.deliver("evt_1")
    worker = working(shop)
    assert begun.wait(PATIENCE_S)
    with held(tmp_path):
        shop.bridge.stop()
        worker.join(PATIENCE_S)
        assert not worker.is_alive(), "it waits for a store that another process holds"
    assert shop.one().state is State.LEASED  # and is due when the lease runs out


class SlowToClaim:
    """A real store that takes claims only once it is told to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    def submit(self, command: Command[Any], reply: Reply) -> None:
        if isinstance(command, Claim):
            self.asked.set()
            waiting = asyncio.create_task(self.go_on.wait())
            waiting.add_done_callback(lambda _: self.store.submit(command, reply))
        else:
            self.store.submit(command, reply)

    def answer(self, query: Query[Any]) -> Any:
        return self.store.answer(query)

    def listen(self, on_due: Callable[[], None]) -> Callable[[], None]:
        return self.store.listen(on_due)

    def close(self) -> None:
        self.store.close()


def test_what_a_cancelled_worker_was_just_claiming_goes_back_unattempted(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    Desk(store).accept(at=now())
    routes = Routes()
    routes.add("stripe", "*", lambda event: None)

    async def run() -> None:
        slow = SlowToClaim(store)
        mailbox, lanes = Mailbox(asyncio.get_running_loop()), Lanes(1)
        invoker = Invoker(event_of, lanes, mailbox, store.transactions)
        world = LoopWorld(slow, mailbox)
        crew = Crew(duty_of(routes, "cancelled"), world, invoker.invoke, lanes, Pace())
        worker = asyncio.create_task(crew.work())
        await slow.asked.wait()
        worker.cancel()
        slow.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await worker

    asyncio.run(run())
    [row] = store.answer(ListItems(Selection(), 10))
    store.close()
    assert (row.state, row.attempts) == (State.WAITING, 0)


def test_until_idle_goes_on_behind_an_item_that_is_buried_unheard(tmp_path: Path) -> None:
    shop = Shop(tmp_path, concurrency=1)
    shop.bridge.on("stripe")(lambda event: None)
    shop.deliver("evt_1")
    desk, clock = Desk(shop.bridge._runtime.store), now()  # noqa: SLF001 - as workers that vanish
    for _ in range(3):
        [_] = desk.claim(now=clock, lease_s=-1.0).claimed
    shop.deliver("evt_2")
    shop.bridge.work(until_idle=True)
    states = {row.event_id: (row.state, row.cause) for row in shop.bridge.events()}
    assert states == {"evt_1": (State.DEAD, Cause.POISONED), "evt_2": (State.DONE, None)}
    shop.bridge.close()


COMPLAINING = """
import sys
from pathlib import Path
from tests.journeys.test_work import Shop

def complains(fact):
    raise KeyError("jane.doe@example.org")

shop = Shop(Path(sys.argv[1]))
shop.bridge.observe(complains)
shop.bridge.on("stripe")(lambda event: None)
shop.deliver("evt_1")
shop.bridge.work(until_idle=True)
print(shop.one().state)
shop.bridge.close()
"""


@pytest.mark.slow
def test_an_observer_breaks_nothing_even_where_warnings_are_errors(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", COMPLAINING, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr
    assert "observer complains raised KeyError" in done.stderr
    assert "jane.doe" not in done.stderr
