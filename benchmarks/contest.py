"""Rounds in which everybody takes a turn, and what is left of them: medians, spreads, ratios.

What the machine does meanwhile then hits all alike. A ratio is taken within each round first, and its
median is reported, so slow drift cancels out.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Contender:
    """One row: who, how durable, and how to measure it once. `missing` says why it sits out."""

    name: str
    durability: str
    words: str
    measure: Callable[[Place], Figures]
    missing: str | None = None


@dataclass(slots=True)
class Standing:
    """What a contender did, round by round; None for a round it did not survive."""

    contender: Contender
    rounds: list[Figures | None] = field(default_factory=list)
    failure: str | None = None

    def values(self, figure: str) -> list[float]:
        """A figure over the rounds that have it."""
        return [found[figure] for found in self.rounds if found and figure in found]

    def median(self, figure: str) -> float | None:
        """The middle value."""
        values = self.values(figure)
        return statistics.median(values) if values else None


@dataclass(frozen=True, slots=True)
class Contest:
    """A table in the making. `figures` are its columns, the first one that ratios are made of."""

    title: str
    words: str
    standings: Mapping[str, Standing]

    def failed(self) -> list[str]:
        """Who did not survive every round."""
        return [name for name, standing in self.standings.items() if standing.failure]

    def ratio(self, name: str, to: str, figure: str) -> float | None:
        """The median over rounds of one contender's figure divided by another's."""
        pairs = zip(self.standings[name].rounds, self.standings[to].rounds, strict=False)
        ratios = [
            one[figure] / other[figure]
            for one, other in pairs
            if one and other and one.get(figure) and other.get(figure)
        ]
        return statistics.median(ratios) if ratios else None


def hold(title: str, words: str, contenders: list[Contender], rounds: int, folder: Path) -> Contest:
    """Let everybody take a turn, `rounds` times, in another order each time: what a server does in
    the background after its own turn would otherwise always fall upon the same neighbour."""
    standings = {contender.name: Standing(contender) for contender in contenders}
    for number in range(rounds):
        order = list(standings.values())
        random.Random(number).shuffle(order)
        for turn, standing in enumerate(order):
            if standing.contender.missing is None:
                _take_turn(standing, f"{number}_{turn}", folder)
                _say(title, number, standing)
    return Contest(title, words, standings)


def _take_turn(standing: Standing, label: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as own:
        token = Path(own).name.lower().replace("-", "_")
        try:
            standing.rounds.append(standing.contender.measure(Place.here(Path(own), token)))
        except Exception as error:  # noqa: BLE001 - a peer that breaks is a finding, not our end
            standing.rounds.append(None)
            standing.failure = f"{type(error).__name__} in turn {label}"
            log = Path(own) / "log"
            tail = log.read_text("utf-8", "replace")[-2000:] if log.exists() else ""
            print(f"{standing.contender.name}: {error}\n{tail}", file=sys.stderr)


def _say(title: str, number: int, standing: Standing) -> None:
    figures = standing.rounds[-1] or {}
    words = ", ".join(f"{name} {value:,.4g}" for name, value in figures.items())
    print(f"{title}, round {number + 1}: {standing.contender.name}: {words}", file=sys.stderr)
