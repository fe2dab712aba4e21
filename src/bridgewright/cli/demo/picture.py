"""The live picture: where the day is, who does what, and what has happened."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.console import Group
from rich.constrain import Constrain
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bridgewright.cli.demo.display import minutes
from bridgewright.cli.demo.figures import Figures
from bridgewright.cli.demo.script import ACTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from bridgewright.cli.demo.script import Act

WIDTH = 100
BARS = " ▁▂▃▄▅▆▇█"
HISTORY = 60
"""Points of a curve: the last half minute."""
PER_POINT = 3
"""Ticks that make one point."""
STORY_LINES = 12
LINES_ABOVE = 18
"""Lines of the picture without its story."""
_CAUSES = {
    "exhausted": "yellow",
    "permanent": "magenta",
    "ambiguous": "blue",
    "unhandled": "cyan",
    "poisoned": "red",
}
PANELS = (
    (
        "courier",
        "courier",
        (
            ("sent", "sent"),
            ("taken", "acknowledged"),
            ("refused", "refused"),
            ("503, again", "turned_away"),
        ),
    ),
    (
        "inbox",
        "store",
        (("accepted", "accepted"), ("duplicates", "duplicates"), ("rejected", "rejected")),
    ),
    (
        "worker",
        "worker",
        (("done", "done"), ("leased", "leased"), ("waiting", "waiting"), ("dead", "buried")),
    ),
    (
        "what it calls",
        "dependency",
        (("calls", "calls"), ("of them 503", "failures"), ("charges", "charges")),
    ),
)
"""Each panel: its title, the figure that says how it is, and its rows: labels and figures."""
TROUBLE = frozenset(
    {
        "killed",
        "store locked",
        "answers 503",
        "hangs",
        "breaker open",
        "breaker half_open",
    }
)
"""States that are drawn in red."""
_GOOD, _BAD, _QUIET = "green", "bold red", "dim"


class Picture:
    """Everything that is drawn, and the little it remembers to draw curves."""

    def __init__(self, seed: int) -> None:
        self.act: Act = ACTS[0]
        self.over = False
        self.story: deque[tuple[float, str]] = deque(maxlen=STORY_LINES)
        self._seed = seed
        self._latest = Figures()
        self._marks: deque[Figures] = deque(maxlen=HISTORY + 1)
        self._ticks = 0

    def add(self, figures: Figures) -> None:
        """Take in the figures of a tick."""
        self._latest = figures
        if self._ticks % PER_POINT == 0:
            self._marks.append(figures)
        self._ticks += 1

    def drawn(self, width: int, height: int) -> RenderableType:
        """The whole picture, for a terminal of so many columns and lines."""
        lines = max(3, min(STORY_LINES, height - LINES_ABOVE))
        parts: list[RenderableType] = [
            self._heading(),
            self._way(),
            Text(),
            Text(self.act.title, style="bold"),
            Text(self.act.words, style="italic"),
            Text(),
            self._panels(wide=width >= WIDTH),
            self._curves(),
            self._dead(),
            Text(),
            *(_line(at_s, text) for at_s, text in list(self.story)[-lines:]),
        ]
        return Constrain(Group(*parts), WIDTH)

    def _heading(self) -> RenderableType:
        ends = Table.grid(expand=True)
        ends.add_column()
        ends.add_column(justify="right")
        right = Text(f"{minutes(self._latest.elapsed_s)}   seed {self._seed}", style=_QUIET)
        ends.add_row(Text("Bridgewright, a day in a minute", style="bold cyan"), right)
        return ends

    def _way(self) -> RenderableType:
        """The acts: played, being played, to come."""
        way, reached = Text(), len(ACTS) if self.over else ACTS.index(self.act)
        for place, act in enumerate(ACTS):
            mark, style = ("●", _GOOD) if place < reached else ("○", _QUIET)
            if place == reached:
                mark, style = "◉", "bold cyan"
            way.append(f"{mark} {act.name}", style=style)
            way.append("   ")
        return way

    def _panels(self, *, wide: bool) -> RenderableType:
        row = Table.grid(expand=True, padding=(0, 1, 0, 0))
        for _ in PANELS:
            row.add_column(ratio=1)
        row.add_row(*(_panel(self._latest, *panel, wide=wide) for panel in PANELS))
        return row

    def _curves(self) -> RenderableType:
        table = Table.grid(padding=(0, 2, 0, 0))
        for name, style in (("received", "cyan"), ("done", "green")):
            rates = [
                (getattr(later, name) - getattr(earlier, name))
                / max(0.001, later.elapsed_s - earlier.elapsed_s)
                for earlier, later in pairwise(self._marks)
            ]
            latest = f"{rates[-1]:,.0f}/s" if rates else ""
            table.add_row(Text(name), Text(curve(rates), style=style), Text(latest))
        return table

    def _dead(self) -> RenderableType:
        line = Text("dead letters  ")
        if not self._latest.dead:
            line.append("none", style=_QUIET)
        for cause, n in sorted(self._latest.dead.items()):
            line.append(f"{n} {cause}", style=_CAUSES.get(cause, _BAD))
            line.append("   ")
        return line


def curve(rates: Sequence[float]) -> str:
    """Rates as bars, the highest at full height; as wide however many there are."""
    most = max(rates, default=0) or 1
    bars = "".join(BARS[round(max(0.0, rate) / most * (len(BARS) - 1))] for rate in rates)
    return f"{bars:>{HISTORY}}"


def _panel(
    now: Figures, title: str, state: str, rows: Sequence[tuple[str, str]], *, wide: bool
) -> RenderableType:
    table = Table.grid(expand=True)
    table.add_column(style=_QUIET, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for label, name in rows:
        table.add_row(label, f"{getattr(now, name):,}")
    words = getattr(now, state)
    below = Text(words, style=_BAD if words in TROUBLE else _QUIET)
    return Panel(table, title=title, subtitle=below, height=6, padding=(0, int(wide)))


def _line(at_s: float, text: str) -> RenderableType:
    when = (f"{minutes(at_s):>5}  ", _QUIET)
    return Text.assemble(when, text, no_wrap=True, overflow="ellipsis")
