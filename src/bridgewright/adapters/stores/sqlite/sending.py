"""What outbox items have sent, inside the writer's transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.adapters.stores.sqlite.rows import sending_of, standing_of
from bridgewright.core.lifecycle.outbox import may_send
from bridgewright.core.model.item import Item, Kind, Sending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.core.sending import MarkSending


def sendings(batch: Batch, items: Mapping[int, Item]) -> dict[int, Sending]:
    """What the outbox items among these have sent; events cost nothing."""
    ids = [item.id for item in items.values() if item.kind is Kind.OUTBOX]
    found = batch.run("find_sendings", json.dumps(ids)) if ids else ()
    return {item_id: sending_of(columns) for item_id, *columns in found}


def mark(batch: Batch, command: MarkSending) -> Sending | None:
    """Open a sending under a lease that is held and not past its time."""
    row = batch.run("get_standing", command.item_id).fetchone()
    if row is None or not may_send(standing_of(row), command.fence, command.at):
        return None
    values = {"item_id": command.item_id, "at": command.at, "anew": int(command.anew)}
    [marked] = batch.connection.execute(batch.sql["mark_sending"], values).fetchall()
    return sending_of(marked)
