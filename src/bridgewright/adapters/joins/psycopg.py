"""psycopg's connections, for threads and for coroutines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection, AsyncCursor, Connection, Cursor
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from bridgewright.adapters.joins.parameters import pyformat
from bridgewright.adapters.joins.writing import failed_transaction, no_transaction, refuse_dialect

if TYPE_CHECKING:
    from bridgewright.core.effects import Effect
    from bridgewright.core.sending import Joining, Row


@dataclass(frozen=True, slots=True)
class PsycopgJoin:
    """Runs statements on one connection, in the transaction that it has open."""

    connection: Connection[Any] = field(repr=False)

    def perform(self, effect: Effect[Any]) -> Row | None:
        """One statement; its first row. The cursor is not of the user's own class, which may take
        parameters in another form."""
        statement: Any = effect
        with Cursor(self.connection, row_factory=tuple_row) as cursor:
            cursor.execute(pyformat(statement.sql).encode(), dict(statement.values))
            return cursor.fetchone() if cursor.description else None


@dataclass(frozen=True, slots=True)
class AsyncPsycopgJoin:
    """The same, awaited."""

    connection: AsyncConnection[Any] = field(repr=False)

    async def perform(self, effect: Effect[Any]) -> Row | None:
        """One statement; its first row."""
        statement: Any = effect
        async with AsyncCursor(self.connection, row_factory=tuple_row) as cursor:
            await cursor.execute(pyformat(statement.sql).encode(), dict(statement.values))
            return await cursor.fetchone() if cursor.description else None


def owns(thing: object) -> bool:
    """Whether this is a connection for threads."""
    return isinstance(thing, Connection)


def owns_async(thing: object) -> bool:
    """Whether this is a connection for coroutines."""
    return isinstance(thing, AsyncConnection)


def join(connection: Connection[Any], joining: Joining) -> PsycopgJoin:
    """The join of a connection. psycopg's default mode begins the transaction by itself, at the first
    statement, which may be ours; a connection in autocommit mode needs a transaction of its own."""
    _refuse(connection, joining)
    return PsycopgJoin(connection)


def join_async(connection: AsyncConnection[Any], joining: Joining) -> AsyncPsycopgJoin:
    """The same of a connection for coroutines."""
    _refuse(connection, joining)
    return AsyncPsycopgJoin(connection)


def _refuse(connection: Connection[Any] | AsyncConnection[Any], joining: Joining) -> None:
    refuse_dialect("postgresql", joining)
    status = connection.info.transaction_status
    if status is TransactionStatus.INERROR:
        raise failed_transaction()
    if connection.autocommit and status is TransactionStatus.IDLE:
        raise no_transaction(
            "a connection in autocommit mode", "use `with connection.transaction():`"
        )
