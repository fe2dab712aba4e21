"""Applying commands inside the writer's transaction. Each function reads, takes a pure step, writes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.sqlite.rows import (
    Row,
    columns_of,
    failure_columns,
    item_of,
    standing_of,
)
from bridgewright.adapters.stores.sqlite.statements import statements
from bridgewright.core.effects import (
    Accept,
    Claim,
    Claims,
    Enlist,
    Receipt,
    Reject,
    Renew,
    Settle,
    Sweep,
)
from bridgewright.core.lifecycle import lease
from bridgewright.core.lifecycle.states import Move, after
from bridgewright.core.model.item import (
    Bury,
    Cause,
    Claimed,
    Failure,
    Item,
    Lease,
    Retry,
    State,
)
from bridgewright.core.model.moment import Moment, later

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from bridgewright.core.lifecycle.lease import Standing
    from bridgewright.core.model.inbound import Notice

KEPT_REJECTIONS = 10_000
WORKER_MEMORY_S = 7 * 86_400.0


@dataclass(slots=True)
class Batch:
    """One transaction under way: its connection, and what to write at its end."""

    connection: sqlite3.Connection
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    due: bool = False
    sql: Mapping[str, str] = field(default_factory=statements)

    def run(self, name: str, *values: Any) -> sqlite3.Cursor:
        """Execute a named statement with positional values."""
        return self.connection.execute(self.sql[name], values)

    def finish(self) -> None:
        """Write the counts of this transaction, one statement for each source and kind."""
        rows = [(source, what, n) for (source, what), n in self.tally.items()]
        self.connection.executemany(self.sql["add_tally"], rows)


def accept(batch: Batch, command: Accept) -> tuple[Receipt, ...]:
    """Store each notice whose key is new."""
    return tuple(_accept_one(batch, command, notice) for notice in command.notices)


def _accept_one(batch: Batch, command: Accept, notice: Notice) -> Receipt:
    found = batch.run("find_key", command.source, notice.key).fetchone()
    if found is not None:
        batch.tally[command.source, "duplicate"] += 1
        return Receipt(found[0], duplicate=True)
    item_id = batch.run(
        "add_item",
        command.source,
        notice.event_type,
        notice.event_id,
        notice.key,
        notice.occurred_at,
        command.at,
        command.coverage.value,
        json.dumps(notice.headers),
        notice.body,
    ).lastrowid
    if item_id is None:  # sqlite3 types it so; an INSERT that succeeded always has one
        msg = "SQLite gave no row id for an inserted item"
        raise RuntimeError(msg)
    expires_at = later(command.at, command.horizon_s)
    batch.run("add_key", command.source, notice.key, item_id, expires_at)
    if command.unreadable is None:
        state = after(None, Move.ACCEPT)
        batch.run("add_work", item_id, command.source, state, command.at, 0)
        batch.due = True
    else:
        after(None, Move.SET_ASIDE)
        bury = Bury(Cause.UNREADABLE, Failure(kind="Unreadable", text=command.unreadable))
        _add_dead(batch, item_id, command.source, bury, command.at, fence=0, attempts=0)
    batch.tally[command.source, "accepted"] += 1
    return Receipt(item_id, duplicate=False)


def reject(batch: Batch, command: Reject) -> None:
    """Count a rejected delivery."""
    batch.run(
        "add_rejection",
        command.source,
        command.at,
        command.reason,
        command.detail,
        command.body_bytes,
    )
    batch.tally[command.source, "rejected"] += 1


def claim(batch: Batch, command: Claim) -> Claims:
    """Lease what is due, turn about between sources so that a burst of one does not starve others."""
    leases: list[Lease] = []
    poisoned: list[int] = []
    updates: list[tuple[Any, ...]] = []
    for item_id, *columns in _due(batch, command):
        before = standing_of(columns)
        step = lease.claim(before, command.now, command.lease_s)
        if before.state is State.LEASED:
            _record_lost(batch, item_id, before)
        if isinstance(step, Bury):
            _bury(batch, item_id, before, step, command.now)
            poisoned.append(item_id)
            continue
        updates.append((*columns_of(step), command.worker, item_id))
        leases.append(Lease(item_id, step.fence, step.attempts, step.due_at))
    batch.connection.executemany(batch.sql["set_work"], updates)
    items = _items(batch, leases)
    full = len(leases) + len(poisoned) >= command.limit
    upcoming = command.now if full else _next_due(batch, command.sources)
    claimed = tuple(Claimed(items[lease.item_id], lease) for lease in leases)
    return Claims(claimed, tuple(poisoned), upcoming)


def _due(batch: Batch, command: Claim) -> list[Row]:
    queues = [
        batch.run("find_due", source, command.now, command.limit).fetchall()
        for source in command.sources
    ]
    if len(queues) == 1:
        return queues[0]
    turns = chain.from_iterable(zip_longest(*queues))
    return list(islice((row for row in turns if row is not None), command.limit))


def _items(batch: Batch, leases: list[Lease]) -> dict[int, Item]:
    ids = json.dumps([one.item_id for one in leases])
    return {row[0]: item_of(row) for row in batch.run("get_items", ids)} if leases else {}


def _next_due(batch: Batch, sources: tuple[str, ...]) -> Moment | None:
    found = [batch.run("next_due", source).fetchone()[0] for source in sources]
    return min((at for at in found if at is not None), default=None)


def settle(batch: Batch, command: Settle) -> bool:
    """End an attempt, if its lease is still held."""
    row = batch.run("get_work", command.item_id).fetchone()
    standing = None if row is None else standing_of(row[:5])
    if standing is None or not lease.holds(standing, command.fence):
        return False
    source = row[5]
    resolution = command.resolution
    _, ahead = lease.settle(standing, resolution, command.at)
    if isinstance(resolution, Bury):
        _add_attempt(batch, command.item_id, standing, command.at, "dead", resolution.failure)
        _bury(batch, command.item_id, standing, resolution, command.at, source)
    elif ahead is None:
        batch.run("drop_work", command.item_id)
        batch.run("add_outcome", command.item_id, command.at, standing.attempts)
        batch.tally[source, "done"] += 1
    else:
        if isinstance(resolution, Retry):
            _add_attempt(batch, command.item_id, standing, command.at, "retry", resolution.failure)
        _set_work(batch, command.item_id, ahead, None)
        batch.due = True
    return True


def renew(batch: Batch, command: Renew) -> tuple[int, ...]:
    """Prolong the leases that are still held."""
    until = later(command.now, command.lease_s)
    return tuple(
        item_id
        for item_id, fence in command.leases
        if batch.run("renew_lease", until, item_id, fence).rowcount
    )


def enlist(batch: Batch, command: Enlist) -> None:
    """Write down that a worker is alive, or has ended."""
    batch.connection.execute(
        batch.sql["enlist_worker"],
        {
            "id": command.worker,
            "host": command.host,
            "pid": command.pid,
            "sources": json.dumps(command.sources),
            "at": command.at,
            "stopped": int(command.stopped),
        },
    )


def sweep(batch: Batch, command: Sweep) -> int:
    """Forget what is past its time."""
    gone = batch.run("sweep_keys", command.at, command.limit).rowcount
    gone += batch.run("sweep_rejections", KEPT_REJECTIONS, command.limit).rowcount
    long_ago = later(command.at, -WORKER_MEMORY_S)
    return gone + batch.run("sweep_workers", long_ago, command.limit).rowcount


def _set_work(batch: Batch, item_id: int, step: Standing, worker: str | None) -> None:
    batch.run("set_work", *columns_of(step), worker, item_id)


def _bury(
    batch: Batch, item_id: int, standing: Standing, bury: Bury, at: Moment, source: str | None = None
) -> None:
    if source is None:
        source = batch.run("get_work", item_id).fetchone()[5]
    batch.run("drop_work", item_id)
    _add_dead(batch, item_id, source, bury, at, fence=standing.fence, attempts=standing.attempts)


def _add_dead(  # noqa: PLR0913 - one row, column by column
    batch: Batch, item_id: int, source: str, bury: Bury, at: Moment, *, fence: int, attempts: int
) -> None:
    words = failure_columns(bury.failure)
    batch.run("add_dead", item_id, source, bury.cause, at, fence, attempts, *words)


def _add_attempt(  # noqa: PLR0913 - one row, column by column
    batch: Batch, item_id: int, standing: Standing, at: Moment, outcome: str, failure: Failure
) -> None:
    words = failure_columns(failure)
    batch.run("add_attempt", item_id, standing.attempts, at, outcome, *words)


def _record_lost(batch: Batch, item_id: int, standing: Standing) -> None:
    failure = Failure(kind="WorkerLost", text="its lease ran out and nobody said how it ended")
    _add_attempt(batch, item_id, standing, standing.due_at, "lost", failure)
