"""Cancelling, forgetting and erasing, inside the writer's transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.adapters.stores.postgres.ordering import hold
from bridgewright.adapters.stores.postgres.selection import conditions
from bridgewright.adapters.stores.rows import item_row
from bridgewright.core.errors import NotFound, Refused
from bridgewright.core.lifecycle import retention
from bridgewright.core.lifecycle.states import Move, after
from bridgewright.core.model.control import ERASED_BODY, ERASED_HEADER, Retained
from bridgewright.core.model.item import State
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.operation import Selection

if TYPE_CHECKING:
    from bridgewright.adapters.stores.postgres.batch import Batch
    from bridgewright.core.control import Cancel, Erase, Retain
    from bridgewright.core.model.operation import ItemRow

RETENTION = "retention"
ROUNDS = 5
"""How often an item is looked at that moves on each time before it can be cancelled."""
_ERASED = f'[["{ERASED_HEADER}"'


def cancel(batch: Batch, command: Cancel) -> ItemRow:
    """End an item that waits or is dead; whoever waits behind it goes on."""
    held: set[tuple[str, str]] = set()
    if not any(_cancelled(batch, command, held) for _ in range(ROUNDS)):
        msg = f"item {command.item_id} moves on whenever it is looked at; nothing was written"
        raise Refused(f"{msg}: try again")
    where, values = conditions(Selection(ids=(command.item_id,)))
    sql = batch.sql["list_items"].replace(b"{conditions}", where.encode())
    row = batch.execute(sql, values | {"limit": 1}).fetchone()
    return item_row(row or ())


def _cancelled(batch: Batch, command: Cancel, held: set[tuple[str, str]]) -> bool:
    """Look at the item and end it; False where another process was quicker. Its key is held first: who
    ranks it holds the key, and then wants the item."""
    item_id = command.item_id
    row = batch.run("find_item", item_id).fetchone()
    if row is None:
        msg = f"there is no item {item_id} in this store"
        raise NotFound(f"{msg}: `bridgewright events ls` lists what is")
    source, received_at, work, fence, tried, dead_tried, cancelled, key = row
    if key is not None and (source, key) not in held:
        held.add((source, key))
        hold(batch, [(source, key)])
        return False  # whoever ranked it meanwhile may have moved it: look again
    state = State(work) if work else State.DEAD if dead_tried is not None else State.DONE
    after(State.CANCELLED if cancelled else state, Move.CANCEL)
    gone = batch.run("cancel_work", item_id, fence) if work else batch.run("drop_dead", item_id)
    if not gone.rowcount:
        return False
    attempts = tried if work else dead_tried
    batch.post("add_cancelled", item_id, received_at, source, command.at, attempts)
    batch.tally[source, "cancelled"] += 1
    ids = (item_id, item_id, 1, source)
    batch.post("add_act", command.at, command.actor, "cancel", command.reason, *ids)
    if key is not None:
        batch.came(source, key, command.at)
    return True


def retain(batch: Batch, command: Retain) -> Retained:
    """Look at the next finished items, and forget those whose time is over. Whole days went before
    (retaining.py)."""
    batch.post("begin_round", RETENTION)
    [reached] = batch.run("get_round", RETENTION).fetchone() or (0,)
    rows = batch.run("next_outcomes", reached, command.limit).fetchall()
    received = {item_id: received_at for item_id, _, _, received_at in rows}
    over = retention.over([row[:3] for row in rows], dict(command.keep_s), command.at)
    if over:
        days = [received[item_id] for item_id in over]
        for name in ("forget_items", "forget_outcomes", "forget_attempts", "forget_ranks"):
            batch.post(name, over, days)
        batch.post("forget_sendings", over)
    more = len(rows) == command.limit
    batch.post("set_round", rows[-1][0] if more else 0, RETENTION)
    return Retained(len(over), more)


def erase(batch: Batch, command: Erase) -> tuple[int, ...]:
    """Replace payloads. What they were is on disk until vacuum has been there."""
    rows = batch.run("erasable", list(command.item_ids), _ERASED).fetchall()
    if not rows:
        return ()
    ids = [item_id for item_id, _ in rows]
    headers = json.dumps([[ERASED_HEADER, as_text(command.at)]])
    batch.post("erase_items", ERASED_BODY, headers, ids)
    for name in ("erase_resources", "erase_attempt_texts", "erase_dead_texts"):
        batch.post(name, ids)
    for item_id, source in rows:
        act = (item_id, item_id, 1, source)
        batch.post("add_act", command.at, command.actor, "erase", command.reason, *act)
    return tuple(ids)
