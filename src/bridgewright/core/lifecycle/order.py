"""Order: one at a time for each key, the oldest first; high before normal, without starving it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, TypeVar

from bridgewright.core.lifecycle.routes import matches
from bridgewright.core.model.control import EVERYTHING
from bridgewright.core.model.ranking import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bridgewright.core.model.ranking import Cap

T = TypeVar("T")

NORMAL_EVERY = 8
"""Of so many places that a worker fills, one goes to an item of normal priority, if one is due: it
goes on at an eighth of the speed, however much of high priority comes."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The unfinished items of one key.

    `first` is the oldest, None when there is none; `active` the only one that may be claimed or is
    leased, None when all are parked. `stop` is the oldest dead letter of the key that blocks it.
    """

    first: int | None = None
    active: int | None = None
    leased: bool = False
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What has to change in a queue: an item to be parked, then one to be made active."""

    park: int | None = None
    start: int | None = None


def rank(queue: Queue) -> Step:
    """What brings a queue in order. Done again, it changes nothing.

    What is leased goes on to its end, whatever came meanwhile: two of a key never run at once. Else
    the oldest is the one that may run (a redriven one that is older goes before one that waits for
    its retry), and none may while an older one is dead and blocks.
    """
    if queue.leased:
        return Step()
    blocked = queue.stop is not None and queue.first is not None and queue.stop < queue.first
    head = None if blocked else queue.first
    if head == queue.active:
        return Step()
    return Step(queue.active, head)


def share(high: Sequence[T], normal: Sequence[T], limit: int, turn: int) -> list[T]:
    """Up to `limit` of both, high first, but for the places that are normal's own. `turn` counts the
    places that were filled before: every NORMAL_EVERYth is normal's, if one is due."""
    own = (turn + limit) // NORMAL_EVERY - turn // NORMAL_EVERY
    reserved = min(own, len(normal))
    first = list(high[: limit - reserved])
    return first + list(normal[: limit - len(first)])


def turn_about(queues: Iterable[Sequence[T]]) -> list[T]:
    """The first of each queue, then the second of each, so that a long one starves no other."""
    turns = chain.from_iterable(zip_longest(*queues))
    return [one for one in turns if one is not None]


def covers(reach: Reach, source: str, event_type: str) -> bool:
    """Whether an event is within reach."""
    if reach.source != source or not matches(reach.pattern, event_type):
        return False
    return not any(matches(pattern, event_type) for pattern in reach.but)


def within(kinds: Sequence[tuple[str, str]], caps: Sequence[Cap]) -> list[bool]:
    """Which of the items (source and type, in order) may be taken without exceeding a cap."""
    left = [cap.left for cap in caps]
    taken = []
    for source, event_type in kinds:
        held = [
            place
            for place, cap in enumerate(caps)
            if any(covers(reach, source, event_type) for reach in cap.reaches)
        ]
        free = all(left[place] > 0 for place in held)
        taken.append(free)
        for place in held if free else ():
            left[place] -= 1
    return taken


def closed(source: str, caps: Sequence[Cap]) -> tuple[Reach, ...]:
    """What of a source cannot be claimed at all now."""
    return tuple(
        reach for cap in caps if cap.left <= 0 for reach in cap.reaches if reach.source == source
    )


def shut(reaches: Sequence[Reach]) -> bool:
    """Whether that is all of the source."""
    return any(reach.pattern == "*" and not reach.but for reach in reaches)


@dataclass(frozen=True, slots=True)
class Openings:
    """Where a claim may look: for each source, what of it may not be taken at all now; a source is not in it
    when that is everything. `held_back`: a cap kept something from this claim."""

    barred: dict[str, tuple[Reach, ...]]
    held_back: bool


def openings(
    sources: Iterable[str], paused: Iterable[tuple[str, str]], caps: Sequence[Cap]
) -> Openings:
    """What pauses (source and pattern, of no source for all of them) and full caps leave open."""
    pauses = list(paused)
    barred: dict[str, tuple[Reach, ...]] = {}
    held_back = False
    for source in sources:
        stopped = tuple(
            Reach(source, pattern) for held, pattern in pauses if held in {EVERYTHING, source}
        )
        full = closed(source, caps)
        held_back = held_back or bool(full)
        if not shut(stopped + full):
            barred[source] = stopped + full
    return Openings(barred, held_back)
