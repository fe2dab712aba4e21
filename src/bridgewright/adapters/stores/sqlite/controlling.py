"""Cancelling, forgetting and erasing, inside the writer's transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.adapters.stores.rows import item_row
from bridgewright.adapters.stores.sqlite.ordering import ended
from bridgewright.adapters.stores.sqlite.selection import conditions
from bridgewright.core.errors import NotFound
from bridgewright.core.lifecycle import retention
from bridgewright.core.lifecycle.states import Move, after
from bridgewright.core.model.control import ERASED_BODY, ERASED_HEADER, Retained
from bridgewright.core.model.item import State
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.operation import Selection

if TYPE_CHECKING:
    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.core.control import Cancel, Erase, Retain
    from bridgewright.core.model.operation import ItemRow

RETENTION = "retention"
FORGET = (
    "forget_items",
    "forget_outcomes",
    "forget_attempts",
    "forget_ranks",
    "forget_sendings",
)
_ERASED = f'[["{ERASED_HEADER}"%'


def cancel(batch: Batch, command: Cancel) -> ItemRow:
    """End an item that waits or is dead; whoever waits behind it goes on."""
    row = batch.run("find_item", command.item_id).fetchone()
    if row is None:
        msg = f"there is no item {command.item_id} in this store"
        raise NotFound(f"{msg}: `bridgewright events ls` lists what is")
    source, work, tried, dead_tried, cancelled, key = row
    state = State(work) if work else State.DEAD if dead_tried is not None else State.DONE
    after(State.CANCELLED if cancelled else state, Move.CANCEL)
    batch.run("drop_work" if work else "drop_dead", command.item_id)
    attempts = tried if work else dead_tried
    batch.run("add_cancelled", command.item_id, command.at, attempts, "")
    batch.run("count_cancelled", source)
    ids = (command.item_id, command.item_id, 1, source)
    batch.run("add_act", command.at, command.actor, "cancel", command.reason, *ids)
    ended(batch, command.item_id, source, key)
    where, values = conditions(Selection(ids=(command.item_id,)))
    sql = batch.sql["list_items"].replace("{conditions}", where)
    return item_row(batch.connection.execute(sql, values | {"limit": 1}).fetchone())


def retain(batch: Batch, command: Retain) -> Retained:
    """Look at the next finished items, and forget those whose time is over."""
    found = batch.run("get_round", RETENTION).fetchone()
    reached = 0 if found is None else found[0]
    rows = batch.run("next_outcomes", reached, command.limit).fetchall()
    over = retention.over(rows, dict(command.keep_s), command.at)
    if over:
        ids = json.dumps(over)
        for name in FORGET:
            batch.run(name, ids)
    more = len(rows) == command.limit
    batch.run("set_round", RETENTION, rows[-1][0] if more else 0)
    return Retained(len(over), more)


def erase(batch: Batch, command: Erase) -> tuple[int, ...]:
    """Replace payloads, and have SQLite write zeros over what they were."""
    rows = batch.run("erasable", json.dumps(command.item_ids), _ERASED).fetchall()
    if not rows:
        return ()
    ids = [item_id for item_id, _ in rows]
    listed = json.dumps(ids)
    headers = json.dumps([[ERASED_HEADER, as_text(command.at)]])
    batch.connection.execute("PRAGMA secure_delete = ON")
    batch.run("erase_items", ERASED_BODY, headers, listed)
    for name in ("erase_resources", "erase_attempt_texts", "erase_dead_texts"):
        batch.run(name, listed)
    batch.connection.execute("PRAGMA secure_delete = OFF")
    for item_id, source in rows:
        act = (item_id, item_id, 1, source)
        batch.run("add_act", command.at, command.actor, "erase", command.reason, *act)
    return tuple(ids)
