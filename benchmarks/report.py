"""The tables, as Markdown."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.contest import Contest, Standing


@dataclass(frozen=True, slots=True)
class Column:
    """A figure as a column: the median, and its spread when asked for."""

    figure: str
    title: str
    digits: int = 0
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """A column that divides a figure of each row by that of one row."""

    figure: str
    to: str
    title: str


@dataclass(frozen=True, slots=True)
class Half:
    """What one half of the run has to say: its tables, its aims, and who failed in it."""

    text: str
    aims: list[Aim]
    failed: list[str]


@dataclass(frozen=True, slots=True)
class Aim:
    """A claim and what each round found. `least` and `most` are its bounds, whichever it has."""

    claim: str
    found: list[float]
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def verdict(self) -> str:
        """By the median; and in how many rounds it was reached, where the rounds disagree."""
        if not self.found:
            return "not measured"
        verdict = "met" if self._reached(statistics.median(self.found)) else "**missed**"
        rounds = sum(self._reached(value) for value in self.found)
        if rounds in {0, len(self.found)}:
            return verdict
        return f"{verdict} (reached in {rounds} of {len(self.found)} rounds)"

    def _reached(self, value: float) -> bool:
        low = self.least is not None and value < self.least
        high = self.most is not None and value > self.most
        return not (low or high)


def table(contest: Contest, columns: list[Column], ratios: list[Ratio]) -> str:
    """One contest."""
    heads = ["", "class", *(c.title for c in columns), *(r.title for r in ratios), "store"]
    lines = [_line(heads), _line(["---", "---"] + ["---:"] * (len(heads) - 3) + ["---"])]
    for name, standing in contest.standings.items():
        cells = [_cell(standing, column) for column in columns]
        cells += [_number(contest.ratio(name, ratio.to, ratio.figure), 2) for ratio in ratios]
        words = standing.contender.missing or standing.contender.words
        if standing.failure is not None:
            words = f"{words} ({standing.failure})"
        lines.append(_line([name, standing.contender.durability, *cells, words]))
    return "\n".join([f"### {contest.title}", "", contest.words, "", *lines, ""])


def aims(found: list[Aim]) -> str:
    """What was aimed at, and whether it was reached in this run."""
    lines = [_line(["aim", "found", ""]), _line(["---", "---:", "---"])]
    lines += [_line([aim.claim, _spread(aim), aim.verdict]) for aim in found]
    return "\n".join([*lines, ""])


def _spread(aim: Aim) -> str:
    if not aim.found:
        return ""
    digits = 2 if max(aim.found) < 100 else 0  # noqa: PLR2004 - small ones are ratios
    numbers = statistics.median(aim.found), min(aim.found), max(aim.found)
    median, low, high = (_number(number, digits) for number in numbers)
    return f"{median} {aim.unit} ({low} to {high})".replace("  ", " ")


def _cell(standing: Standing, column: Column) -> str:
    median = _number(standing.median(column.figure), column.digits)
    values = standing.values(column.figure)
    if not column.spread or len(values) < 2:  # noqa: PLR2004 - one value has no spread
        return median
    return (
        f"{median} ({_number(min(values), column.digits)} to {_number(max(values), column.digits)})"
    )


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
