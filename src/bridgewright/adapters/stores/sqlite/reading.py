"""A snapshot of a SQLite database, read by named statements."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.sqlite.selection import conditions
from bridgewright.adapters.stores.sqlite.texts import statements

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from bridgewright.core.model.operation import Selection

_MORE = {"": "TRUE", "before": "i.id < :before"}


@dataclass(frozen=True, slots=True)
class SqliteReading:
    """See `adapters.stores.queries.Reading`."""

    connection: sqlite3.Connection

    def run(self, name: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """The rows of a named statement."""
        return self.connection.execute(statements()[name], values)

    def listed(
        self, selection: Selection, values: Mapping[str, Any], more: str = ""
    ) -> sqlite3.Cursor:
        """The rows of `list_items` that match."""
        where, matched = conditions(selection)
        sql = statements()["list_items"].replace("{conditions}", f"{where} AND {_MORE[more]}")
        return self.connection.execute(sql, {**matched, **values})

    def pending(self) -> tuple[str, ...]:
        """None: all of a migration is applied when the store is opened."""
        return ()

    def oldest_transaction(self) -> None:
        """None: a reader of the file keeps nothing of ours from being cleaned up for long."""

    def known(self, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
        """The keys among these pairs that are held."""
        found = self.connection.execute(statements()["find_keys"], (json.dumps(pairs),))
        return (key for _, key, _ in found)
