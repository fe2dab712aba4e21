"""What a handler is given."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.moment import as_datetime

if TYPE_CHECKING:
    from datetime import datetime

    from bridgewright.core.model.inbound import Coverage
    from bridgewright.core.model.item import Claimed


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as its provider sent it and as we hold it.

    `id` is ours: the item's number, the same at every attempt and after a redrive. `event_id` is
    the provider's own, where it has one. `attempt` counts from 1. `coverage` says which parts the
    provider's signature bound: what it leaves out may have been changed by others. The body is
    never part of the `repr`.
    """

    id: int
    source: str
    type: str
    attempt: int
    received_at: datetime
    coverage: Coverage
    event_id: str | None = None
    occurred_at: datetime | None = None
    body: bytes = field(default=b"", repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    def json(self) -> Any:
        """The body as JSON, parsed anew at each call: keep what you need of it."""
        return json.loads(self.body)


def event_of(claimed: Claimed) -> Event:
    """The event of a claimed item."""
    item = claimed.item
    return Event(
        id=item.id,
        source=item.source,
        type=item.event_type,
        attempt=claimed.lease.attempt,
        received_at=as_datetime(item.received_at),
        coverage=item.coverage,
        event_id=item.event_id,
        occurred_at=None if item.occurred_at is None else as_datetime(item.occurred_at),
        body=item.body,
        headers=dict(item.headers),
    )
