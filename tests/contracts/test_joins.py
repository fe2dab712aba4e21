"""An entry that joins a user's transaction is there if that commits, and never was if it does not: one
suite over every driver."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import sqlalchemy
from django.db import connections, transaction
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from bridgewright import Bridge, ConfigurationError, Refused, State
from bridgewright.core.model.moment import later
from bridgewright.settings import Settings, StoreSettings, WorkSettings
from tests.contracts import one_django

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
NOTE = "INSERT INTO note VALUES (7)"


class Broken(Exception):
    """What a user's own code raises within its transaction."""


class Driver(Protocol):
    """Runs a write of the user's and a send in one transaction, which fails in the end if asked to."""

    def __call__(self, path: Path, send: Callable[[Any], Any], *, fail: bool) -> None: ...


def by_sqlite3(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute(NOTE)
            send(connection)
            _end(fail=fail)
    finally:
        connection.close()


def by_sqlite3_first(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    """Our write begins the transaction."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            send(connection)
            connection.execute(NOTE)
            _end(fail=fail)
    finally:
        connection.close()


def by_sqlite3_begun(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    try:
        connection.execute(NOTE)
        send(connection)
        _end(fail=fail)
        connection.execute("COMMIT")
    finally:
        connection.close()


def by_session(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    try:
        with Session(engine) as session, session.begin():
            session.execute(sqlalchemy.text(NOTE))
            send(session)
            _end(fail=fail)
    finally:
        engine.dispose()


def by_connection(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(NOTE))
            send(connection)
            _end(fail=fail)
    finally:
        engine.dispose()


def by_async_session(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    async def play() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        try:
            async with AsyncSession(engine) as session, session.begin():
                await session.execute(sqlalchemy.text(NOTE))
                await send(session)
                _end(fail=fail)
        finally:
            await engine.dispose()

    asyncio.run(play())


def by_async_connection(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    async def play() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        try:
            async with engine.begin() as connection:
                await connection.execute(sqlalchemy.text(NOTE))
                await send(connection)
                _end(fail=fail)
        finally:
            await engine.dispose()

    asyncio.run(play())


@contextmanager
def django_alias(path: Path) -> Iterator[str]:
    """One of Django's databases at this file, by its alias."""
    one_django.ready()
    alias = "joined"
    connections.settings[alias] = connections.settings["default"] | {"NAME": str(path)}
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


def by_django(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    with django_alias(path) as alias, transaction.atomic(using=alias):
        connections[alias].cursor().execute(NOTE)
        send(alias)
        _end(fail=fail)


def by_django_connection(path: Path, send: Callable[[Any], Any], *, fail: bool) -> None:
    with django_alias(path) as alias, transaction.atomic(using=alias):
        connections[alias].cursor().execute(NOTE)
        send(connections[alias])
        _end(fail=fail)


def _end(*, fail: bool) -> None:
    if fail:
        raise Broken


BLOCKING = [
    by_sqlite3,
    by_sqlite3_first,
    by_sqlite3_begun,
    by_session,
    by_connection,
    by_django,
    by_django_connection,
]
AWAITED = [by_async_session, by_async_connection]
DRIVERS = pytest.mark.parametrize("driver", BLOCKING + AWAITED, ids=lambda each: each.__name__)


class Place:
    """A store in an application's own database, and a function that what is sent is handed to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        settings = Settings(store=StoreSettings(path), work=WorkSettings(max_attempts=1))
        self.bridge = Bridge(settings)
        self.bridge.migrate()
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE note (n INTEGER)")
        connection.close()
        self.called: list[int] = []
        self.bridge.outbound("shop.pack")(self.pack)

    def pack(self, order: int) -> str:
        self.called.append(order)
        return f"parcel-{order}"

    def notes(self) -> int:
        connection = sqlite3.connect(self.path)
        [[count]] = connection.execute("SELECT count(*) FROM note").fetchall()
        connection.close()
        return int(count)

    def sending(
        self, driver: Driver, key: str = "order-7", order: int = 7, **when: Any
    ) -> Callable[[Any], Any]:
        bridge: Any = self.bridge.as_async() if driver in AWAITED else self.bridge
        return lambda within: bridge.outbox.send(
            "shop.pack", {"order": order}, key=key, within=within, **when
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "app.db")
    yield made
    made.bridge.close()


@DRIVERS
def test_what_commits_is_sent_once(place: Place, driver: Driver) -> None:
    driver(place.path, place.sending(driver), fail=False)
    place.bridge.work(until_idle=True)
    place.bridge.work(until_idle=True)
    assert (place.notes(), place.called) == (1, [7])
    [row] = place.bridge.events()
    assert row.result == "parcel-7"
    [count] = place.bridge.survey().sources
    assert (count.source, count.accepted, count.done) == ("outbox/shop", 1, 1)


@DRIVERS
def test_what_is_for_later_waits_for_its_time(place: Place, driver: Driver) -> None:
    driver(place.path, place.sending(driver, after=3600), fail=False)
    place.bridge.work(until_idle=True)
    [row] = place.bridge.events()
    assert (place.called, row.state) == ([], State.WAITING)
    assert row.due_at == later(row.received_at, 3600)


@DRIVERS
def test_what_rolls_back_leaves_nothing(place: Place, driver: Driver) -> None:
    with pytest.raises(Broken):
        driver(place.path, place.sending(driver), fail=True)
    place.bridge.work(until_idle=True)
    assert (place.notes(), place.called, place.bridge.events()) == (0, [], ())
    driver(place.path, place.sending(driver), fail=False)  # its key was not used up
    place.bridge.work(until_idle=True)
    assert place.called == [7]


@DRIVERS
def test_a_key_is_one_item_however_it_came(place: Place, driver: Driver) -> None:
    first = place.bridge.outbox.send("shop.pack", {"order": 7}, key="order-7")
    driver(place.path, place.sending(driver), fail=False)
    [row] = place.bridge.events()
    assert row.id == first.item_id
    with pytest.raises(Refused, match="other arguments"):
        driver(place.path, place.sending(driver, order=8), fail=False)
    assert place.notes() == 1  # what was refused took the user's own write with it


@DRIVERS
def test_items_that_came_both_ways_are_numbered_apart(place: Place, driver: Driver) -> None:
    for n in range(3):
        place.bridge.outbox.send("shop.pack", {"order": n}, key=f"own-{n}")
        driver(place.path, place.sending(driver, f"joined-{n}", 10 + n), fail=False)
    place.bridge.work(until_idle=True)
    assert sorted(place.called) == [0, 1, 2, 10, 11, 12]


@DRIVERS
def test_another_database_is_refused(place: Place, driver: Driver, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE note (n INTEGER)")
    connection.close()
    with pytest.raises(ConfigurationError, match="another database"):
        driver(other, place.sending(driver), fail=False)
    assert place.bridge.events() == ()


def test_a_store_that_was_never_migrated_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    bridge = Bridge(Settings(store=StoreSettings(path)))
    bridge.outbound("shop.pack")(print)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE note (n INTEGER)")
    with pytest.raises(ConfigurationError, match="bridgewright migrate"):
        bridge.outbox.send("shop.pack", {}, within=connection)
    connection.close()
    bridge.close()


def test_what_has_no_transaction_cannot_be_joined(place: Place) -> None:
    send = place.sending(by_sqlite3)
    connection = sqlite3.connect(place.path, isolation_level=None)
    with pytest.raises(ConfigurationError, match="BEGIN"):
        send(connection)
    connection.close()
    engine = sqlalchemy.create_engine(f"sqlite:///{place.path}", isolation_level="AUTOCOMMIT")
    with engine.connect() as autocommitting, pytest.raises(ConfigurationError, match="autocommit"):
        send(autocommitting)
    engine.dispose()
    with django_alias(place.path) as alias, pytest.raises(ConfigurationError, match="atomic"):
        send(alias)
    with pytest.raises(ConfigurationError, match="no alias"):
        send("nowhere")
    with pytest.raises(ConfigurationError, match="cannot be joined"):
        send(object())


def test_a_session_for_coroutines_wants_the_awaited_view(place: Place) -> None:
    async def play() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{place.path}")
        async with AsyncSession(engine) as session:
            with pytest.raises(ConfigurationError, match="as_async"):
                place.bridge.outbox.send("shop.pack", {"order": 1}, within=session)
        await engine.dispose()

    asyncio.run(play())


def test_a_savepoint_that_is_undone_takes_the_entry_with_it(place: Place) -> None:
    with django_alias(place.path) as alias, transaction.atomic(using=alias):
        connections[alias].cursor().execute(NOTE)
        savepoint = transaction.savepoint(using=alias)
        place.sending(by_django)(alias)
        transaction.savepoint_rollback(savepoint, using=alias)
    assert (place.notes(), place.bridge.events()) == (1, ())


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from tests.contracts.test_joins import Place, by_sqlite3, NOTE
from bridgewright import Bridge
from bridgewright.settings import Settings, StoreSettings

bridge = Bridge(Settings(store=StoreSettings(Path(sys.argv[1]))))
bridge.outbound("shop.pack")(print)
connection = sqlite3.connect(sys.argv[1])
connection.execute(NOTE)
bridge.outbox.send("shop.pack", {}, key="order-7", within=connection)
if sys.argv[2] == "after":
    connection.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("when", "kept"), [("before", 0), ("after", 1)])
@pytest.mark.slow
def test_a_process_killed_before_its_commit_leaves_nothing(
    place: Place, when: str, kept: int
) -> None:
    command = [sys.executable, "-c", KILLED, place.path, when]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert (place.notes(), len(place.bridge.events())) == (kept, kept)
