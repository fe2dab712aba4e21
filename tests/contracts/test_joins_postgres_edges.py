"""Transactions in PostgreSQL that cannot be joined, or only with care."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

import asyncpg
import psycopg
import pytest
import sqlalchemy
from django.db import DatabaseError, connections, transaction
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import create_async_engine

from bridgewright import ConfigurationError, Event, Secret
from bridgewright.adapters.stores.postgres.floors import WHOLE_EVERY_S
from bridgewright.core.errors import StoreBusy
from tests.contracts.cluster import running
from tests.contracts.test_joins_postgres import NOTE, Broken, Place, _dialect, by_django, by_psycopg
from tests.journeys.test_tx import Shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.contracts.cluster import Cluster

OPERATION, ARGUMENTS = "warehouse.notify", {"order": 17}
WRONG = "SELECT 1 / 0"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.fixture
def place(cluster: Cluster) -> Iterator[Place]:
    made = Place(cluster.database())
    yield made
    made.bridge.close()


def _held(place: Place) -> list[Any]:
    return place.run("SELECT count(*) FROM bw_item")


@pytest.mark.slow
def test_an_engine_of_sqlalchemy_in_autocommit_mode_is_refused(place: Place) -> None:
    engine = sqlalchemy.create_engine(_dialect(place.url, "psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection, pytest.raises(ConfigurationError, match="autocommit"):
        place.bridge.outbox.send(OPERATION, ARGUMENTS, within=connection)
    engine.dispose()
    assert _held(place) == [(0,)]


class OtherDialect(PGDialect_psycopg):
    """A driver for PostgreSQL that nobody here has heard of."""

    driver = "other"
    supports_statement_cache = True


@pytest.mark.slow
def test_an_unknown_driver_of_sqlalchemy_is_refused(place: Place) -> None:
    sqlalchemy.dialects.registry.register("postgresql.other", __name__, OtherDialect.__name__)
    engine = sqlalchemy.create_engine(_dialect(place.url, "other"))
    with engine.connect() as connection, pytest.raises(ConfigurationError, match="not known"):
        place.bridge.outbox.send(OPERATION, ARGUMENTS, within=connection)
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_an_async_engine_in_autocommit_mode_is_refused(place: Place, driver: str) -> None:
    async def play() -> None:
        engine = create_async_engine(_dialect(place.url, driver), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            with pytest.raises(ConfigurationError, match="autocommit"):
                await place.bridge.as_async().outbox.send(OPERATION, ARGUMENTS, within=connection)
        await engine.dispose()

    asyncio.run(play())
    assert _held(place) == [(0,)]


def test_a_failed_transaction_of_asyncpg_is_refused(place: Place) -> None:
    async def play() -> None:
        connection = await asyncpg.connect(place.url)
        transaction = connection.transaction()
        await transaction.start()
        with contextlib.suppress(asyncpg.PostgresError):
            await connection.execute(WRONG)
        with pytest.raises(ConfigurationError, match="has failed"):
            await place.bridge.as_async().outbox.send(OPERATION, ARGUMENTS, within=connection)
        await transaction.rollback()
        await connection.close()

    asyncio.run(play())


def test_a_failed_transaction_of_sqlalchemy_is_refused(place: Place) -> None:
    engine = sqlalchemy.create_engine(_dialect(place.url, "psycopg"))
    with engine.connect() as connection:
        with contextlib.suppress(sqlalchemy.exc.DBAPIError):
            connection.execute(sqlalchemy.text(WRONG))
        with pytest.raises(ConfigurationError, match="has failed"):
            place.bridge.outbox.send(OPERATION, ARGUMENTS, within=connection)
    engine.dispose()


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_a_failed_transaction_of_an_async_engine_is_refused(place: Place, driver: str) -> None:
    async def play() -> None:
        engine = create_async_engine(_dialect(place.url, driver))
        async with engine.connect() as connection:
            with contextlib.suppress(sqlalchemy.exc.DBAPIError):
                await connection.execute(sqlalchemy.text(WRONG))
            with pytest.raises(ConfigurationError, match="has failed"):
                await place.bridge.as_async().outbox.send(OPERATION, ARGUMENTS, within=connection)
        await engine.dispose()

    asyncio.run(play())


def test_a_connection_that_blocks_is_refused_where_coroutines_would_wait_for_each_other(
    place: Place,
) -> None:
    async def play(connection: psycopg.Connection) -> None:
        await place.bridge.as_async().outbox.send(OPERATION, ARGUMENTS, within=connection)

    with (
        psycopg.connect(place.url) as connection,
        pytest.raises(ConfigurationError, match="blocks"),
    ):
        asyncio.run(play(connection))


@pytest.mark.parametrize("factory", [psycopg.ClientCursor, psycopg.RawCursor])
def test_the_users_own_kind_of_cursor_and_rows_do_not_matter(
    place: Place, factory: type[Any]
) -> None:
    rows = psycopg.rows.dict_row
    with psycopg.connect(place.url, cursor_factory=factory, row_factory=rows) as connection:
        place.bridge.outbox.send(OPERATION, ARGUMENTS, key="order-17", within=connection)
    with psycopg.connect(place.url, cursor_factory=factory, row_factory=rows) as connection:
        send = place.bridge.outbox.send
        assert send(OPERATION, ARGUMENTS, key="order-17", within=connection).duplicate
    place.bridge.work(until_idle=True)
    assert place.told == [17]


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_that_cannot_see_the_keys_holder_fails_as_a_transaction_to_be_repeated(
    place: Place, level: str
) -> None:
    send = place.bridge.outbox.send
    with psycopg.connect(place.url) as connection:
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {level}".encode())
        connection.execute("SELECT count(*) FROM note")
        first = send(OPERATION, ARGUMENTS, key="order-17")
        with pytest.raises(psycopg.errors.SerializationFailure):
            send(OPERATION, ARGUMENTS, key="order-17", within=connection)
        connection.rollback()
        assert send(OPERATION, ARGUMENTS, key="order-17", within=connection) == type(first)(
            first.item_id, duplicate=True
        )
    place.bridge.work(until_idle=True)
    assert place.told == [17]


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_a_key_that_a_store_is_about_to_take_is_waited_for(place: Place, ends: str) -> None:
    """A store's own writer takes keys without the lock that joins take."""
    answered: list[Any] = []
    with psycopg.connect(place.url) as writer:
        writer.execute(
            "INSERT INTO bw_dedupe (source, dedupe_key, item_id, expires_at)"
            " VALUES ('outbox/warehouse', 'order-17', 999, 9223372036854775807)"
        )
        waiting = threading.Thread(target=lambda: answered.append(place.send(by_psycopg)))
        waiting.start()
        waiting.join(0.3)
        assert answered == []
        getattr(writer, ends)()
    waiting.join(20)
    [receipt] = answered
    assert receipt.duplicate == (ends == "commit")
    assert (receipt.item_id == 999) == (ends == "commit")
    assert place.run("SELECT n FROM note") == [(7,)]  # the user's transaction went on
    place.bridge.work(until_idle=True)
    assert place.told == ([] if ends == "commit" else [17])


def _in_django(place: Place, spoil: Callable[[str], None]) -> None:
    def send(alias: str) -> None:
        spoil(alias)
        with pytest.raises(ConfigurationError, match="has failed"):
            place.bridge.outbox.send(OPERATION, ARGUMENTS, within=alias)
        transaction.set_rollback(True, using=alias)

    by_django(place.url, send, fail=False)
    assert _held(place) == [(0,)]


def test_a_failed_transaction_of_django_is_refused(place: Place) -> None:
    def spoil(alias: str) -> None:
        with contextlib.suppress(DatabaseError), connections[alias].cursor() as cursor:
            cursor.execute(WRONG)

    _in_django(place, spoil)


def test_a_transaction_that_django_will_roll_back_is_refused(place: Place) -> None:
    def spoil(alias: str) -> None:
        with (
            contextlib.suppress(DatabaseError),
            transaction.atomic(using=alias, savepoint=False),
            connections[alias].cursor() as cursor,
        ):
            cursor.execute(WRONG)

    _in_django(place, spoil)


@pytest.mark.slow
def test_an_entry_is_found_at_once_however_long_its_transaction_was_open(place: Place) -> None:
    """Workers have looked at what was due meanwhile, and do not look so far back by themselves."""
    rung, woken = threading.Event(), threading.Event()
    place.bridge.outbound("warehouse.ring")(rung.set)
    place.bridge.outbound("warehouse.wake")(woken.set)
    place.bridge.outbox.send("warehouse.wake")
    working = threading.Thread(target=place.bridge.work)
    working.start()
    assert woken.wait(20)
    woken.clear()
    with psycopg.connect(place.url) as connection:
        place.bridge.outbox.send("warehouse.ring", within=connection)
        connection.execute("SELECT pg_sleep(3)")  # longer than clocks may differ
        place.bridge.outbox.send("warehouse.wake")
        assert woken.wait(20)
    heard = rung.wait(WHOLE_EVERY_S / 2)
    place.bridge.stop()
    working.join()
    assert heard


@pytest.mark.slow
def test_who_sends_without_a_transaction_waits_for_a_key_and_is_then_told_that_it_is_busy(
    place: Place,
) -> None:
    send = place.bridge.outbox.send
    with psycopg.connect(place.url) as connection:
        first = send(OPERATION, ARGUMENTS, key="order-17", within=connection)
        with pytest.raises(StoreBusy):
            send(OPERATION, ARGUMENTS, key="order-17")
    again = send(OPERATION, ARGUMENTS, key="order-17")
    assert (again.item_id, again.duplicate) == (first.item_id, True)


def test_a_role_that_may_do_no_more_than_the_guide_says_can_send(place: Place) -> None:
    place.run("CREATE ROLE shop")
    place.run("GRANT SELECT, INSERT ON bw_item, bw_work, bw_dedupe, bw_tally TO shop")
    place.run("GRANT USAGE ON SEQUENCE bw_item_id TO shop")
    for duplicate in (False, True):
        with psycopg.connect(place.url, options="-c role=shop") as connection:
            send = place.bridge.outbox.send
            sent = send(OPERATION, ARGUMENTS, key="order-17", within=connection)
        assert sent.duplicate == duplicate
    place.bridge.work(until_idle=True)
    assert place.told == [17]


def test_the_tx_of_a_handler_that_is_a_coroutine_joins_what_it_sends(place: Place) -> None:
    attempts: list[int] = []

    @place.bridge.on("stripe")
    async def handle(event: Event, tx: Any) -> None:
        attempts.append(event.attempt)
        await tx.execute(NOTE)
        outbox = place.bridge.as_async().outbox
        await outbox.send(OPERATION, ARGUMENTS, key="order-17", within=tx)
        if event.attempt == 1:
            raise Broken

    Shop(place.bridge, list, [], "%s", secret=Secret("whsec_x")).deliver("evt_1")
    place.bridge.work(until_idle=True)
    place.bridge.work(until_idle=True)
    assert attempts == [1, 2]
    assert place.run("SELECT n FROM note") == [(7,)]
    assert place.told == [17]
