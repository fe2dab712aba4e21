"""Days: payloads, ranks, outcomes and attempts lie in one partition for each day their item was received on,
so that a day is forgotten by dropping tables and not by deleting rows."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from bridgewright.adapters.stores.postgres.texts import statements
from bridgewright.core.lifecycle.days import droppable
from bridgewright.core.model.moment import as_datetime, from_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from bridgewright.core.model.moment import Moment

PARENTS = ("bw_item", "bw_rank", "bw_outcome", "bw_attempt")
LOCK = 0x6277_6461_7973
"""The advisory lock of whoever makes or drops days ("bwdays")."""
DROP_WAIT_MS = 150
"""How long a drop waits for each lock: everybody else's statements wait behind it meanwhile."""


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
        known = _attached(connection)
        for day in wanted:
            for parent in PARENTS:
                if f"{parent}_{day:%Y%m%d}" not in known:
                    _make(connection, parent, day)


def drop(
    connection: psycopg.Connection,
    before: date,
    is_over: Callable[[psycopg.Connection, date], bool] = lambda _connection, _day: True,
) -> tuple[date, ...]:
    """Drop the days before `before` on which nothing that was received is waiting, leased or dead, and of
    which `is_over` is true; the days that went, oldest first.

    Each day goes in a transaction of its own, whole. Dropping needs every table for a moment, and while
    it waits for that, all others wait behind it: so it waits for `DROP_WAIT_MS` at most, then leaves this
    day and the rest to the next call. Whether a day is held is asked again when nobody can write to it any
    more: what a clock that is far behind put in meanwhile is kept.
    """
    known = {day for name in _attached(connection) if (day := _day_named(name)) is not None}
    old = [day for day in known if day < before]
    gone: list[date] = []
    # Whoever keeps one day from going keeps all of them: everybody's statements wait once, and not for each.
    with suppress(psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        for day in droppable(old, _held(connection, old), before):
            if is_over(connection, day) and _drop(connection, day):
                gone.append(day)  # noqa: PERF401 - it stays where the next one cannot be locked
    return tuple(gone)


def _drop(connection: psycopg.Connection, day: date) -> bool:
    """Drop one day, if it is still there and nothing is held in it."""
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = {DROP_WAIT_MS}".encode())
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        names = _attached(connection) & {f"{parent}_{day:%Y%m%d}" for parent in PARENTS}
        connection.execute(f"LOCK TABLE {', '.join(PARENTS)} IN ACCESS EXCLUSIVE MODE".encode())
        if not names or _held(connection, [day]):
            return False
        connection.execute(f"DROP TABLE {', '.join(sorted(names))}".encode())
    return True


def _held(connection: psycopg.Connection, days: Iterable[date]) -> frozenset[date]:
    """Those of these days on which something was received that has not come to its end."""
    bounds = {bounds_of(day): day for day in days}
    columns = [[pair[n] for pair in bounds] for n in (0, 1)]
    starts = {start: day for (start, _), day in bounds.items()}
    found = connection.execute(statements()["held_days"], columns)
    return frozenset(starts[start] for (start,) in found)


def _attached(connection: psycopg.Connection) -> set[str]:
    """The names of the partitions that there are."""
    found = connection.execute(statements()["attached_days"], (list(PARENTS),))
    return {name for (name,) in found}


def _day_named(partition: str) -> date | None:
    """The day in the name of a partition of ours; None for one that somebody else has attached."""
    try:
        return datetime.strptime(partition.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def bounds_of(day: date) -> tuple[Moment, Moment]:
    """The first moment of a day, UTC, and the first after it."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return from_datetime(start), from_datetime(start + timedelta(days=1))


def _make(connection: psycopg.Connection, parent: str, day: date) -> None:
    """Names and bounds come from a date of ours, nothing from outside."""
    first, last = bounds_of(day)
    name = f"{parent}_{day:%Y%m%d}"
    make = f"CREATE TABLE {name} (LIKE {parent} INCLUDING ALL)"
    bounds = f"FOR VALUES FROM ({first}) TO ({last})"
    connection.execute(make.encode())
    connection.execute(f"ALTER TABLE {parent} ATTACH PARTITION {name} {bounds}".encode())
