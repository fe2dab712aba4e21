"""Accepting and rejecting, inside the writer's transaction.

Every call into SQLite gives other threads a turn, and takes one to come back from: the event loop
that serves the deliveries. So a batch is written by a handful of statements, however many
deliveries are in it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.effects import Accept, Receipt, Reject
from bridgewright.core.lifecycle.lease import Standing
from bridgewright.core.lifecycle.states import Move, after
from bridgewright.core.model.item import Bury, Cause, Failure
from bridgewright.core.model.moment import later
from bridgewright.core.model.ranking import ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.core.model.inbound import Notice

ROWS = (32, 8, 1)
"""Rows of one INSERT, tried in this order: few different texts, so that SQLite compiles each once."""
ITEM_COLUMNS = 12
KEPT_REJECTIONS = 10_000
"""Rows of rejected deliveries that are kept, the newest; all are counted."""
SWEEP_EVERY = 500


@dataclass(slots=True)
class _Additions:
    """What a batch of deliveries adds, gathered before it is written."""

    last_id: int
    known: dict[tuple[str, str], int]
    items: list[tuple[Any, ...]] = field(default_factory=list)
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    work: list[tuple[Any, ...]] = field(default_factory=list)
    ranks: list[tuple[Any, ...]] = field(default_factory=list)
    unreadable: list[tuple[int, Accept, str]] = field(default_factory=list)
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)


def accept_all(batch: Batch, commands: Sequence[Accept]) -> list[tuple[Receipt, ...]]:
    """Store each notice whose key is new."""
    pairs = [(command.source, notice.key) for command in commands for notice in command.notices]
    found = batch.run("find_keys", json.dumps(pairs))
    known = {(source, key): item_id for source, key, item_id in found}
    last = batch.run("last_item").fetchone()
    adding = _Additions(last[0] if last else 0, known)
    receipts = [
        tuple(_gather(adding, command, notice) for notice in command.notices)
        for command in commands
    ]
    _write(batch, adding)
    for command in commands:
        if command.key_name:
            batch.hit(command.source, command.key_name, command.at)
    return receipts


def _gather(adding: _Additions, command: Accept, notice: Notice) -> Receipt:
    source, key = command.source, notice.key
    if "\0" in key:  # SQLite's JSON would cut it there, and two keys would become one
        msg = "a dedupe key cannot hold a NUL"
        raise ValueError(msg)
    known = adding.known.get((source, key))
    if known is not None:
        adding.tally[source, "duplicate"] += 1
        return Receipt(known, duplicate=True)
    adding.last_id = item_id = adding.last_id + 1
    adding.known[source, key] = item_id
    adding.tally[source, "accepted"] += 1
    adding.keys.append((source, key, item_id, later(command.at, command.horizon_s)))
    adding.items.append(
        (
            item_id,
            source,
            notice.event_type,
            notice.event_id,
            key,
            notice.occurred_at,
            command.at,
            command.coverage.value,
            json.dumps(notice.headers),
            notice.body,
            command.origin,
            command.kind,
        )
    )
    if command.unreadable is None:
        after(None, Move.ACCEPT)
        rank = notice.rank
        columns = (rank.order_key, int(rank.blocks), rank.resource, int(rank.high))
        due_at = command.at if command.due_at is None else command.due_at
        adding.work.append((item_id, source, due_at, notice.event_type, *columns))
        if rank != ANYWHERE:
            adding.ranks.append((item_id, *columns))
    else:
        adding.unreadable.append((item_id, command, command.unreadable))
    return Receipt(item_id, duplicate=False)


def _write(batch: Batch, adding: _Additions) -> None:
    batch.tally.update(adding.tally)
    if not adding.items:
        return
    _insert_items(batch, adding.items)
    batch.run("add_keys", json.dumps(adding.keys))
    if adding.work:
        batch.run("add_new_work", json.dumps(adding.work))
        if adding.ranks:
            batch.run("add_ranks", json.dumps(adding.ranks))
        batch.due = True
    for item_id, command, why in adding.unreadable:
        never = Standing(after(None, Move.SET_ASIDE), command.at)
        bury = Bury(Cause.UNREADABLE, Failure(kind="Unreadable", text=why))
        batch.add_dead(item_id, command.source, never, bury, command.at)


def _insert_items(batch: Batch, items: list[tuple[Any, ...]]) -> None:
    row = "(" + ", ".join("?" * ITEM_COLUMNS) + ")"
    start = 0
    for size in ROWS:
        sql = batch.sql["add_items"] + ", ".join([row] * size)
        while len(items) - start >= size:
            values = [value for item in items[start : start + size] for value in item]
            batch.connection.execute(sql, values)
            start += size


def reject(batch: Batch, command: Reject) -> int:
    """Count a rejected delivery; the number of its row."""
    row = (command.source, command.at, command.reason, command.detail, command.body_bytes)
    number = batch.run("add_rejection", *row).lastrowid or 0
    if number % SWEEP_EVERY == 0:  # bounded even where no worker ever sweeps
        batch.run("sweep_rejections", KEPT_REJECTIONS, 2 * SWEEP_EVERY)
    batch.tally[command.source, "rejected"] += 1
    return number
