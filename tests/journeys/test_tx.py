"""A handler that takes `tx`: what it writes and its settlement are kept together, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bridgewright import Bridge, Cause, Event, Secret, State
from bridgewright.adapters.stores.sqlite.transactions import MAX_WRITES
from bridgewright.certify.contracts.made import Desk
from bridgewright.connectors import webhook
from bridgewright.core.effects import Claim
from bridgewright.core.model.fact import LeaseLost
from bridgewright.core.model.moment import later
from bridgewright.engine.drive.clock import now
from bridgewright.settings import Settings, SourceSettings, StoreSettings, WorkSettings
from tests.contracts.cluster import Cluster, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgewright.core.model.fact import Fact

SECRET = Secret("whsec_effects")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@dataclass
class Shop:
    """A bridge, a table of the application's in the same database, and what was told."""

    bridge: Bridge
    rows: Callable[[], list[Any]]
    facts: list[Fact]
    mark: str
    secret: Secret = SECRET

    def deliver(self, *keys: str) -> None:
        for key in keys:
            body = json.dumps({"id": key, "type": "invoice.paid"}).encode()
            fields = webhook("stripe").sign([self.secret], body, message_id="", at=now()).headers
            headers = {name.decode(): value.decode() for name, value in fields}
            assert self.bridge.receive("stripe", headers=headers, body=body).status == 200

    def insert(self, key: str) -> tuple[str, tuple[str]]:
        return f"INSERT INTO paid VALUES ({self.mark})", (key,)  # noqa: S608 - a placeholder

    def one(self) -> Any:
        [row] = self.bridge.events()
        return row


def made(store: StoreSettings, rows: Callable[[], list[Any]], mark: str, **work_as: Any) -> Shop:
    source = SourceSettings("stripe", secrets=(SECRET,))
    work = WorkSettings(**({"backoff_base_s": 0.0, "max_attempts": 3} | work_as))
    bridge = Bridge(Settings(store=store, sources=(source,), work=work))
    shop = Shop(bridge, rows, [], mark)
    bridge.observe(shop.facts.append)
    return shop


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Shop]:
    path = tmp_path / "effects.db"

    def rows() -> list[Any]:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return [key for (key,) in connection.execute("SELECT key FROM paid ORDER BY key")]

    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE paid (key TEXT UNIQUE)")
    shop = made(StoreSettings(path), rows, "?")
    yield shop
    shop.bridge.close()


@pytest.fixture
def postgres(cluster: Cluster) -> Iterator[Shop]:
    url = cluster.database()

    def rows() -> list[Any]:
        with psycopg.connect(url.reveal()) as connection:
            return [key for (key,) in connection.execute("SELECT key FROM paid ORDER BY key")]

    with psycopg.connect(url.reveal()) as connection:
        connection.execute("CREATE TABLE paid (key TEXT UNIQUE)")
    shop = made(StoreSettings(url=url), rows, "%s")
    yield shop
    shop.bridge.close()


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest) -> Shop:
    found: Shop = request.getfixturevalue(request.param)
    return found


Write = Any
"""What a handler does with its event and its `tx`: it may await what that answers."""


def as_plain(handle: Write) -> Callable[..., Any]:
    def handler(event: Event, tx: Any) -> None:
        handle(event, tx)

    return handler


def as_async(handle: Write) -> Callable[..., Any]:
    async def handler(event: Event, *, tx: Any) -> None:
        done = handle(event, tx)
        if asyncio.iscoroutine(done):
            await done

    return handler


both = pytest.mark.parametrize("kind", [as_plain, as_async])


@pytest.mark.slow
@both
def test_what_a_handler_wrote_is_kept_with_its_settlement(shop: Shop, kind: Any) -> None:
    shop.bridge.on("stripe")(kind(lambda event, tx: tx.execute(*shop.insert(event.event_id))))
    keys = [f"evt_{n}" for n in range(20)]
    shop.deliver(*keys)
    shop.bridge.work(until_idle=True)
    assert shop.rows() == sorted(keys)
    assert {row.state for row in shop.bridge.events()} == {State.DONE}
    assert shop.bridge.survey().sources[0].done == len(keys)


@pytest.mark.slow
@both
def test_what_a_handler_wrote_that_failed_is_not_kept(shop: Shop, kind: Any) -> None:
    async def after(done: Any, event: Event) -> None:
        if asyncio.iscoroutine(done):
            await done
        if event.attempt < 3:
            raise ValueError

    def handle(event: Event, tx: Any) -> Any:
        done = tx.execute(*shop.insert(f"{event.event_id}-{event.attempt}"))
        if kind is as_async:
            return after(done, event)
        if event.attempt < 3:
            raise ValueError
        return None

    shop.bridge.on("stripe")(kind(handle))
    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    assert shop.rows() == ["evt_1-3"]
    assert (shop.one().state, shop.one().attempts) == (State.DONE, 3)


@both
def test_a_write_that_cannot_be_done_fails_the_attempt_and_nobody_else(
    shop: Shop, kind: Any
) -> None:
    def handle(event: Event, tx: Any) -> Any:
        if event.event_id != "evt_bad":
            return tx.execute(*shop.insert(event.event_id))
        if kind is as_plain or shop.mark == "?":
            tx.execute(*shop.insert("first"))
            return tx.execute("INSERT INTO nowhere VALUES (1)")
        return _twice(tx, shop)

    shop.bridge.on("stripe")(kind(handle))
    shop.deliver("evt_bad", *(f"evt_{n}" for n in range(10)))
    shop.bridge.work(until_idle=True)
    assert shop.rows() == sorted(f"evt_{n}" for n in range(10))
    [dead] = [row for row in shop.bridge.events() if row.state is not State.DONE]
    assert (dead.event_id, dead.cause, dead.attempts) == ("evt_bad", Cause.EXHAUSTED, 3)


async def _twice(tx: Any, shop: Shop) -> None:
    await tx.execute(*shop.insert("first"))
    await tx.execute("INSERT INTO nowhere VALUES (1)")


@pytest.mark.slow
@both
def test_what_a_handler_wrote_whose_lease_was_lost_is_not_kept(shop: Shop, kind: Any) -> None:
    """Another worker takes the item while the handler runs; its own settlement is the one that counts."""
    desk = Desk(shop.bridge._runtime.store)  # noqa: SLF001 - a rival on the same store
    stolen: list[int] = []

    def steal() -> None:
        rival = Claim("rival", ("stripe",), 1, 3_600.0, later(now(), 3_600))
        stolen.extend(one.item.id for one in desk.do(rival).claimed)

    def handle(event: Event, tx: Any) -> Any:
        if kind is as_async and shop.mark == "%s":
            return _write_and(tx, shop, event, steal)
        tx.execute(*shop.insert(event.event_id or ""))
        thief = threading.Thread(target=steal)
        thief.start()
        thief.join()
        return None

    shop.bridge.on("stripe")(kind(handle))
    shop.deliver("evt_1")
    working = threading.Thread(target=shop.bridge.work)
    working.start()
    for _ in range(2_000):
        if any(isinstance(fact, LeaseLost) for fact in shop.facts):
            break
        working.join(0.01)
    shop.bridge.stop()
    working.join()
    assert stolen
    assert shop.rows() == []
    assert shop.one().state is State.LEASED


async def _write_and(tx: Any, shop: Shop, event: Event, then: Callable[[], None]) -> None:
    await tx.execute(*shop.insert(event.event_id or ""))
    await asyncio.to_thread(then)


@pytest.mark.slow
@both
@pytest.mark.parametrize("how", ["COMMIT", "ROLLBACK", "COMMIT; BEGIN"])
def test_a_handler_that_ends_its_transaction_by_itself_is_a_mistake(
    postgres: Shop, kind: Any, how: str
) -> None:
    postgres.bridge.on("stripe")(kind(lambda _, tx: tx.execute(how)))
    postgres.deliver("evt_1")
    postgres.bridge.work(until_idle=True)
    row = postgres.one()
    assert (row.state, row.cause, row.attempts) == (State.DEAD, Cause.PERMANENT, 1)
    assert "leave COMMIT and ROLLBACK to the bridge" in row.failure


@both
def test_the_connections_own_commit_is_refused(postgres: Shop, kind: Any) -> None:
    def handle(event: Event, tx: Any) -> Any:
        return tx.commit()

    postgres.bridge.on("stripe")(kind(handle))
    postgres.deliver("evt_1")
    postgres.bridge.work(until_idle=True)
    assert postgres.one().state is State.DEAD
    assert "ProgrammingError" in postgres.one().failure


def test_a_handler_reads_what_it_wrote_and_its_savepoints_are_its_own(postgres: Shop) -> None:
    seen: list[Any] = []

    @postgres.bridge.on("stripe")
    def handle(event: Event, tx: psycopg.Connection) -> None:
        tx.execute(*postgres.insert("kept"))  # type: ignore[arg-type]
        with contextlib.suppress(psycopg.errors.UniqueViolation), tx.transaction():
            tx.execute(*postgres.insert("kept"))  # type: ignore[arg-type]
        seen.append(tx.execute("SELECT count(*) FROM paid").fetchone())

    postgres.deliver("evt_1")
    postgres.bridge.work(until_idle=True)
    assert (seen, postgres.rows()) == ([(1,)], ["kept"])
    assert postgres.one().state is State.DONE


@pytest.mark.parametrize(
    "sql",
    [
        "COMMIT",
        "SAVEPOINT mine",
        "PRAGMA synchronous = OFF",
        "ATTACH 'other.db' AS other",
        "DELETE FROM bw_work",
        "UPDATE BW_ITEM SET body = x''",
        "INSERT INTO bw_audit (at) VALUES (1)",
        "DROP TABLE bw_work",
        "SELECT 1; DELETE FROM paid",
    ],
)
def test_a_handler_writes_neither_our_tables_nor_past_its_transaction(
    sqlite: Shop, sql: str
) -> None:
    sqlite.bridge.on("stripe")(lambda event, tx: tx.execute(sql))
    sqlite.deliver("evt_1")
    sqlite.bridge.work(until_idle=True)
    row = sqlite.one()
    assert (row.state, row.cause) == (State.DEAD, Cause.EXHAUSTED)
    assert "all of it was undone" in row.failure
    assert sqlite.bridge.survey().broken_promises == ()


def test_a_handler_that_writes_without_end_is_refused(sqlite: Shop) -> None:
    @sqlite.bridge.on("stripe")
    def handle(event: Event, tx: Any) -> None:
        tx.executemany(sqlite.insert("")[0], ((str(n),) for n in range(MAX_WRITES + 1)))

    sqlite.deliver("evt_1")
    sqlite.bridge.work(until_idle=True)
    assert sqlite.rows() == []
    assert str(MAX_WRITES) in sqlite.one().failure
