"""Where a claim begins to look.

Finished work stays in the index of due work until vacuum may remove it, and while anybody in the
database holds an old snapshot (a report, a backup, a forgotten session) it may not. A claim that began
at the oldest instant would walk over all of it, and take longer with every item. What is due rises with
the clock, so a claim begins shortly before what it found last, and looks at everything only now and then.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment, later

if TYPE_CHECKING:
    from collections.abc import Iterable

LAG_S = 0.25
"""How far behind the clock a floor stays: longer than a transaction of ours usually takes from its moment
to its commit."""
BACK_S = 2.0
"""How much further behind a claim begins once in a while: more than the clocks of two machines differ."""
BACK_EVERY_S = 1.0
"""How often it does."""
WHOLE_EVERY_S = 5.0
"""How often everything is looked at, for what came below the floor (a clock that is far behind)."""
WHOLE_SHARE = 50
"""Looking at everything may take one part in so many of the time."""
COMING_S = 1.0
"""How long what will be due next is believed. What this process puts in meanwhile is taken into account, and
of what others put in a notice comes."""
HEARD = 10_000
"""How many notices of late entries are kept until the next claim. More are found by
looking at everything."""
ANY_SOURCE = "*"
"""Stands for every source in a notice; none has this name."""
BOTTOM = Moment(-(2**62))


@dataclass(frozen=True, slots=True)
class _Floor:
    at: Moment = BOTTOM
    looked_at: Moment = BOTTOM


@dataclass(frozen=True, slots=True)
class _Coming:
    """When something will next be due, None for nothing, and how long that may be believed."""

    at: Moment | None
    until_s: float


_UNKNOWN = _Floor()


class Floors:
    """The floor of each source, for one worker's process. Not thread-safe but for `hear`: the writer's own.

    `clock_s` values are of a monotonic clock.
    """

    __slots__ = ("_back_at_s", "_coming", "_floors", "_heard", "_whole_at_s")

    def __init__(self) -> None:
        self._floors: dict[str, _Floor] = {}
        self._coming: dict[tuple[str, ...], _Coming] = {}
        self._heard: deque[tuple[str, Moment]] = deque(maxlen=HEARD)
        self._back_at_s = 0.0
        self._whole_at_s = 0.0

    def begin(
        self, sources: Iterable[str], now: Moment, clock_s: float
    ) -> tuple[list[Moment], bool]:
        """Where to begin in each source, and whether that is the bottom of all."""
        self._listen()
        floors = [self._floors.get(source, _UNKNOWN) for source in sources]
        whole = clock_s >= self._whole_at_s or any(now < floor.looked_at for floor in floors)
        if whole:
            return [BOTTOM for _ in floors], True
        if clock_s < self._back_at_s:
            return [floor.at for floor in floors], False
        self._back_at_s = clock_s + BACK_EVERY_S
        return [later(floor.at, -BACK_S) for floor in floors], False

    def looked(self, took_s: float, clock_s: float) -> None:
        """Everything was looked at, and it took so long."""
        self._whole_at_s = clock_s + max(WHOLE_EVERY_S, took_s * WHOLE_SHARE)

    def drained(self, source: str, now: Moment) -> None:
        """All that was due in a source by `now` was found."""
        self._floors[source] = _Floor(later(now, -LAG_S), now)

    def reached(self, source: str, due_at: Moment, now: Moment) -> None:
        """More is due in a source than was asked for; the oldest of it was due at `due_at`."""
        self._floors[source] = _Floor(min(due_at, later(now, -LAG_S)), now)

    def coming(self, sources: tuple[str, ...], now: Moment, clock_s: float) -> _Coming | None:
        """When these sources will next have something due, if that was looked up not long ago and has
        not come: between now and then lie the leases of all that was finished since."""
        self._listen()
        found = self._coming.get(sources)
        if found is None or clock_s >= found.until_s:
            return None
        return found if found.at is None or found.at > now else None

    def comes(self, sources: tuple[str, ...], at: Moment | None, clock_s: float) -> None:
        """It was looked up."""
        self._coming[sources] = _Coming(at, clock_s + COMING_S)

    def lower(self, source: str, due_at: Moment) -> None:
        """Something is due at `due_at` that this process has put in, or left to others."""
        for sources, coming in self._coming.items():
            if source in sources and (coming.at is None or due_at < coming.at):
                self._coming[sources] = replace(coming, at=due_at)
        floor = self._floors.get(source)
        if floor is not None and due_at < floor.at:
            self._floors[source] = replace(floor, at=due_at)

    def hear(self, source: str, due_at: Moment) -> None:
        """Something that is due since `due_at` was committed only now, by a transaction that is not ours
        and may have been open for long. From any thread."""
        self._heard.append((source, due_at))

    def _listen(self) -> None:
        while self._heard:
            source, due_at = self._heard.popleft()
            if source == ANY_SOURCE:
                self.lower_all(due_at)
            else:
                self.lower(source, due_at)

    def lower_all(self, due_at: Moment) -> None:
        """The same, in whatever source."""
        named = {source for sources in self._coming for source in sources}
        for source in named.union(self._floors):
            self.lower(source, due_at)
