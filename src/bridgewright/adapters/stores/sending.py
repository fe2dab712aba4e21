"""What outbox items have sent, inside the writer's transaction; the same for every store, but for its
SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.adapters.stores.rows import sending_of, standing_of
from bridgewright.core.lifecycle.outbox import known_until, may_send
from bridgewright.core.model.item import Item, Kind, Sending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.sending import MarkSending


class Batch(Protocol):
    """What a transaction under way offers here."""

    def named(self, name: str, values: Mapping[str, Any]) -> Any:
        """Execute a named statement with named values."""


def sendings(batch: Batch, items: Mapping[int, Item]) -> dict[int, Sending]:
    """What the outbox items among these have sent; events cost nothing."""
    ids = [item.id for item in items.values() if item.kind is Kind.OUTBOX]
    found = batch.named("find_sendings", {"ids": json.dumps(ids)}) if ids else ()
    return {item_id: sending_of(columns) for item_id, *columns in found}


def mark(batch: Batch, command: MarkSending) -> Sending | None:
    """Open a sending under a lease that is held and not past its time."""
    row = batch.named("get_standing", {"item_id": command.item_id}).fetchone()
    if row is None or not may_send(standing_of(row), command.fence, command.at):
        return None
    values = {
        "item_id": command.item_id,
        "at": command.at,
        "anew": int(command.anew),
        "known_until": known_until(command.at, command.lifetime_s),
    }
    [marked] = batch.named("mark_sending", values).fetchall()
    return sending_of(marked)


def close(batch: Batch, ids: list[int]) -> None:
    """These calls did not happen, or are known to have happened."""
    if ids:
        batch.named("close_sendings", {"ids": json.dumps(ids)})
