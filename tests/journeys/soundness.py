"""Whether a store is in order: what must hold after any crash, at any instant."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

MUST_BE_EMPTY = {
    "items that are nowhere, or in two places": """
        SELECT id FROM bw_item WHERE 1 <>
            (SELECT count(*) FROM bw_work WHERE item_id = id)
          + (SELECT count(*) FROM bw_dead WHERE item_id = id)
          + (SELECT count(*) FROM bw_outcome WHERE item_id = id)""",
    "work, dead letters or outcomes of no item": """
        SELECT item_id FROM (SELECT item_id FROM bw_work UNION ALL SELECT item_id FROM bw_dead
            UNION ALL SELECT item_id FROM bw_outcome UNION ALL SELECT item_id FROM bw_attempt
            UNION ALL SELECT item_id FROM bw_plan_item) AS told
        WHERE item_id NOT IN (SELECT id FROM bw_item)""",
    "items without their key, or keys without their item": """
        SELECT id FROM bw_item WHERE replays IS NULL AND NOT EXISTS
            (SELECT 1 FROM bw_dedupe k WHERE k.item_id = id AND k.dedupe_key = bw_item.dedupe_key)
        UNION ALL
        SELECT item_id FROM bw_dedupe WHERE item_id NOT IN (SELECT id FROM bw_item)""",
    "tallies that do not add up": """
        SELECT * FROM (
            SELECT coalesce((SELECT sum(n) FROM bw_tally WHERE what = 'accepted'), 0) AS told,
                   (SELECT count(*) FROM bw_item WHERE replays IS NULL) AS found
            UNION ALL
            SELECT coalesce((SELECT sum(n) FROM bw_tally WHERE what = 'replayed'), 0),
                   (SELECT count(*) FROM bw_item WHERE replays IS NOT NULL)
            UNION ALL
            SELECT coalesce((SELECT sum(n) FROM bw_tally WHERE what = 'rejected'), 0),
                   (SELECT count(*) FROM bw_rejection)
            UNION ALL
            SELECT coalesce((SELECT sum(n) FROM bw_tally WHERE what = 'done'), 0),
                   (SELECT count(*) FROM bw_outcome)) AS counts
        WHERE told <> found""",
    "plans whose counts are not those of their audit": """
        SELECT p.id FROM bw_plan p WHERE p.put_back <>
            (SELECT coalesce(sum(items), 0) FROM bw_audit
             WHERE plan_id = p.id AND action IN ('redrive', 'replay'))
         OR p.skipped <>
            (SELECT coalesce(sum(skipped), 0) FROM bw_audit WHERE plan_id = p.id)
         OR p.put_back + p.skipped <>
            (SELECT count(*) FROM bw_plan_item WHERE plan_id = p.id AND fate <> 'pending')
         OR p.total <> (SELECT count(*) FROM bw_plan_item WHERE plan_id = p.id)
         OR (p.state IN ('freezing', 'frozen')) = EXISTS
            (SELECT 1 FROM bw_audit WHERE plan_id = p.id AND action = 'run')""",
    "items that a plan put back and that are dead of the same death": """
        SELECT p.item_id FROM bw_plan_item p
        JOIN bw_dead d ON d.item_id = p.item_id AND d.fence = p.fence
        WHERE p.fate IN ('put_back', 'watched', 'done', 'failed') AND p.runs_as = p.item_id""",
}


DOUBLED = {
    "deliveries stored twice": """
        SELECT source, dedupe_key FROM bw_item WHERE replays IS NULL
        GROUP BY source, dedupe_key HAVING count(*) > 1""",
    "events replayed twice by one plan": """
        SELECT replays FROM bw_item WHERE replays IS NOT NULL GROUP BY replays HAVING count(*) > 1""",
}
EFFECTS = (
    "effects that were written twice",
    "SELECT key FROM effects GROUP BY key HAVING count(*) > 1",
)


def disorder(place: Path | str) -> list[str]:
    """What is wrong with a store, a file or a database by its URL, in words; empty when it is sound."""
    with looking(place) as look:
        found = look.ruin()
        return found + look.finds(MUST_BE_EMPTY) if look.has("bw_item") else found


def doubled(place: Path | str) -> list[str]:
    """What is in a store twice that may be there once, in words."""
    with looking(place) as look:
        found = look.finds(DOUBLED) if look.has("bw_item") else []
        return found + look.finds(dict([EFFECTS])) if look.has("effects") else found


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a store: everything is seen as it is at one instant."""

    run: Callable[[str], list[Any]]
    names: str
    check: str

    def has(self, table: str) -> bool:
        """Whether there is such a table: a crash may come before the schema."""
        return table in {name for (name,) in self.run(self.names)}

    def ruin(self) -> list[str]:
        """What the database itself finds wrong with its file, where it can say so."""
        rows = [row for (row,) in self.run(self.check)] if self.check else []
        return [] if rows in ([], ["ok"]) else [f"SQLite itself: {rows}"]

    def finds(self, queries: Mapping[str, str]) -> list[str]:
        """The queries that have rows, with their rows."""
        rows = {what: self.run(sql) for what, sql in queries.items()}
        return [f"{what}: {found}" for what, found in rows.items() if found]


@contextlib.contextmanager
def looking(place: Path | str) -> Iterator[Look]:
    """Look at a SQLite file, or at the database behind a URL."""
    if isinstance(place, str) and place.startswith("postgresql://"):
        with psycopg.connect(place) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Look(
                lambda sql: connection.execute(sql.encode()).fetchall(),
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
                "",
            )
        return
    with contextlib.closing(sqlite3.connect(place)) as database:
        yield Look(
            lambda sql: database.execute(sql).fetchall(),
            "SELECT name FROM sqlite_schema WHERE type = 'table'",
            "PRAGMA integrity_check",
        )
