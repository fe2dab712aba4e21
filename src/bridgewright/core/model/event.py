"""What a handler is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.inbound import Coverage, Fetch, Origin
from bridgewright.core.model.moment import as_datetime

if TYPE_CHECKING:
    from datetime import datetime

    from bridgewright.core.model.item import Claimed

Proof = Callable[[str, bytes, str | None], Fetch | None]
"""The operation that proves an event of this type, body and provider's id; None where there is none."""

NO_PROOFS: Mapping[str, Proof | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as its provider sent it and as we hold it.

    `id` is ours: the item's number, the same at every attempt and after a redrive. `event_id` is
    the provider's own, where it has one. `attempt` counts from 1. `coverage` says which parts the
    provider's signature bound: what it leaves out may have been changed by others. The body is
    never part of the `repr`. `origin` says whether the provider delivered it or we asked for it;
    `replays` is the `id` of the event that a person has had handled again as this one.

    `unproven` (only where the source says `refetch = true`): nothing proves the body, so look before
    you act. `fetch` is the provider's read operation to look with, where its connector knows one.

    `stale` (only where the source says `stale = "flag"`): a newer event of the same resource was handled
    before this one.
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
    origin: Origin = Origin.DELIVERED
    unproven: bool = False
    stale: bool = False
    fetch: Fetch | None = field(default=None, repr=False)
    replays: int | None = None

    def json(self) -> Any:
        """The body as JSON, parsed anew at each call: keep what you need of it."""
        return json.loads(self.body)


def event_of(claimed: Claimed, proofs: Mapping[str, Proof | None] = NO_PROOFS) -> Event:
    """The event of a claimed item. `proofs` has an entry for each source whose events must be proven
    before they are acted on."""
    item = claimed.item
    unproven = item.source in proofs and Coverage.BODY not in item.coverage
    proof = proofs[item.source] if unproven else None
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
        origin=item.origin,
        unproven=unproven,
        stale=claimed.stale,
        fetch=None if proof is None else proof(item.event_type, item.body, item.event_id),
        replays=item.replays,
    )
