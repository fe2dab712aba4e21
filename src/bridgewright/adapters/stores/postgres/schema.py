"""Bringing the schema up to date, in halves.

A migration has a `pre` half, which the previous release can live with (new tables, columns with
defaults), and may have a `post` half, which it cannot (columns that go). Opening a store applies `pre`
halves; `post` halves are applied by who deploys, when no process of the previous release runs any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.adapters.stores.postgres.texts import migrations
from bridgewright.core.errors import StoreOutdated
from bridgewright.engine.drive.clock import now

if TYPE_CHECKING:
    import psycopg

LOCK = 0x6277_6D69_6772
"""The advisory lock of whoever migrates ("bwmigr")."""

_REGISTER = """
CREATE TABLE IF NOT EXISTS bw_migration (
    number INTEGER NOT NULL, name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL
)
"""


def migrate(connection: psycopg.Connection, name: str, *, post: bool = False) -> tuple[str, ...]:
    """Apply what is missing, in one transaction, and return the names of what was applied.

    Safe when several processes start at once. `StoreOutdated` when a newer release wrote the schema.
    """
    if not _missing(connection, name, post=post):
        return ()
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute(_REGISTER)
        missing = _missing(connection, name, post=post)
        for number, half, text in missing:
            connection.execute(text.encode())
            row = (number, half, now())
            connection.execute("INSERT INTO bw_migration VALUES (%s, %s, %s)", row)
    return tuple(half for _, half, _ in missing)


def pending(connection: psycopg.Connection, name: str) -> tuple[str, ...]:
    """The `post` halves that nobody has applied yet."""
    return tuple(half for _, half, _ in _missing(connection, name, post=True))


def _missing(
    connection: psycopg.Connection, name: str, *, post: bool
) -> list[tuple[int, str, str]]:
    applied = _applied(connection)
    newest = max(number for number, _, _ in migrations())
    found = max(applied.values(), default=0)
    if found > newest:
        msg = f"{name} has schema {found}, this release knows {newest}"
        raise StoreOutdated(f"{msg}: upgrade bridgewright, or use the release that wrote it")
    halves = (".pre", ".post") if post else (".pre",)
    return [each for each in migrations() if each[1] not in applied and each[1].endswith(halves)]


def exists(connection: psycopg.Connection) -> bool:
    """Whether there is a store."""
    row = connection.execute("SELECT to_regclass('bw_migration') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


def mark(connection: psycopg.Connection) -> str:
    """What tells this store from any other."""
    asked = "SELECT obj_description(to_regclass('bw_migration'), 'pg_class')"
    row = connection.execute(asked).fetchone()
    return "" if row is None else str(row[0])


def _applied(connection: psycopg.Connection) -> dict[str, int]:
    if not exists(connection):
        return {}
    return dict(connection.execute("SELECT name, number FROM bw_migration").fetchall())
