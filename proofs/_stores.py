"""Stores that proofs fill: SQLite in a folder, PostgreSQL in a schema of its own on a server that runs."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgewright.core.ports import Store

SERVER = os.environ.get("PROOF_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
KINDS = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class Filled:
    """A store under proof. `again` opens it once more, `size_bytes` is what it takes on disk, `url` is
    how to reach its PostgreSQL, empty for SQLite, and `path` its file, empty for PostgreSQL."""

    name: str
    store: SqliteStore | PostgresStore
    again: Callable[[], Store]
    size_bytes: Callable[[], int]
    url: str = ""
    path: str = ""

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """What a query of ours finds, past the store."""
        if self.url:
            with psycopg.connect(self.url) as shared:
                yield from shared.execute(sql.encode())
        else:
            with closing(sqlite3.connect(self.path)) as connection:
                yield from connection.execute(sql)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Filled]:
    """A new, empty store; whatever it made is removed at the end, and nothing else."""
    with _sqlite(folder) if kind == "sqlite" else _postgres() as made:
        try:
            yield made
        finally:
            made.store.close()


@contextmanager
def _sqlite(folder: Path) -> Iterator[Filled]:
    path = folder / "proof.db"
    name = f"SQLite {sqlite3.sqlite_version}"
    again = partial(SqliteStore, path)
    yield Filled(name, again(), again, lambda: path.stat().st_size, path=str(path))


@contextmanager
def _postgres() -> Iterator[Filled]:
    schema = f"bridgewright_proof_{secrets.token_hex(4)}"
    url = f"{SERVER}{'&' if '?' in SERVER else '?'}options=-csearch_path%3D{schema}"
    again = partial(PostgresStore, Secret(url))
    version = ask(SERVER, "SHOW server_version").split()[0]
    command(SERVER, f"CREATE SCHEMA {schema}")
    relations = "SELECT coalesce(sum(pg_relation_size(oid)), 0) FROM pg_class WHERE relnamespace"
    try:
        yield Filled(
            f"PostgreSQL {version}",
            again(),
            again,
            lambda: int(ask(url, f"{relations} = '{schema}'::regnamespace")),
            url,
        )
    finally:
        command(SERVER, f"DROP SCHEMA {schema} CASCADE")


def ask(url: str, sql: str) -> Any:
    """The first value of a query of ours."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(sql.encode()).fetchone()
    return None if row is None else row[0]


def command(url: str, sql: str) -> None:
    """A statement of ours, by itself."""
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        connection.execute(sql.encode())
