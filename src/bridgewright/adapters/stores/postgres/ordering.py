"""Order within keys, inside the writer's transaction: done once, at its end, for every key in which
something came, ended, or stepped back.

Two transactions that know nothing of each other may put something into one key. So whoever ranks a key
holds it until the commit, and sees what was committed before: the last one sees all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.adapters.stores.ordering import turns
from bridgewright.adapters.stores.postgres.floors import BOTTOM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.adapters.stores.postgres.batch import Batch


def rank_all(batch: Batch) -> None:
    """Let the item run, of each key, whose turn it is."""
    if batch.woken is not None:
        for source, key in batch.run("new_keys").fetchall():
            batch.came(source, key, BOTTOM)  # a plan has said when each is due
        batch.post("park_new")
    if not batch.keys:
        return
    batch.post_rows("add_stops", batch.stops)
    keys = sorted(batch.keys)
    sources, names = hold(batch, keys)
    park, start = turns(batch.run("get_queues", sources, names))
    if park:
        batch.post("park", park)
    if start:
        now = max(batch.keys.values())
        batch.post("start", now, start)
        if now > BOTTOM:
            batch.lowered.extend((source, now) for source in set(sources))
        batch.due = True


def hold(batch: Batch, keys: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Hold keys, which come sorted, until the commit; their sources, and their names."""
    sources, names = [source for source, _ in keys], [name for _, name in keys]
    batch.run("lock_keys", sources, names)
    return sources, names


def sweep(batch: Batch, limit: int) -> int:
    """Forget dead letters that block no more; how many."""
    found = batch.run("find_lifted", limit).fetchall()
    if not found:
        return 0
    hold(batch, sorted({(source, key) for source, key, _ in found}))
    columns = (list(column) for column in zip(*found, strict=True))
    return batch.run("drop_lifted", *columns).rowcount
