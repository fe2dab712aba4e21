"""asyncpg's connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asyncpg import Connection, InFailedSQLTransactionError
from asyncpg.pool import PoolConnectionProxy

from bridgewright.adapters.joins.parameters import numbered
from bridgewright.adapters.joins.writing import failed_transaction, no_transaction, refuse_dialect

if TYPE_CHECKING:
    from bridgewright.core.effects import Effect
    from bridgewright.core.sending import Joining, Row


@dataclass(frozen=True, slots=True)
class AsyncpgJoin:
    """Runs statements on one connection, in the transaction that it has open."""

    connection: Any = field(repr=False)

    async def perform(self, effect: Effect[Any]) -> Row | None:
        """One statement; its first row."""
        statement: Any = effect
        sql, values = numbered(statement.sql, statement.values)
        try:
            row = await self.connection.fetchrow(sql, *values)
        except InFailedSQLTransactionError:
            raise failed_transaction() from None
        return None if row is None else tuple(row)


def owns(thing: object) -> bool:
    """Whether this is a connection, of a pool's or by itself."""
    return isinstance(thing, Connection | PoolConnectionProxy)


def join(connection: Any, joining: Joining) -> AsyncpgJoin:
    """The join of a connection that has a transaction open."""
    refuse_dialect("postgresql", joining)
    if not connection.is_in_transaction():
        remedy = "use `async with connection.transaction():`"
        raise no_transaction("an asyncpg connection", remedy)
    return AsyncpgJoin(connection)
