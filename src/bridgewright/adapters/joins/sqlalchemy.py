"""SQLAlchemy's sessions and connections, for threads and for coroutines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session
from sqlalchemy.orm import Session, scoped_session

from bridgewright.adapters.joins.parameters import numbered, pyformat
from bridgewright.adapters.joins.writing import (
    FAILED,
    failed_transaction,
    no_transaction,
    refuse_dialect,
)
from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy.engine import CursorResult, Dialect

    from bridgewright.core.effects import Effect
    from bridgewright.core.sending import Joining, Row


DRIVERS = ("psycopg", "psycopg_async", "psycopg2", "asyncpg")
"""The drivers for PostgreSQL whose form of parameters is known."""


@dataclass(frozen=True, slots=True)
class SqlalchemyJoin:
    """Runs statements on one connection, in its transaction, which the session owns."""

    connection: Connection = field(repr=False)

    def perform(self, effect: Effect[Any]) -> Row | None:
        """One statement; its first row."""
        statement: Any = effect
        sql, values = _as_taken(self.connection.dialect, statement)
        try:
            return _first(self.connection.exec_driver_sql(sql, values))
        except DBAPIError as error:
            raise _named(error) from error.__cause__


@dataclass(frozen=True, slots=True)
class AsyncSqlalchemyJoin:
    """The same, awaited."""

    connection: AsyncConnection = field(repr=False)

    async def perform(self, effect: Effect[Any]) -> Row | None:
        """One statement; its first row."""
        statement: Any = effect
        sql, values = _as_taken(self.connection.dialect, statement)
        try:
            return _first(await self.connection.exec_driver_sql(sql, values))
        except DBAPIError as error:
            raise _named(error) from error.__cause__


def owns(thing: object) -> bool:
    """Whether this is a session or connection for threads."""
    return isinstance(thing, Session | scoped_session | Connection)


def owns_async(thing: object) -> bool:
    """Whether this is a session or connection for coroutines."""
    return isinstance(thing, AsyncSession | async_scoped_session | AsyncConnection)


def join(thing: Session | Connection, joining: Joining) -> SqlalchemyJoin:
    """The join of a session, which begins its transaction by itself, or of a connection."""
    connection = thing if isinstance(thing, Connection) else thing.connection()
    _refuse(connection, joining)
    return SqlalchemyJoin(connection)


async def join_async(
    thing: AsyncSession | AsyncConnection, joining: Joining
) -> AsyncSqlalchemyJoin:
    """The same of a session or connection for coroutines."""
    connection = thing if isinstance(thing, AsyncConnection) else await thing.connection()
    if connection.sync_connection is None:
        raise no_transaction("a connection that was not started", "use it inside `async with`")
    await connection.run_sync(_refuse, joining)
    return AsyncSqlalchemyJoin(connection)


def _refuse(connection: Connection, joining: Joining) -> None:
    dialect = connection.dialect
    refuse_dialect(dialect.name, joining)
    if dialect.name == "postgresql" and dialect.driver not in DRIVERS:
        problem = (
            f"within= is a connection by SQLAlchemy's driver {dialect.driver}, which is not known"
        )
        raise ConfigurationError(problem, remedy=f"use one of {', '.join(DRIVERS)}")
    if _commits_each(connection):
        raise no_transaction("a connection in autocommit mode", "take it from another engine")


def _commits_each(connection: Connection) -> bool:
    """Whether each statement is committed by itself. Of PostgreSQL SQLAlchemy's own word for it is the
    server's, which knows no such mode; its drivers know. Of SQLite it tells nothing about a driver in that
    mode, which is fine if its BEGIN was sent by an event, as SQLAlchemy's documentation advises."""
    if connection.dialect.name == "postgresql":
        return bool(getattr(connection.connection.dbapi_connection, "autocommit", False))
    if connection.get_isolation_level() == "AUTOCOMMIT":
        return True
    driver = connection.connection.driver_connection
    none_begun = getattr(driver, "isolation_level", "") is None
    return none_begun and not getattr(driver, "in_transaction", True)


def _as_taken(dialect: Dialect, statement: Any) -> tuple[str, Any]:
    """A statement as the driver below takes it: nothing of SQLAlchemy's touches it on the way."""
    if dialect.driver == "asyncpg":
        return numbered(statement.sql, statement.values)
    if dialect.name == "postgresql":
        return pyformat(statement.sql), dict(statement.values)
    return statement.sql, dict(statement.values)


def _first(result: CursorResult[Any]) -> Row | None:
    row = result.first() if result.returns_rows else None
    return None if row is None else tuple(row)


def _named(error: DBAPIError) -> Exception:
    """A failed transaction by its name; every other error as it came."""
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return failed_transaction() if code == FAILED else error
