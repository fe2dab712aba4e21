"""Claiming and settling, inside the writer's transaction. Each function reads with locks, takes a pure
step for every item, and writes all of them at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores import claiming, sending
from bridgewright.adapters.stores.postgres import ordering
from bridgewright.adapters.stores.postgres.finding import Finder, held_of
from bridgewright.adapters.stores.postgres.receiving import KEPT_REJECTIONS
from bridgewright.adapters.stores.rows import item_of
from bridgewright.core.effects import Claim, Claims, Enlist, Renew, Settle, Sweep
from bridgewright.core.lifecycle import lease
from bridgewright.core.lifecycle.outbox import is_lane
from bridgewright.core.lifecycle.retention import LATEST_MEMORY_S
from bridgewright.core.model.item import (
    Bury,
    Complete,
    Failure,
    Item,
    Lease,
    Retry,
    State,
)
from bridgewright.core.model.moment import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.adapters.stores.postgres.batch import Batch, Held

WORKER_MEMORY_S = 7 * 86_400.0
WORKER_LOST = Failure(kind="WorkerLost", text="its lease ran out and nobody said how it ended")


def claim(batch: Batch, command: Claim) -> Claims:
    """Lease what is due, turn about between sources so that a burst of one does not starve others."""
    leases: list[Lease] = []
    poisoned: list[int] = []
    updates: list[tuple[Any, ...]] = []
    finder = Finder.of(batch, command)
    due = finder.due()
    chosen, suspects = _apart(due, alone=command.alone)
    if suspects:
        finder.leave(due)
    for held in chosen:
        before = held.standing
        step = lease.claim(before, command.now, command.lease_s)
        if before.state is State.LEASED:
            batch.add_attempt(held, before.due_at, "lost", WORKER_LOST)
        if isinstance(step, Bury):
            batch.add_dead(held, step, command.now)
            batch.ended(held, command.now, dead=True)
            poisoned.append(held.item_id)
            continue
        updates.append((held.item_id, step.due_at, step.fence, step.attempts, step.lost))
        leases.append(Lease(held.item_id, step.fence, step.attempts, step.due_at))
        batch.lowered.append((held.source, step.due_at))
    if poisoned:
        batch.post("drop_work", poisoned)
    items = _lease(batch, command, chosen, updates)
    full = suspects or len(leases) + len(poisoned) >= command.limit
    upcoming = command.now if full or poisoned else finder.next_due()
    resources = {held.item_id: held.resource for held in chosen if held.resource is not None}
    claimed = claiming.claimed(batch, leases, items, resources)
    return Claims(claimed, tuple(poisoned), upcoming, suspects, finder.held_back)


def _apart(due: list[Held], *, alone: bool) -> tuple[list[Held], bool]:
    """What may be leased together, and whether a suspect is in it or waits: a suspect is leased by
    itself, and only to a worker that holds nothing else."""
    suspects = [held for held in due if lease.is_suspect(held.standing)]
    if suspects and alone:
        return suspects[:1], True
    return [held for held in due if not lease.is_suspect(held.standing)], bool(suspects)


def _lease(
    batch: Batch, command: Claim, chosen: list[Held], updates: list[tuple[Any, ...]]
) -> dict[int, Item]:
    """Write the new leases; the items under them."""
    if not updates:
        return {}
    columns = [list(column) for column in zip(*updates, strict=True)]
    batch.post("lease_work", command.worker, *columns)
    received = {held.item_id: held.received_at for held in chosen}
    ids = columns[0]
    rows = batch.run("get_items", ids, [received[item_id] for item_id in ids])
    return {row[0]: item_of(row) for row in rows}


def settle_all(batch: Batch, commands: Sequence[Settle]) -> list[bool]:
    """End attempts, each if its lease is still held."""
    ids = [command.item_id for command in commands]
    held = {row[0]: held_of(row) for row in batch.run("get_held", ids)}
    done: list[tuple[Any, ...]] = []
    gone: list[int] = []
    closed: list[int] = []
    results = []
    for command in commands:
        found = held.get(command.item_id)
        if found is None or not lease.holds(found.standing, command.fence):
            results.append(False)
            continue
        del held[command.item_id]  # one settlement ends the lease
        results.append(True)
        if command.unsent:
            closed.append(found.item_id)
        if not _settle_unfinished(batch, command, found):
            gone.append(found.item_id)
        batch.ended(found, command.at, dead=isinstance(command.resolution, Bury))
        if isinstance(command.resolution, Complete):
            words = command.resolution.result, command.resolution.note
            ending = command.at, found.standing.attempts, *words
            done.append((found.item_id, found.received_at, found.source, *ending))
            batch.tally[found.source, "done"] += 1
            if command.handled is not None:
                batch.handled(found.source, *command.handled, command.at)
            if is_lane(found.source):
                closed.append(found.item_id)
    if gone:
        batch.post("drop_work", gone)
    batch.post_rows("add_outcomes", done)
    sending.close(batch, closed)
    return results


def _settle_unfinished(batch: Batch, command: Settle, held: Held) -> bool:
    """Take the step; whether the item has work ahead of it."""
    _, ahead = lease.settle(held.standing, command.resolution, command.at)
    resolution = command.resolution
    if isinstance(resolution, Bury):
        batch.add_attempt(held, command.at, "dead", resolution.failure)
        batch.add_dead(held, resolution, command.at)
    elif ahead is not None:
        if isinstance(resolution, Retry):
            batch.add_attempt(held, command.at, "retry", resolution.failure)
        batch.wait(held, ahead)
    return ahead is not None


def renew(batch: Batch, command: Renew) -> tuple[int, ...]:
    """Prolong the leases that are still held."""
    if not command.leases:
        return ()
    ids, fences = (list(column) for column in zip(*sorted(command.leases), strict=True))
    until = later(command.now, command.lease_s)
    kept = {item_id for (item_id,) in batch.run("renew_leases", until, ids, fences)}
    return tuple(item_id for item_id, _ in command.leases if item_id in kept)


def enlist(batch: Batch, command: Enlist) -> None:
    """Write down that a worker is alive, or has ended."""
    values = {
        "id": command.worker,
        "host": command.host,
        "pid": command.pid,
        "sources": json.dumps(command.sources),
        "at": command.at,
        "stopped": int(command.stopped),
        "patterns": json.dumps(command.patterns),
    }
    batch.execute(batch.sql["enlist_worker"], values)


def sweep(batch: Batch, command: Sweep) -> int:
    """Forget what is past its time."""
    gone = batch.run("sweep_keys", command.at, command.limit).rowcount
    gone += batch.run("sweep_rejections", KEPT_REJECTIONS, command.limit).rowcount
    gone += batch.run("sweep_sendings", command.limit).rowcount
    gone += ordering.sweep(batch, command.limit)
    forgotten_at = later(command.at, -LATEST_MEMORY_S)
    gone += batch.run("sweep_latest", forgotten_at, command.limit).rowcount
    long_ago = later(command.at, -WORKER_MEMORY_S)
    gone += batch.run("sweep_workers", long_ago, command.limit).rowcount
    batch.post("add_up")
    return gone
