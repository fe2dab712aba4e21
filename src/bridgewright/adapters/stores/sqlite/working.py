"""Claiming and settling, inside the writer's transaction. Each function reads, takes a pure step,
writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores import claiming, sending
from bridgewright.adapters.stores.rows import columns_of, item_of, standing_of
from bridgewright.adapters.stores.sqlite.finding import NOWHERE, Finder, Held, Place
from bridgewright.adapters.stores.sqlite.ordering import ended
from bridgewright.adapters.stores.sqlite.receiving import KEPT_REJECTIONS
from bridgewright.adapters.stores.sqlite.transactions import apply_writes
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
    finder = Finder.of(batch, command)
    chosen, suspects = _apart(finder.due(), alone=command.alone)
    for held in chosen:
        before = held.standing
        step = lease.claim(before, command.now, command.lease_s)
        if before.state is State.LEASED:
            batch.add_attempt(held.item_id, before.attempts, before.due_at, "lost", WORKER_LOST)
        if isinstance(step, Bury):
            batch.run("drop_work", held.item_id)
            batch.add_dead(held.item_id, held.source, before, step, command.now)
            ended(batch, held.item_id, held.source, held.order_key, dead_blocks=held.blocks)
            poisoned.append(held.item_id)
            continue
        updates.append((*columns_of(step), command.worker, held.item_id))
        leases.append(Lease(held.item_id, step.fence, step.attempts, step.due_at))
    batch.connection.executemany(batch.sql["set_work"], updates)
    full = suspects or len(leases) + len(poisoned) >= command.limit
    upcoming = command.now if full or poisoned else finder.next_due()
    resources = {held.item_id: held.resource for held in chosen if held.resource is not None}
    claimed = claiming.claimed(batch, leases, _items(batch, leases), resources)
    return Claims(claimed, tuple(poisoned), upcoming, suspects, finder.held_back)


def _apart(due: list[Held], *, alone: bool) -> tuple[list[Held], bool]:
    """What may be leased together, and whether a suspect is in it or waits: a suspect is leased by
    itself, and only to a worker that holds nothing else."""
    suspects = [held for held in due if lease.is_suspect(held.standing)]
    if suspects and alone:
        return suspects[:1], True
    return [held for held in due if not lease.is_suspect(held.standing)], bool(suspects)


def _items(batch: Batch, leases: list[Lease]) -> dict[int, Item]:
    """The payloads of what was leased."""
    if not leases:
        return {}
    ids = json.dumps([one.item_id for one in leases])
    return {row[0]: item_of(row) for row in batch.run("get_items", ids)}


def settle_all(batch: Batch, commands: Sequence[Settle]) -> list[bool | Refusal]:
    """End attempts, each if its lease is still held, with what its handler wrote."""
    ids = json.dumps([command.item_id for command in commands])
    held = {
        item_id: (standing_of(columns), Place(source, key, bool(blocks)))
        for item_id, *columns, source, key, blocks in json.loads(
            batch.run("get_held", ids).fetchone()[0]
        )
    }
    done: list[tuple[int, Moment, int, str]] = []
    notes: list[tuple[str, int]] = []
    closed: list[int] = []
    results: list[bool | Refusal] = []
    for command in commands:
        standing, place = held.get(command.item_id, (None, NOWHERE))
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
            if command.resolution.note:
                notes.append((command.resolution.note, command.item_id))
            batch.tally[place.source, "done"] += 1
            ended(batch, command.item_id, place.source, place.key)
            _handled(batch, command, place.source)
            if is_lane(place.source):
                closed.append(command.item_id)
        else:
            _settle_unfinished(batch, command, standing, ahead, place)
    if done:
        batch.run("drop_all_work", json.dumps([row[0] for row in done]))
        batch.run("add_outcomes", json.dumps(done))
        batch.connection.executemany(batch.sql["set_note"], notes)
    sending.close(batch, closed)
    return results


def _handled(batch: Batch, command: Settle, source: str) -> None:
    if command.handled is not None:
        resource, occurred_at = command.handled
        batch.run("add_latest", source, resource, occurred_at, command.at)


def _settle_unfinished(
    batch: Batch, command: Settle, standing: Standing, ahead: Standing | None, place: Place
) -> None:
    resolution, item_id, at = command.resolution, command.item_id, command.at
    if isinstance(resolution, Bury):
        batch.add_attempt(item_id, standing.attempts, at, "dead", resolution.failure)
        batch.run("drop_work", item_id)
        batch.add_dead(item_id, place.source, standing, resolution, at)
        ended(batch, item_id, place.source, place.key, dead_blocks=place.blocks)
    elif ahead is not None:
        if isinstance(resolution, Retry):
            batch.add_attempt(item_id, standing.attempts, at, "retry", resolution.failure)
        batch.set_work(item_id, ahead)
        ended(batch, item_id, place.source, place.key)
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
    gone += batch.run("sweep_stops", command.limit).rowcount
    forgotten_at = later(command.at, -LATEST_MEMORY_S)
    gone += batch.run("sweep_latest", forgotten_at, command.limit).rowcount
    long_ago = later(command.at, -WORKER_MEMORY_S)
    return gone + batch.run("sweep_workers", long_ago, command.limit).rowcount
