"""A snapshot of a PostgreSQL database, read by named statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.postgres import schema
from bridgewright.adapters.stores.postgres.selection import conditions
from bridgewright.adapters.stores.postgres.texts import statements
from bridgewright.core.model.operation import OpenTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import psycopg

    from bridgewright.core.model.operation import Selection

_MORE = {"": "TRUE", "before": "i.id < %(before)s"}


@dataclass(frozen=True, slots=True)
class PostgresReading:
    """See `adapters.stores.queries.Reading`."""

    connection: psycopg.Connection

    def run(self, name: str, values: Mapping[str, Any]) -> psycopg.Cursor:
        """The rows of a named statement."""
        return self.connection.execute(statements()[name], values)

    def listed(
        self, selection: Selection, values: Mapping[str, Any], more: str = ""
    ) -> psycopg.Cursor:
        """The rows of `list_items` that match."""
        where, matched = conditions(selection)
        text = f"{where} AND {_MORE[more]}"
        sql = statements()["list_items"].replace(b"{conditions}", text.encode())
        return self.connection.execute(sql, {**matched, **values})

    def pending(self) -> tuple[str, ...]:
        """The `post` halves that nobody has applied."""
        return schema.pending(self.connection, "the store")

    def oldest_transaction(self) -> OpenTransaction | None:
        """The oldest transaction of any session of this database but our own."""
        row = self.run("oldest_transaction", {}).fetchone()
        if row is None:
            return None
        pid, name, state, age_s = row
        return OpenTransaction(f"process {pid} ({name or 'unnamed'}, {state})", float(age_s))

    def known(self, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
        """The keys among these pairs that are held."""
        sources, keys = [source for source, _ in pairs], [key for _, key in pairs]
        found = self.connection.execute(statements()["find_keys"], (sources, keys))
        return (key for _, key, _ in found)
