"""A handler's writes on SQLite: collected while it runs, applied with its settlement.

SQLite has one writer at a time, and that is ours: a transaction that stayed open while a handler runs
would hold up every delivery. So the statements wait, and the group commit that settles the attempt applies
them in a savepoint: all of them and the settlement, or none of both.
"""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.writer import Refusal
from bridgewright.core.effects import Returned, Writes
from bridgewright.core.errors import ConfigurationError, TransactionFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterable

    from bridgewright.core.model.item import Claimed
    from bridgewright.core.model.moment import Moment

MAX_WRITES = 1_000
"""Statements of one handler: they are applied while every delivery of this process waits."""

_REFUSED = frozenset(
    {
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_SAVEPOINT,
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_PRAGMA,
    }
)
_WRITING = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})


class Collected:
    """`tx` on SQLite: statements on the tables beside ours, applied when the handler has returned.

    Nothing can be read through it, for nothing has been written yet: read by a connection of your own.
    """

    __slots__ = ("_writes",)

    def __init__(self) -> None:
        self._writes: list[tuple[str, Any]] = []

    def __repr__(self) -> str:
        return f"Collected({len(self._writes)} statements)"

    def execute(self, sql: str, parameters: Any = ()) -> None:
        """Collect one statement, with its parameters (a sequence, or a mapping of names)."""
        if len(self._writes) >= MAX_WRITES:
            problem = f"a handler wrote more than {MAX_WRITES} statements through its tx"
            raise ConfigurationError(problem, remedy="write fewer, or in several events")
        self._writes.append((sql, parameters))

    def executemany(self, sql: str, rows: Iterable[Any]) -> None:
        """Collect one statement for each row of parameters."""
        for row in rows:
            self.execute(sql, row)

    @property
    def collected(self) -> Writes:
        """What was collected."""
        return tuple(self._writes)


@dataclass(frozen=True, slots=True)
class SqliteTransaction:
    """See `core.ports.Transaction`."""

    handle: Collected

    def finish(self, at: Moment) -> Returned:
        """What the handler wrote, for its settlement."""
        del at
        return Returned(writes=self.handle.collected)


@dataclass(frozen=True, slots=True)
class AsyncSqliteTransaction:
    """See `core.ports.AsyncTransaction`."""

    handle: Collected

    async def finish(self, at: Moment) -> Returned:
        """What the handler wrote, for its settlement."""
        del at
        return Returned(writes=self.handle.collected)


class SqliteTransactions:
    """See `core.ports.Transactions`."""

    __slots__ = ()

    @contextmanager
    def begin(self, claimed: Claimed) -> Generator[SqliteTransaction]:
        """Begin to collect."""
        del claimed
        yield SqliteTransaction(Collected())

    @asynccontextmanager
    async def begin_async(self, claimed: Claimed) -> AsyncGenerator[AsyncSqliteTransaction]:
        """Begin to collect."""
        del claimed
        yield AsyncSqliteTransaction(Collected())

    def close(self) -> None:
        """Nothing is open."""


def apply_writes(connection: sqlite3.Connection, writes: Writes) -> Refusal | None:
    """Apply a handler's statements in a savepoint; why none of them was, where one cannot be.

    They may write any table but ours, and may neither end the transaction nor change the database's
    settings.
    """
    connection.execute("SAVEPOINT handler")
    connection.set_authorizer(_allowed)
    try:
        for sql, parameters in writes:
            connection.execute(sql, parameters)
    except (sqlite3.Error, sqlite3.Warning, ValueError, TypeError, OverflowError) as error:
        connection.set_authorizer(None)
        connection.execute("ROLLBACK TO handler")
        connection.execute("RELEASE handler")
        kind = getattr(error, "sqlite_errorname", type(error).__name__)
        problem = f"what the handler wrote through its tx could not be applied ({kind})"
        return Refusal(TransactionFailed(f"{problem}: all of it was undone"))
    connection.set_authorizer(None)
    connection.execute("RELEASE handler")
    return None


def _allowed(action: int, first: str | None, *_: str | None) -> int:
    ours = action in _WRITING and (first or "").lower().startswith(("bw_", "sqlite_"))
    return sqlite3.SQLITE_DENY if ours or action in _REFUSED else sqlite3.SQLITE_OK
