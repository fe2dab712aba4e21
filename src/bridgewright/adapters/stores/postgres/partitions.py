"""Days: payloads, outcomes and attempts lie in one partition for each day their item was received on,
so that a day is forgotten by dropping tables and not by deleting rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import as_datetime, from_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import psycopg

    from bridgewright.core.model.moment import Moment

PARENTS = ("bw_item", "bw_outcome", "bw_attempt")
LOCK = 0x6277_6461_7973
"""The advisory lock of whoever makes or drops days ("bwdays")."""


def day_of(at: Moment) -> date:
    """The day, UTC, that an item received at this moment lies in."""
    return as_datetime(at).date()


def ensure(connection: psycopg.Connection, days: Iterable[date]) -> None:
    """Make the partitions of these days and of the days after them, where there are none.

    In a transaction of its own. A new partition is attached, not created in place: that does not wait
    for transactions that read or write other days, and they do not wait for it.
    """
    wanted = sorted({day for one in days for day in (one, one + timedelta(days=1))})
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        known = {row[0] for row in connection.execute(_ATTACHED, (list(PARENTS),))}
        for day in wanted:
            for parent in PARENTS:
                if f"{parent}_{day:%Y%m%d}" not in known:
                    _make(connection, parent, day)


_ATTACHED = """
SELECT c.relname FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = ANY (SELECT to_regclass(name)::oid FROM unnest(%s::text[]) AS name)
"""


def _make(connection: psycopg.Connection, parent: str, day: date) -> None:
    """Names and bounds come from a date of ours, nothing from outside."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    first, last = from_datetime(start), from_datetime(start + timedelta(days=1))
    name = f"{parent}_{day:%Y%m%d}"
    make = f"CREATE TABLE {name} (LIKE {parent} INCLUDING ALL)"
    bounds = f"FOR VALUES FROM ({first}) TO ({last})"
    connection.execute(make.encode())
    connection.execute(f"ALTER TABLE {parent} ATTACH PARTITION {name} {bounds}".encode())
