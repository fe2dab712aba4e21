"""What a worker keeps to beside retries: how much may run, what is stale, how long what is finished stays.

It counts what is under way in this worker, so it is no pure rule; those it asks are in
`core.lifecycle`: throttle, order, retention.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bridgewright.core.control import Retain
from bridgewright.core.effects import Claims, ask
from bridgewright.core.lifecycle.throttle import Throttle
from bridgewright.core.model.control import ERASED_HEADER
from bridgewright.core.model.item import Bury, Cause, Failure
from bridgewright.core.model.ranking import Staleness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.effects import Journey
    from bridgewright.core.model.item import Claimed, Item
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.ranking import Cap

STALE = "stale"
"""The note of an event that was skipped."""
RETAIN_TURNS = 20
"""Turns of retention in one round of tidying: the store has others to serve in between."""
ERASED = Bury(
    Cause.PERMANENT,
    Failure(kind="Erased", text="its payload was erased: nothing is left to handle"),
)


@dataclass(slots=True)
class Rules:
    """The rules of one worker. `staleness_of` and `keep_s` are by source; a source that is in neither
    has its stale events handled, and keeps what is finished for ever."""

    throttle: Throttle = field(default_factory=Throttle)
    staleness_of: Mapping[str, Staleness] = field(default_factory=lambda: MappingProxyType({}))
    keep_s: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    turn: int = 0

    def caps(self, now: Moment) -> tuple[Cap, ...]:
        """What a claim may take now."""
        return self.throttle.caps(now)

    def claimed(self, claims: Claims, now: Moment) -> Claims:
        """Count what was claimed; the claims, due again when a rate lets something through."""
        for one in claims.claimed:
            self.throttle.begin(one.item.source, one.item.event_type, now)
        self.turn += len(claims.claimed)
        opens_at = self.throttle.opens_at(now)
        if opens_at is None or not claims.held_back:
            return claims
        due_at = claims.next_due_at
        return replace(claims, next_due_at=opens_at if due_at is None else min(due_at, opens_at))

    def ended(self, claimed: Claimed) -> None:
        """Count what has ended."""
        self.throttle.end(claimed.item.source, claimed.item.event_type)

    def staleness(self, source: str) -> Staleness:
        """What becomes of a source's stale events."""
        return self.staleness_of.get(source, Staleness.HANDLE)

    def retain(self, now: Moment) -> Journey[None]:
        """Forget what is finished and past its time, as much of it as one round may."""
        if not self.keep_s:
            return
        command = Retain(tuple(self.keep_s.items()), now)
        for _ in range(RETAIN_TURNS):
            turn = yield from ask(command)
            if not turn.more or not turn.gone:
                return


def is_erased(item: Item) -> bool:
    """Whether an item's payload was erased."""
    return any(name == ERASED_HEADER for name, _ in item.headers)
