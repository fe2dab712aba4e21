"""A handler's writes on PostgreSQL: in a transaction of its own, which its settlement ends.

The handler is given the connection. When it returns, the settlement is written on that same connection,
fenced by the lease: where the lease was lost, everything the handler wrote is undone.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from bridgewright.adapters.stores.postgres import link, working
from bridgewright.adapters.stores.postgres.batch import Batch
from bridgewright.adapters.stores.postgres.floors import Floors
from bridgewright.core.effects import Returned, Settle
from bridgewright.core.errors import PermanentFailure
from bridgewright.core.model.item import Complete

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator

    from bridgewright.core.model.item import Claimed
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret

IDLE_CONNECTIONS = 8
"""Connections that are kept for the next handlers of this process."""

_NUMBER = b"SELECT pg_current_xact_id()::text"
_SAME = b"SELECT pg_current_xact_id_if_assigned()::text"


def _refuse_ended(number: object, found: object) -> None:
    """Refuse to settle in a transaction that is not the one that was begun."""
    if number == found:
        return
    msg = "the handler ended the transaction it was given: what it wrote is kept, its settlement"
    raise PermanentFailure(f"{msg} was not in it; leave COMMIT and ROLLBACK to the bridge")


class PostgresTransaction:
    """See `core.ports.Transaction`. `lost` says that the lease was, and that nothing may be kept."""

    __slots__ = ("_claimed", "_number", "handle", "lost")

    def __init__(self, handle: psycopg.Connection, claimed: Claimed, number: object) -> None:
        self.handle = handle
        self.lost = False
        self._claimed = claimed
        self._number = number

    def finish(self, at: Moment) -> Returned:
        """Settle within the transaction; undo all of it where the lease was lost."""
        _refuse_ended(self._number, _first(self.handle.execute(_SAME).fetchone()))
        self.lost = not settle(self.handle, self._claimed, at)
        return Returned(settled=not self.lost)


class AsyncPostgresTransaction:
    """See `core.ports.AsyncTransaction`."""

    __slots__ = ("_claimed", "_number", "handle", "lost")

    def __init__(self, handle: psycopg.AsyncConnection, claimed: Claimed, number: object) -> None:
        self.handle = handle
        self.lost = False
        self._claimed = claimed
        self._number = number

    async def finish(self, at: Moment) -> Returned:
        """Settle within the transaction; undo all of it where the lease was lost."""
        found = await (await self.handle.execute(_SAME)).fetchone()
        _refuse_ended(self._number, _first(found))
        facade = Awaited(self.handle, asyncio.get_running_loop())
        self.lost = not await asyncio.to_thread(settle, facade, self._claimed, at)
        return Returned(settled=not self.lost)


def settle(connection: Any, claimed: Claimed, at: Moment) -> bool:
    """The same settlement as the writer's, on another connection."""
    batch = Batch(connection, Floors(), time.monotonic())
    lease = claimed.lease
    command = Settle(lease.item_id, lease.fence, Complete(), at, handled=claimed.tells)
    [kept] = working.settle_all(batch, [command])
    batch.finish()
    if batch.due:  # the next of its key
        batch.announce()
    return kept


@dataclass(frozen=True, slots=True)
class Answered:
    """The rows of a statement that was run on a loop."""

    rows: list[tuple[Any, ...]]
    rowcount: int

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first row."""
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return self.rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Awaited:
    """An asynchronous connection for code that blocks, in a thread beside the loop it belongs to: what
    settles is written once."""

    connection: psycopg.AsyncConnection
    loop: asyncio.AbstractEventLoop

    def execute(self, sql: bytes, values: Any = None) -> Answered:
        """Run one statement, and wait for all of its rows."""
        return asyncio.run_coroutine_threadsafe(self._execute(sql, values), self.loop).result()

    async def _execute(self, sql: bytes, values: Any) -> Answered:
        cursor = await self.connection.execute(sql, values)
        rows = [] if cursor.description is None else await cursor.fetchall()
        return Answered(rows, cursor.rowcount)


class PostgresTransactions:
    """See `core.ports.Transactions`. Connections of blocking handlers are used again; one of a handler
    on a loop belongs to that loop, and is closed when it is done."""

    __slots__ = ("_idle", "_lock", "_name", "_pooled", "_url")

    def __init__(self, url: Secret, *, pooled: bool) -> None:
        self._url = url
        self._pooled = pooled
        self._name = link.name_of(url)
        self._idle: deque[psycopg.Connection] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def begin(self, claimed: Claimed) -> Generator[PostgresTransaction]:
        """Begin a transaction; what is yielded is committed when the block ends well."""
        connection = self._take()
        try:
            with connection.transaction():
                number = _first(connection.execute(_NUMBER).fetchone())
                begun = PostgresTransaction(connection, claimed, number)
                yield begun
                if begun.lost:
                    raise psycopg.Rollback
        finally:
            self._give_back(connection)

    @asynccontextmanager
    async def begin_async(self, claimed: Claimed) -> AsyncGenerator[AsyncPostgresTransaction]:
        """The same on the running loop."""
        connection = await link.connect_async(self._url, pooled=self._pooled)
        try:
            async with connection.transaction():
                cursor = await connection.execute(_NUMBER)
                number = _first(await cursor.fetchone())
                begun = AsyncPostgresTransaction(connection, claimed, number)
                yield begun
                if begun.lost:
                    raise psycopg.Rollback
        finally:
            await connection.close()

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle = tuple(self._idle)
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _take(self) -> psycopg.Connection:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None and _answers(connection):
            return connection
        return link.connect(self._url, pooled=self._pooled, writing=False)

    def _give_back(self, connection: psycopg.Connection) -> None:
        fit = not connection.closed and (
            connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        )
        with self._lock:
            if fit and len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()


def _answers(connection: psycopg.Connection) -> bool:
    """Whether an idle connection is still one: the server may have restarted."""
    try:
        connection.execute(b"SELECT 1")
    except psycopg.Error:
        connection.close()
        return False
    return True


def _first(row: tuple[Any, ...] | None) -> object:
    return None if row is None else row[0]
