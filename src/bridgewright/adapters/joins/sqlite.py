"""The standard library's connections to SQLite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.joins.writing import no_transaction, refuse_dialect

if TYPE_CHECKING:
    import sqlite3

    from bridgewright.core.effects import Effect
    from bridgewright.core.sending import Joining, Row

_OWN_WORD = -1
"""`sqlite3.LEGACY_TRANSACTION_CONTROL`: transactions begin by themselves, as `isolation_level` says."""


@dataclass(frozen=True, slots=True)
class SqliteJoin:
    """Runs statements on one connection, in the transaction that it has open."""

    connection: sqlite3.Connection = field(repr=False)

    def perform(self, effect: Effect[Any]) -> Row | None:
        """One statement; its first row."""
        statement: Any = effect
        rows = self.connection.execute(statement.sql, statement.values).fetchall()
        return tuple(rows[0]) if rows else None


def join(connection: sqlite3.Connection, joining: Joining) -> SqliteJoin:
    """The join of a connection. Python's default mode begins the transaction by itself, at the first
    write, which may be ours; a connection in autocommit mode needs its BEGIN before."""
    refuse_dialect("sqlite", joining)
    legacy = getattr(connection, "autocommit", _OWN_WORD) == _OWN_WORD
    begins = connection.isolation_level is not None if legacy else not connection.autocommit  # type: ignore[attr-defined,unused-ignore]
    if not begins and not connection.in_transaction:
        raise no_transaction("a connection in autocommit mode", 'execute "BEGIN" first')
    return SqliteJoin(connection)
