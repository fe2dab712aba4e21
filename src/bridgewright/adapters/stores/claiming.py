"""What a claim hands out, inside the writer's transaction; the same for every store, but for its SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.adapters.stores import sending
from bridgewright.core.model.item import Claimed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.core.model.item import Item, Lease


class Batch(Protocol):
    """What a transaction under way offers here."""

    def run(self, name: str, *values: Any) -> Any:
        """Execute a named statement with positional values."""

    def named(self, name: str, values: Mapping[str, Any]) -> Any:
        """Execute a named statement with named values."""


def claimed(
    batch: Batch, leases: Sequence[Lease], items: Mapping[int, Item], resources: Mapping[int, str]
) -> tuple[Claimed, ...]:
    """What was leased, with its payload and with what is to be known of it; `resources` are of those that
    somebody asks about whether they are stale."""
    stale = _stale(batch, [items[one.item_id] for one in leases], resources)
    sent = sending.sendings(batch, items)
    return tuple(
        Claimed(
            items[one.item_id],
            one,
            sent.get(one.item_id),
            resource=resources.get(one.item_id),
            stale=one.item_id in stale,
        )
        for one in leases
    )


def _stale(batch: Batch, items: Sequence[Item], resources: Mapping[int, str]) -> set[int]:
    """Those that are older than what was handled of the same resource."""
    dated = [
        (item.id, item.source, resources[item.id], item.occurred_at)
        for item in items
        if item.id in resources and item.occurred_at is not None
    ]
    return {row[0] for row in batch.run("find_stale", json.dumps(dated))} if dated else set()
