"""Whether a SQLite store is in order: what must hold after any crash, at any instant."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
            UNION ALL SELECT item_id FROM bw_plan_item)
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
                   (SELECT count(*) FROM bw_outcome))
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


def disorder(path: Path) -> list[str]:
    """What is wrong with a store, in words; empty when it is sound."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        check = database.execute("PRAGMA integrity_check").fetchone()[0]
        found = [] if check == "ok" else [f"SQLite itself: {check}"]
        if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'bw_item'").fetchone():
            return found  # the crash came before the schema
        for what, sql in MUST_BE_EMPTY.items():
            rows = database.execute(sql).fetchall()
            if rows:
                found.append(f"{what}: {rows}")
    return found
