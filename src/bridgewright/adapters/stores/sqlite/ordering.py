"""Order within keys, inside the writer's transaction: done once, at its end, for every key in which
something came, ended, or stepped back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.adapters.stores.ordering import turns

if TYPE_CHECKING:
    from bridgewright.adapters.stores.sqlite.batch import Batch


def rank_all(batch: Batch) -> None:
    """Let the item run, of each key, whose turn it is."""
    new = batch.run("new_keys").fetchall()
    if new:
        batch.run("park_new")
        batch.keys.update(new)
    if not batch.keys:
        return
    park, start = turns(batch.run("get_queues", json.dumps(sorted(batch.keys))).fetchall())
    if park:
        batch.run("set_parked", 1, json.dumps(park))
    if start:
        batch.run("set_parked", 0, json.dumps(start))
        batch.due = True
    batch.keys.clear()


def ended(
    batch: Batch, item_id: int, source: str, key: str | None, *, dead_blocks: bool = False
) -> None:
    """An item of a key has ended, or waits again: its key is ranked anew. `dead_blocks`: it is dead, and
    nothing younger of its key may run."""
    if key is None:
        return
    if dead_blocks:
        batch.run("add_stop", source, key, item_id)
    batch.keys.add((source, key))
