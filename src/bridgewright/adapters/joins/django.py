"""Django's `transaction.atomic`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connections
from django.utils.connection import ConnectionDoesNotExist

from bridgewright.adapters.joins.parameters import pyformat
from bridgewright.adapters.joins.writing import (
    FAILED,
    failed_transaction,
    no_transaction,
    refuse_dialect,
)
from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from bridgewright.core.effects import Effect
    from bridgewright.core.sending import Joining, Row


@dataclass(frozen=True, slots=True)
class DjangoJoin:
    """Runs statements on one of Django's connections, in its atomic block."""

    connection: BaseDatabaseWrapper = field(repr=False)

    def perform(self, effect: Effect[Any]) -> Row | None:
        """One statement; its first row."""
        try:
            return self._first(effect)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) == FAILED:
                raise failed_transaction() from None
            raise

    def _first(self, statement: Any) -> Row | None:
        with self.connection.cursor() as cursor:
            if statement.values:
                cursor.execute(pyformat(statement.sql), dict(statement.values))
            else:
                cursor.execute(statement.sql)
            row = cursor.fetchall()[:1] if cursor.description else ()
        return tuple(row[0]) if row else None


def join(thing: str | BaseDatabaseWrapper, joining: Joining) -> DjangoJoin:
    """The join of a connection, or of the alias that Django's DATABASES has for it."""
    try:
        connection = connections[thing] if isinstance(thing, str) else thing
    except ConnectionDoesNotExist:
        known = ", ".join(map(str, connections))
        problem = f"within={thing!r} is no alias in Django's DATABASES"
        raise ConfigurationError(problem, remedy=f"known are {known}") from None
    refuse_dialect(connection.vendor, joining)
    if not connection.in_atomic_block:
        raise no_transaction("a Django connection", "call it inside `with transaction.atomic():`")
    if connection.needs_rollback:
        raise failed_transaction()
    return DjangoJoin(connection)
