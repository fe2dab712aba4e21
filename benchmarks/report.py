"""The tables, as Markdown."""

from __future__ import annotations

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
    """A claim and what was found. `least` and `most` are its bounds, whichever it has."""

    claim: str
    found: float | None
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def verdict(self) -> str:
        """In one word."""
        if self.found is None:
            return "not measured"
        low = self.least is not None and self.found < self.least
        high = self.most is not None and self.found > self.most
        return "**missed**" if low or high else "met"


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
    for aim in found:
        value = _number(aim.found, 3 if abs(aim.found or 0) < 100 else 0)  # noqa: PLR2004 - digits
        lines.append(_line([aim.claim, f"{value} {aim.unit}".strip(), aim.verdict]))
    return "\n".join([*lines, ""])


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
