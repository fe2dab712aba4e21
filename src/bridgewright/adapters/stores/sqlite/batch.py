"""One transaction under way, and the rows that several kinds of commands write."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.rows import call_column, columns_of, failure_columns
from bridgewright.adapters.stores.sqlite.selection import conditions
from bridgewright.adapters.stores.sqlite.texts import statements
from bridgewright.core.lifecycle.fingerprint import of_failure

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from bridgewright.core.lifecycle.lease import Standing
    from bridgewright.core.model.item import Bury, Failure
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import Selection


@dataclass(slots=True)
class Batch:
    """One transaction under way: its connection, and what to write at its end. `keys` are those in which
    something ended, or stepped back: ordering.py ranks them."""

    connection: sqlite3.Connection
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    hits: dict[tuple[str, str], tuple[int, Moment]] = field(default_factory=dict)
    due: bool = False
    keys: set[tuple[str, str]] = field(default_factory=set)
    sql: Mapping[str, str] = field(default_factory=statements)

    def run(self, name: str, *values: Any) -> sqlite3.Cursor:
        """Execute a named statement with positional values."""
        return self.connection.execute(self.sql[name], values)

    def named(self, name: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """Execute a named statement with named values."""
        return self.connection.execute(self.sql[name], values)

    def matching(
        self, name: str, selection: Selection, values: Mapping[str, Any]
    ) -> sqlite3.Cursor:
        """Execute a named statement on what a selection means."""
        where, meant = conditions(selection)
        sql = self.sql[name].replace("{conditions}", where)
        return self.connection.execute(sql, {**meant, **values})

    def hold_plan(self, plan_id: int | None) -> Any:
        """The row of a plan; nobody else writes while this transaction lasts."""
        return self.named("get_plan", {"plan_id": plan_id}).fetchone()

    def hold_pauses(self) -> None:
        """Nothing: nobody else writes while this transaction lasts."""

    def woke(self, at: Moment) -> None:
        """Something was put in that may be due."""
        del at
        self.due = True

    def finish(self) -> None:
        """Write the counts of this transaction, one statement for each source and kind."""
        rows = [(source, what, n) for (source, what), n in self.tally.items()]
        self.connection.executemany(self.sql["add_tally"], rows)
        if self.hits:
            uses = (
                {"source": source, "name": name, "hits": hits, "at": at}
                for (source, name), (hits, at) in self.hits.items()
            )
            self.connection.executemany(self.sql["add_hits"], uses)

    def hit(self, source: str, name: str, at: Moment) -> None:
        """Count a delivery that a key verified."""
        hits, last = self.hits.get((source, name), (0, at))
        self.hits[source, name] = hits + 1, max(last, at)

    def set_work(self, item_id: int, step: Standing) -> None:
        """Write the standing of an item that nobody leases."""
        self.run("set_work", *columns_of(step), None, item_id)

    def add_attempt(
        self, item_id: int, number: int, at: Moment, outcome: str, failure: Failure
    ) -> None:
        """Write down an attempt that did not succeed."""
        words = failure_columns(failure)
        self.run("add_attempt", item_id, number, at, outcome, *words, call_column(failure))

    def add_dead(
        self, item_id: int, source: str, standing: Standing, bury: Bury, at: Moment
    ) -> None:
        """Write down a dead letter; its work, if there was any, is dropped by the caller."""
        words = failure_columns(bury.failure)
        fate = (bury.cause, at, standing.fence, standing.attempts)
        problem, title = of_failure(bury.failure)
        self.run("count_burial")
        self.run("add_dead", item_id, source, *fate, *words, problem)
        self.run("meet_problem", problem, title, at)
