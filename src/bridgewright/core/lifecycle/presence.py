"""Whether a worker is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment, seconds_between

if TYPE_CHECKING:
    from bridgewright.core.model.operation import Overview, WorkerRow

SIGN_OF_LIFE_S = 5.0
"""How often a worker says that it is there."""
SILENCE_S = 20.0
"""A worker not heard of for this long is taken for gone: three signs missed, and some slack."""


def is_alive(worker: WorkerRow, now: Moment) -> bool:
    """Whether a worker can be taken to be claiming."""
    return not worker.stopped and seconds_between(worker.seen_at, now) <= SILENCE_S


def claimed_sources(overview: Overview, now: Moment) -> frozenset[str]:
    """The sources that some living worker claims."""
    return frozenset(
        source for worker in overview.workers if is_alive(worker, now) for source in worker.sources
    )


def unclaimed(overview: Overview, now: Moment) -> tuple[str, ...]:
    """Sources with waiting items that no living worker claims, in the overview's order."""
    claimed = claimed_sources(overview, now)
    return tuple(c.source for c in overview.sources if c.waiting and c.source not in claimed)
