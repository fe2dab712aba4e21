"""A day of deliveries as a script: who sends what when, honest or not. The same seed, the same day."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from bridgewright.simulate import payloads
from bridgewright.simulate.parcel import TIMED, Manner, Parcel, ProviderEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHARES = {
    Manner.AGAIN: 0.09,
    Manner.TWIN: 0.03,
    Manner.FORGED: 0.025,
    Manner.TAMPERED: 0.02,
    Manner.UNSIGNED: 0.015,
    Manner.STALE: 0.02,
    Manner.FUTURE: 0.01,
}
"""How much of a day is not an honest first delivery. Far more than a real day has: one in five."""
FEWEST = 100
"""A shorter day would not hold each manner of delivery."""
BEGAN_AT_S = 1_790_000_000
"""When the first event of a day happened; not when it is sent, which is now."""

_REORDERED_SHARE = 0.12
_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Outline:
    """What a chapter of the day is to be: its name, how long it takes, its share of the deliveries,
    and whether only honest first deliveries are in it."""

    name: str
    seconds: float
    share: float
    honest_only: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the day: its deliveries in the order they are sent."""

    name: str
    seconds: float
    parcels: tuple[Parcel, ...] = field(repr=False)


def compose(seed: int, deliveries: int, outlines: Sequence[Outline]) -> tuple[Chapter, ...]:
    """A day of exactly so many deliveries (`FEWEST` or more), told in chapters."""
    if deliveries < FEWEST:
        msg = f"a day has {FEWEST} deliveries or more, not {deliveries}"
        raise ValueError(msg)
    dice = Random(seed)  # noqa: S311 - a script is to be repeatable, not to be secret
    sizes = _sizes(deliveries, [outline.share for outline in outlines])
    manners = _manners(dice, sizes, outlines)
    writer = _Writer(dice)
    chapters, first = [], 0
    for outline, size in zip(outlines, sizes, strict=True):
        times = sorted(dice.uniform(0, outline.seconds) for _ in range(size))
        parcels = writer.parcels(first, times, manners[first : first + size])
        chapters.append(Chapter(outline.name, outline.seconds, parcels))
        first += size
    return tuple(chapters)


def _sizes(deliveries: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the shares, which add up."""
    total, told, sizes = sum(shares), 0.0, []
    for share in shares:
        before = round(told)
        told += share / total * deliveries
        sizes.append(round(told) - before)
    return sizes


def _manners(dice: Random, sizes: Sequence[int], outlines: Sequence[Outline]) -> list[Manner]:
    """A manner for each delivery of the day; there is at least one of each."""
    free = [not o.honest_only for o, size in zip(outlines, sizes, strict=True) for _ in range(size)]
    manners = [Manner.HONEST] * len(free)
    wanted = [m for m, share in SHARES.items() for _ in range(max(1, round(share * len(free))))]
    # The first few are honest, so that there is something to send again.
    places = [place for place, is_free in enumerate(free) if is_free and place > _AHEAD]
    for place, manner in zip(dice.sample(places, len(wanted)), wanted, strict=True):
        manners[place] = manner
    return manners


class _Writer:
    """Writes parcels one after the other, and remembers what was sent already."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._happened = payloads.events(dice, BEGAN_AT_S)
        self._invented = payloads.events(Random(dice.random()), BEGAN_AT_S)  # noqa: S311 - as above
        self._ahead = [next(self._happened) for _ in range(_AHEAD)]
        self._sent: list[ProviderEvent] = []

    def parcels(
        self, first: int, times: Sequence[float], manners: Sequence[Manner]
    ) -> tuple[Parcel, ...]:
        """The next chapter. A twin goes out at the instant of the event it is a twin of."""
        written, latest_s = [], math.inf
        for number, (at_s, manner) in enumerate(zip(times, manners, strict=True), first + 1):
            if manner is Manner.HONEST:
                latest_s = at_s
            sent_s = min(latest_s, at_s) if manner is Manner.TWIN else at_s
            written.append(Parcel(number, sent_s, self._event(manner), manner))
        return tuple(sorted(written, key=lambda parcel: parcel.at_s))

    def _event(self, manner: Manner) -> ProviderEvent:
        if manner is Manner.HONEST:
            self._sent.append(self._next())
        if manner in {Manner.HONEST, Manner.TWIN}:
            return self._sent[-1]
        if manner is Manner.AGAIN:
            return self._dice.choice(self._sent)
        # What is not honest tells of things that never happened, so that one which is taken for
        # true shows in every book.
        return next(self._inventions(manner))

    def _inventions(self, manner: Manner) -> Iterator[ProviderEvent]:
        timed = manner in TIMED
        return (event for event in self._invented if not timed or event.provider == "stripe")

    def _next(self) -> ProviderEvent:
        """The next event; now and then one that comes before what happened earlier."""
        place = self._dice.randrange(_AHEAD) if self._dice.random() < _REORDERED_SHARE else 0
        self._ahead.append(next(self._happened))
        return self._ahead.pop(place)
