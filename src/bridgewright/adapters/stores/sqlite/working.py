"""Claiming and settling, inside the writer's transaction. Each function reads, takes a pure step,
writes."""

from __future__ import annotations

import json
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores import sending
from bridgewright.adapters.stores.rows import Row, columns_of, item_of, standing_of
from bridgewright.adapters.stores.sqlite.receiving import KEPT_REJECTIONS
from bridgewright.adapters.stores.sqlite.transactions import apply_writes
from bridgewright.core.effects import Claim, Claims, Enlist, Renew, Settle, Sweep
from bridgewright.core.lifecycle import lease
from bridgewright.core.lifecycle.outbox import is_lane
from bridgewright.core.model.item import (
    Bury,
    Claimed,
    Complete,
    Failure,
    Item,
    Lease,
    Retry,
    State,
)
from bridgewright.core.model.moment import Moment, later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.adapters.stores.writer import Refusal
    from bridgewright.core.lifecycle.lease import Standing

WORKER_MEMORY_S = 7 * 86_400.0
WORKER_LOST = Failure(kind="WorkerLost", text="its lease ran out and nobody said how it ended")


def claim(batch: Batch, command: Claim) -> Claims:
    """Lease what is due, turn about between sources so that a burst of one does not starve others."""
    leases: list[Lease] = []
    poisoned: list[int] = []
    updates: list[tuple[Any, ...]] = []
    rows, suspects = _apart(_due(batch, command), alone=command.alone)
    for item_id, before in rows:
        step = lease.claim(before, command.now, command.lease_s)
        if before.state is State.LEASED:
            batch.add_attempt(item_id, before.attempts, before.due_at, "lost", WORKER_LOST)
        if isinstance(step, Bury):
            source = batch.run("get_source", item_id).fetchone()[0]
            batch.run("drop_work", item_id)
            batch.add_dead(item_id, source, before, step, command.now)
            poisoned.append(item_id)
            continue
        updates.append((*columns_of(step), command.worker, item_id))
        leases.append(Lease(item_id, step.fence, step.attempts, step.due_at))
    batch.connection.executemany(batch.sql["set_work"], updates)
    items = _items(batch, leases)
    full = suspects or len(leases) + len(poisoned) >= command.limit
    upcoming = command.now if full else _next_due(batch, command.sources)
    sent = sending.sendings(batch, items)
    claimed = tuple(Claimed(items[one.item_id], one, sent.get(one.item_id)) for one in leases)
    return Claims(claimed, tuple(poisoned), upcoming, suspects)


def _apart(rows: list[Row], *, alone: bool) -> tuple[list[tuple[int, Standing]], bool]:
    """What may be leased together, and whether a suspect is in it or waits: a suspect is leased by
    itself, and only to a worker that holds nothing else."""
    due = [(item_id, standing_of(columns)) for item_id, *columns in rows]
    suspects = [entry for entry in due if lease.is_suspect(entry[1])]
    if suspects and alone:
        return suspects[:1], True
    return [entry for entry in due if not lease.is_suspect(entry[1])], bool(suspects)


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


def settle_all(batch: Batch, commands: Sequence[Settle]) -> list[bool | Refusal]:
    """End attempts, each if its lease is still held, with what its handler wrote."""
    ids = json.dumps([command.item_id for command in commands])
    held: dict[int, tuple[Standing, str]] = {
        item_id: (standing_of(columns), source)
        for item_id, *columns, source in json.loads(batch.run("get_held", ids).fetchone()[0])
    }
    done: list[tuple[int, Moment, int, str]] = []
    closed: list[int] = []
    results: list[bool | Refusal] = []
    for command in commands:
        standing, source = held.get(command.item_id, (None, ""))
        if standing is None or not lease.holds(standing, command.fence):
            results.append(False)
            continue
        refusal = apply_writes(batch.connection, command.writes) if command.writes else None
        if refusal is not None:
            results.append(refusal)
            continue
        del held[command.item_id]  # one settlement ends the lease
        results.append(True)
        _, ahead = lease.settle(standing, command.resolution, command.at)
        if command.unsent:
            closed.append(command.item_id)
        if isinstance(command.resolution, Complete):
            result = command.resolution.result
            done.append((command.item_id, command.at, standing.attempts, result))
            batch.tally[source, "done"] += 1
            if is_lane(source):
                closed.append(command.item_id)
        else:
            _settle_unfinished(batch, command, standing, ahead, source)
    if done:
        batch.run("drop_all_work", json.dumps([row[0] for row in done]))
        batch.run("add_outcomes", json.dumps(done))
    sending.close(batch, closed)
    return results


def _settle_unfinished(
    batch: Batch, command: Settle, standing: Standing, ahead: Standing | None, source: str
) -> None:
    resolution, item_id, at = command.resolution, command.item_id, command.at
    if isinstance(resolution, Bury):
        batch.add_attempt(item_id, standing.attempts, at, "dead", resolution.failure)
        batch.run("drop_work", item_id)
        batch.add_dead(item_id, source, standing, resolution, at)
    elif ahead is not None:
        if isinstance(resolution, Retry):
            batch.add_attempt(item_id, standing.attempts, at, "retry", resolution.failure)
        batch.set_work(item_id, ahead)
        batch.due = True


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
            "patterns": json.dumps(command.patterns),
        },
    )


def sweep(batch: Batch, command: Sweep) -> int:
    """Forget what is past its time."""
    gone = batch.run("sweep_keys", command.at, command.limit).rowcount
    gone += batch.run("sweep_rejections", KEPT_REJECTIONS, command.limit).rowcount
    long_ago = later(command.at, -WORKER_MEMORY_S)
    return gone + batch.run("sweep_workers", long_ago, command.limit).rowcount
