"""A schema of one's own in somebody's database: made, named in a URL, dropped with all that is in it.

For what plays with a store and must leave nothing behind. Nothing outside the schema is touched.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import psycopg
from psycopg.sql import SQL, Identifier

from bridgewright.adapters.stores.postgres import link
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

# What CREATE INDEX without CONCURRENTLY takes: others may read, and nobody may write.
_LOCK = SQL("LOCK TABLE {}.bw_dedupe IN SHARE MODE")


class Apart:
    """One schema. `url` leads into it and to nowhere else: by `search_path`, which a server takes from a
    connection's options, and a proxy that pools transactions does not."""

    def __init__(self, whole: Secret, schema: str) -> None:
        self.schema = schema
        self.url = _into(whole, schema)
        self._whole = whole

    def __repr__(self) -> str:
        return f"Apart({self.schema!r} in {link.name_of(self._whole)!r})"

    @classmethod
    def make(cls, whole: Secret, prefix: str) -> Apart:
        """A new schema whose name begins with `prefix`, in the database that `whole` leads to.

        `ConfigurationError` where we may make none there, or where a proxy does not lead into it;
        `StoreError` where the server does not answer.
        """
        apart = cls(whole, f"{prefix}_{secrets.token_hex(6)}")
        try:
            apart._run(SQL("CREATE SCHEMA {}"))
        except psycopg.errors.InsufficientPrivilege:
            problem = f"the user of {link.name_of(whole)} may make no schema there"
            remedy = "GRANT CREATE ON DATABASE … TO its user, or name a database of your own"
            raise ConfigurationError(problem, remedy=remedy) from None
        if not apart._is_reached():
            apart.drop()
            problem = (
                f"a proxy before {link.name_of(whole)} does not pass on a connection's options"
            )
            raise ConfigurationError(problem, remedy="name the server itself")
        return apart

    def drop(self) -> None:
        """Drop the schema with everything in it. `StoreError` where it cannot be."""
        try:
            self._run(SQL("DROP SCHEMA IF EXISTS {} CASCADE"))
        except psycopg.Error as error:
            raise link.wrapped(error, link.name_of(self._whole)) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep everybody from storing what is delivered, as building an index carelessly does."""
        connection = link.connect(self._whole, pooled=False, writing=False)
        with connection, connection.transaction():
            connection.execute(_LOCK.format(Identifier(self.schema)))
            yield

    def _run(self, statement: SQL) -> None:
        with link.connect(self._whole, pooled=False, writing=False) as connection:
            connection.execute(f"SET lock_timeout = '{link.LOCK_TIMEOUT_S}s'".encode())
            connection.execute(statement.format(Identifier(self.schema)))

    def _is_reached(self) -> bool:
        try:
            connection = psycopg.connect(self.url.reveal(), autocommit=True)
        except psycopg.Error:
            return False
        with connection:
            row = connection.execute("SELECT current_schema()").fetchone()
        return row == (self.schema,)


def _into(whole: Secret, schema: str) -> Secret:
    """The same URL, with a `search_path` of this schema alone after all other options of its own."""
    base, _, query = whole.reveal().partition("?")
    fields = [field.partition("=") for field in query.split("&") if field]
    given = " ".join(unquote(value) for name, _, value in fields if name == "options")
    others = [f"{name}={value}" for name, _, value in fields if name != "options"]
    options = quote(f"{given} -c search_path={schema}".strip(), safe="")
    return Secret(f"{base}?{'&'.join([*others, f'options={options}'])}")
