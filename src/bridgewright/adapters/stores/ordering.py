"""Order within keys, inside the writer's transaction; the same for every store, but for its SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.lifecycle.order import Queue, rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.adapters.stores.rows import Row


def turns(queues: Iterable[Row]) -> tuple[list[int], list[int]]:
    """Of the columns of `get_queues`: which items are parked, and then which may be claimed."""
    steps = [
        rank(Queue(first, active, bool(leased), stop))
        for _, _, first, active, leased, stop in queues
    ]
    park = [step.park for step in steps if step.park is not None]
    start = [step.start for step in steps if step.start is not None]
    return park, start
