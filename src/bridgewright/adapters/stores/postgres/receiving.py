"""Accepting and rejecting, inside the writer's transaction: a handful of statements, however many
deliveries are in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.postgres.batch import Held
from bridgewright.core.effects import Accept, Receipt, Reject
from bridgewright.core.errors import StoreBusy
from bridgewright.core.lifecycle.lease import Standing
from bridgewright.core.lifecycle.states import Move, after
from bridgewright.core.model.item import Bury, Cause, Failure
from bridgewright.core.model.moment import later
from bridgewright.core.model.ranking import ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.adapters.stores.postgres.batch import Batch
    from bridgewright.core.model.inbound import Notice

KEPT_REJECTIONS = 10_000
"""Rows of rejected deliveries that are kept, the newest; all are counted."""
SWEEP_EVERY = 500
ROUNDS = 5
"""How often a key is tried that was there, and then swept before it was looked at."""

Key = tuple[str, str]


@dataclass(slots=True)
class _Wanted:
    """The notices of a batch whose keys may be new: the first of each key, in order of arrival."""

    first: dict[Key, tuple[Accept, Notice]] = field(default_factory=dict)
    ids: dict[Key, int] = field(default_factory=dict)
    new: set[int] = field(default_factory=set)


def accept_all(batch: Batch, commands: Sequence[Accept]) -> list[tuple[Receipt, ...]]:
    """Store each notice whose key is new."""
    wanted = _Wanted()
    for command in commands:
        for notice in command.notices:
            wanted.first.setdefault((command.source, notice.key), (command, notice))
    _decide(batch, wanted)
    _write(batch, wanted)
    receipts = [
        tuple(_receipt(batch, wanted, command, notice) for notice in command.notices)
        for command in commands
    ]
    for command in commands:
        if command.key_name:
            batch.hit(command.source, command.key_name, command.at)
    return receipts


def _decide(batch: Batch, wanted: _Wanted) -> None:
    """Which keys are new, and the numbers of all: the unique index decides, between processes too."""
    if not wanted.first:
        return
    numbers = batch.run("next_ids", len(wanted.first)).fetchall()
    for key, (number,) in zip(wanted.first, numbers, strict=True):
        wanted.ids[key] = number
    open_keys = sorted(wanted.first)
    for _ in range(ROUNDS):
        rows = [
            (*key, wanted.ids[key], later(wanted.first[key][0].at, wanted.first[key][0].horizon_s))
            for key in open_keys
        ]
        columns = (list(column) for column in zip(*rows, strict=True))
        added = {number for (number,) in batch.run("add_keys", *columns)}
        wanted.new |= added
        open_keys = [key for key in open_keys if wanted.ids[key] not in added]
        if not open_keys:
            return
        sources, keys = (list(column) for column in zip(*open_keys, strict=True))
        known = {(s, k): number for s, k, number in batch.run("find_keys", sources, keys)}
        wanted.ids.update(known)
        open_keys = [key for key in open_keys if key not in known]
        if not open_keys:
            return
    msg = "dedupe keys came and went while this was written; nothing was written"
    raise StoreBusy(f"{msg}: try again")


def _receipt(batch: Batch, wanted: _Wanted, command: Accept, notice: Notice) -> Receipt:
    """What became of a notice; the first of a new key is stored, every other one is a duplicate."""
    key = command.source, notice.key
    number = wanted.ids[key]
    stored = number in wanted.new and wanted.first[key][1] is notice
    if stored:
        wanted.new.discard(number)  # the same notice may stand twice in one delivery
    batch.tally[command.source, "accepted" if stored else "duplicate"] += 1
    return Receipt(number, duplicate=not stored)


def _write(batch: Batch, wanted: _Wanted) -> None:
    items: list[tuple[Any, ...]] = []
    work: list[tuple[Any, ...]] = []
    ranks: list[tuple[Any, ...]] = []
    for key, (command, notice) in wanted.first.items():
        number = wanted.ids[key]
        if number not in wanted.new:
            continue
        items.append(_columns(number, command, notice))
        if command.unreadable is None:
            after(None, Move.ACCEPT)
            rank = notice.rank
            columns = (rank.order_key, int(rank.blocks), rank.resource, int(rank.high))
            due_at = command.at if command.due_at is None else command.due_at
            work.append((number, command.source, command.at, due_at, notice.event_type, *columns))
            if rank != ANYWHERE:
                ranks.append((number, command.at, *columns))
            if rank.order_key is not None:
                batch.came(command.source, rank.order_key, command.at)
            batch.lowered.append((command.source, due_at))
        else:
            never = Standing(after(None, Move.SET_ASIDE), command.at)
            bury = Bury(Cause.UNREADABLE, Failure(kind="Unreadable", text=command.unreadable))
            held = Held(
                number,
                command.source,
                command.at,
                notice.event_type,
                None,
                None,
                blocks=False,
                standing=never,
            )
            batch.add_dead(held, bury, command.at)
    batch.post_rows("add_items", items)
    batch.post_rows("add_ranks", ranks)
    batch.post_rows("add_new_work", work)
    batch.due = batch.due or bool(work)


def _columns(number: int, command: Accept, notice: Notice) -> tuple[Any, ...]:
    return (
        number,
        command.source,
        notice.event_type,
        notice.event_id,
        notice.key,
        notice.occurred_at,
        command.at,
        command.coverage.value,
        json.dumps(notice.headers),
        notice.body,
        str(command.origin),
        str(command.kind),
    )


def reject(batch: Batch, command: Reject) -> int:
    """Count a rejected delivery; the number of its row."""
    row = (command.source, command.at, str(command.reason), command.detail, command.body_bytes)
    [number] = batch.run("add_rejection", *row).fetchone() or (0,)
    if number % SWEEP_EVERY == 0:  # bounded even where no worker ever sweeps
        batch.run("sweep_rejections", KEPT_REJECTIONS, 2 * SWEEP_EVERY)
    batch.tally[command.source, "rejected"] += 1
    return int(number)
