"""An entry that joins a user's transaction in PostgreSQL: one suite over every driver."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import asyncpg
import psycopg
import pytest
import sqlalchemy
from django.db import connections, transaction
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from bridgewright import Bridge, ConfigurationError, Event, Secret, State
from bridgewright.core.model.moment import later
from bridgewright.settings import Settings, SourceSettings, StoreSettings, WorkSettings
from tests.contracts import one_django
from tests.contracts.cluster import Cluster, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
NOTE = "INSERT INTO note VALUES (7)"


class Broken(Exception):
    """What a user's own code raises within its transaction."""


class Driver(Protocol):
    """Runs a write of the user's and a send in one transaction, which fails in the end if asked to."""

    def __call__(self, url: str, send: Callable[[Any], Any], *, fail: bool) -> None: ...


def _end(*, fail: bool) -> None:
    if fail:
        raise Broken


def by_psycopg(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(NOTE)
        send(connection)
        _end(fail=fail)


def by_psycopg_first(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    """Our statement begins the transaction."""
    with psycopg.connect(url) as connection:
        send(connection)
        connection.execute(NOTE)
        _end(fail=fail)


def by_psycopg_transaction(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        connection.execute(NOTE)
        send(connection)
        _end(fail=fail)


def by_psycopg_awaited(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    async def play() -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.execute(NOTE)
            await send(connection)
            _end(fail=fail)

    asyncio.run(play())


def by_asyncpg(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    async def play() -> None:
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.execute(NOTE)
                await send(connection)
                _end(fail=fail)
        finally:
            await connection.close()

    asyncio.run(play())


def by_asyncpg_pool(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    async def play() -> None:
        async with (
            asyncpg.create_pool(url, min_size=1, max_size=1) as pool,
            pool.acquire() as connection,
            connection.transaction(),
        ):
            await connection.execute(NOTE)
            await send(connection)
            _end(fail=fail)

    asyncio.run(play())


def _dialect(url: str, driver: str) -> str:
    return url.replace("postgresql://", f"postgresql+{driver}://")


def by_session(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    engine = sqlalchemy.create_engine(_dialect(url, "psycopg"))
    try:
        with Session(engine) as session, session.begin():
            session.execute(sqlalchemy.text(NOTE))
            send(session)
            _end(fail=fail)
    finally:
        engine.dispose()


def by_async_session(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    _by_async_session(url, send, "asyncpg", fail=fail)


def by_async_session_psycopg(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    _by_async_session(url, send, "psycopg", fail=fail)


def _by_async_session(url: str, send: Callable[[Any], Any], driver: str, *, fail: bool) -> None:
    async def play() -> None:
        engine = create_async_engine(_dialect(url, driver))
        try:
            async with AsyncSession(engine) as session, session.begin():
                await session.execute(sqlalchemy.text(NOTE))
                await send(session)
                _end(fail=fail)
        finally:
            await engine.dispose()

    asyncio.run(play())


def by_django(url: str, send: Callable[[Any], Any], *, fail: bool) -> None:
    one_django.ready()
    parts = urlsplit(url)
    alias = "shared"
    connections.settings[alias] = connections.settings["default"] | {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username,
        "HOST": parts.hostname,
        "PORT": parts.port,
    }
    try:
        with transaction.atomic(using=alias):
            with connections[alias].cursor() as cursor:
                cursor.execute(NOTE)
            send(alias)
            _end(fail=fail)
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


BLOCKING: tuple[Driver, ...] = (
    by_psycopg,
    by_psycopg_first,
    by_psycopg_transaction,
    by_session,
    by_django,
)
AWAITED: tuple[Driver, ...] = (
    by_psycopg_awaited,
    by_asyncpg,
    by_asyncpg_pool,
    by_async_session,
    by_async_session_psycopg,
)
every_driver = pytest.mark.parametrize(
    "driver", [*BLOCKING, *AWAITED], ids=lambda driver: driver.__name__
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


class Place:
    """A bridge on a database of its own, with a table of the user's beside ours."""

    def __init__(self, url: Secret) -> None:
        self.url = url.reveal()
        source = SourceSettings("stripe", secrets=(Secret("whsec_x"),))
        work = WorkSettings(backoff_base_s=0.0, max_attempts=2)
        self.bridge = Bridge(Settings(store=StoreSettings(url=url), sources=(source,), work=work))
        self.told: list[int] = []
        self.bridge.outbound("warehouse.notify")(self.tell)
        self.bridge.migrate()
        self.run("CREATE TABLE note (n INTEGER)")

    def tell(self, order: int) -> None:
        self.told.append(order)

    def run(self, sql: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def send(
        self, driver: Driver, *, key: str = "order-17", fail: bool = False, **when: Any
    ) -> Any:
        """What the send answered, through this driver."""
        answered: list[Any] = []
        arguments = {"order": 17}

        def blocking(within: Any) -> None:
            send = self.bridge.outbox.send
            answered.append(send("warehouse.notify", arguments, key=key, within=within, **when))

        async def awaited(within: Any) -> None:
            send = self.bridge.as_async().outbox.send
            answered.append(
                await send("warehouse.notify", arguments, key=key, within=within, **when)
            )

        driver(self.url, awaited if driver in AWAITED else blocking, fail=fail)
        return answered[0]


@pytest.fixture
def place(cluster: Cluster) -> Iterator[Place]:
    made = Place(cluster.database())
    yield made
    made.bridge.close()


@every_driver
def test_what_commits_is_sent_once(place: Place, driver: Driver) -> None:
    receipt = place.send(driver)
    assert not receipt.duplicate
    assert place.run("SELECT n FROM note") == [(7,)]
    place.bridge.work(until_idle=True)
    place.bridge.work(until_idle=True)
    assert place.told == [17]
    assert place.bridge.event(receipt.item_id).row.state is State.DONE


@every_driver
def test_what_is_for_later_waits_for_its_time(place: Place, driver: Driver) -> None:
    receipt = place.send(driver, after=3600)
    place.bridge.work(until_idle=True)
    row = place.bridge.event(receipt.item_id).row
    assert (place.told, row.state) == ([], State.WAITING)
    assert row.due_at == later(row.received_at, 3600)


@every_driver
def test_what_rolls_back_leaves_nothing(place: Place, driver: Driver) -> None:
    with pytest.raises(Broken):
        place.send(driver, fail=True)
    assert place.run("SELECT n FROM note") == []
    for table in ("bw_item", "bw_work", "bw_dedupe"):
        assert place.run(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - ours
    assert not place.send(driver).duplicate


@every_driver
def test_a_key_is_one_item_however_it_came(place: Place, driver: Driver) -> None:
    first = place.bridge.outbox.send("warehouse.notify", {"order": 17}, key="order-17")
    again = place.send(driver)
    assert (again.item_id, again.duplicate) == (first.item_id, True)
    place.bridge.work(until_idle=True)
    assert place.told == [17]


@every_driver
def test_another_database_is_refused_and_the_users_transaction_goes_on(
    place: Place, driver: Driver, cluster: Cluster
) -> None:
    elsewhere = Place(cluster.database())
    home, place.url = place.url, elsewhere.url
    refused: list[ConfigurationError] = []

    def trying(within: Any) -> None:
        try:
            place.bridge.outbox.send("warehouse.notify", {"order": 17}, within=within)
        except ConfigurationError as error:
            refused.append(error)

    async def trying_awaited(within: Any) -> None:
        try:
            send = place.bridge.as_async().outbox.send
            await send("warehouse.notify", {"order": 17}, within=within)
        except ConfigurationError as error:
            refused.append(error)

    driver(elsewhere.url, trying_awaited if driver in AWAITED else trying, fail=False)
    place.url = home
    assert "another database" in str(refused[0])
    assert elsewhere.run("SELECT n FROM note") == [(7,)]
    assert place.run("SELECT count(*) FROM bw_item") == [(0,)]
    elsewhere.bridge.close()


def test_a_database_without_a_store_is_refused_and_goes_on(place: Place, cluster: Cluster) -> None:
    with psycopg.connect(cluster.database().reveal()) as connection:
        with pytest.raises(ConfigurationError, match="another database"):
            place.bridge.outbox.send("warehouse.notify", {"order": 17}, within=connection)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_of_two_transactions_with_one_key_the_second_waits_and_is_a_duplicate(
    place: Place,
) -> None:
    second: list[Any] = []

    def other() -> None:
        second.append(place.send(by_psycopg))

    with psycopg.connect(place.url) as connection:
        send = place.bridge.outbox.send
        first = send("warehouse.notify", {"order": 17}, key="order-17", within=connection)
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join(0.3)
        assert second == []
    waiting.join(20)
    assert (second[0].item_id, second[0].duplicate) == (first.item_id, True)


def test_a_worker_hears_of_a_joined_entry_when_it_is_committed(place: Place) -> None:
    told = threading.Event()

    def ring() -> None:
        told.set()

    place.bridge.outbound("warehouse.ring")(ring)
    place.bridge.outbox.send("warehouse.ring")
    working = threading.Thread(target=place.bridge.work)
    working.start()
    assert told.wait(20)
    told.clear()
    with psycopg.connect(place.url) as connection:
        place.bridge.outbox.send("warehouse.ring", within=connection)
    heard = told.wait(4)  # sooner than a worker looks by itself
    place.bridge.stop()
    working.join()
    assert heard


def test_what_has_no_transaction_or_a_failed_one_cannot_be_joined(place: Place) -> None:
    send = place.bridge.outbox.send
    with (
        psycopg.connect(place.url, autocommit=True) as connection,
        pytest.raises(ConfigurationError, match="without an open transaction"),
    ):
        send("warehouse.notify", {"order": 17}, within=connection)
    with psycopg.connect(place.url) as connection:
        with contextlib.suppress(psycopg.Error):
            connection.execute("SELECT 1 / 0")
        with pytest.raises(ConfigurationError, match="has failed"):
            send("warehouse.notify", {"order": 17}, within=connection)

    async def awaited() -> None:
        connection = await asyncpg.connect(place.url)
        try:
            with pytest.raises(ConfigurationError, match="without an open transaction"):
                await place.bridge.as_async().outbox.send(
                    "warehouse.notify", {"order": 17}, within=connection
                )
            with pytest.raises(ConfigurationError, match="this bridge blocks"):
                send("warehouse.notify", {"order": 17}, within=connection)
        finally:
            await connection.close()

    asyncio.run(awaited())


@pytest.mark.slow
def test_a_handlers_tx_joins_what_it_sends(place: Place) -> None:
    """Its writes, its settlement and what it sends are one."""
    attempts: list[int] = []

    @place.bridge.on("stripe")
    def handle(event: Event, tx: Any) -> None:
        attempts.append(event.attempt)
        tx.execute(NOTE)
        place.bridge.outbox.send("warehouse.notify", {"order": 17}, key="order-17", within=tx)
        if event.attempt == 1:
            raise Broken

    from tests.journeys.test_tx import Shop  # noqa: PLC0415 - its way to deliver

    Shop(place.bridge, list, [], "%s", secret=Secret("whsec_x")).deliver("evt_1")
    place.bridge.work(until_idle=True)
    place.bridge.work(until_idle=True)
    assert attempts == [1, 2]
    assert place.run("SELECT n FROM note") == [(7,)]
    assert place.told == [17]


KILLED = """
import sys, os, signal
import psycopg
from bridgewright.core.model.secret import Secret
from tests.contracts.test_joins_postgres import NOTE, Place

class There(Place):
    def run(self, sql):
        return []

place = There(Secret(sys.argv[1]))
connection = psycopg.connect(place.url)
connection.execute(NOTE)
place.bridge.outbox.send("warehouse.notify", {"order": 17}, within=connection)
if sys.argv[2] == "after":
    connection.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("when", "told"), [("before", []), ("after", [17])])
@pytest.mark.slow
def test_a_process_killed_before_its_commit_leaves_nothing(
    place: Place, when: str, told: list[int]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, place.url, when], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    place.bridge.work(until_idle=True)
    assert place.told == told
    assert len(place.run("SELECT n FROM note")) == len(told)
