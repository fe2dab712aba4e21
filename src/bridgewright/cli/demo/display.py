"""What the demo shows while it plays: a live picture on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, Self

from bridgewright.cli.demo.figures import Figures
from bridgewright.cli.screen import clean, note

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bridgewright.cli.demo.script import Act

TICK_S = 0.2
"""How often the picture is drawn anew."""
LINE_S = 5.0
"""How often a plain line of figures is printed."""
COLUMNS, LINES = 80, 22
"""The smallest terminal that the picture fits on."""


class Display(Protocol):
    """Shows the play."""

    def act(self, act: Act) -> None: ...

    def say(self, text: str) -> None: ...

    def show(self, figures: Figures) -> None: ...

    def end(self) -> None: ...


class PlainDisplay:
    """Lines on standard error: what happens, and every few seconds the figures."""

    def __init__(self, elapsed_s: Callable[[], float]) -> None:
        self._elapsed_s = elapsed_s
        self._next_s = LINE_S

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def end(self) -> None:
        """The day is over."""

    def act(self, act: Act) -> None:
        """Begin an act."""
        self.say(f"{act.title}. {act.words}")

    def say(self, text: str) -> None:
        """Tell what happened."""
        note(f"{minutes(self._elapsed_s()):>5}  {text}")

    def show(self, figures: Figures) -> None:
        """Print the figures once in a while."""
        if figures.elapsed_s < self._next_s:
            return
        self._next_s = figures.elapsed_s + LINE_S
        self.say(
            f"  sent {figures.sent}, accepted {figures.accepted}, duplicates {figures.duplicates},"
            f" rejected {figures.rejected}; done {figures.done}, waiting {figures.waiting},"
            f" dead {figures.buried}"
        )


class LiveDisplay:
    """A picture on a terminal, drawn anew several times a second."""

    def __init__(self, elapsed_s: Callable[[], float], seed: int) -> None:
        from rich.console import Console  # noqa: PLC0415 - slow to import, and needed on terminals only
        from rich.live import Live  # noqa: PLC0415

        from bridgewright.cli.demo.picture import Picture  # noqa: PLC0415

        self._elapsed_s = elapsed_s
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False)
        self._picture = Picture(seed)
        self._figures = Figures()

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._draw()
        self._live.stop()

    def act(self, act: Act) -> None:
        """Begin an act."""
        self._picture.act = act
        self._draw()

    def say(self, text: str) -> None:
        """Add a line to the story."""
        self._picture.story.append((self._elapsed_s(), clean(text)))
        self._draw()

    def end(self) -> None:
        """The day is over."""
        self._picture.over = True

    def show(self, figures: Figures) -> None:
        """Draw the figures."""
        self._picture.add(figures)
        self._draw()

    def _draw(self) -> None:
        width, height = self._console.size
        self._live.update(self._picture.drawn(width, height), refresh=True)


def minutes(seconds: float) -> str:
    """A time since the start, as 0:07."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def a_display(elapsed_s: Callable[[], float], seed: int) -> AbstractContextManager[Display]:
    """Live on a terminal that can show it, plain otherwise."""
    if not sys.stderr.isatty():
        return PlainDisplay(elapsed_s)
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    roomy = console.width >= COLUMNS and console.height >= LINES
    if (
        roomy
        and console.is_terminal
        and not (console.is_dumb_terminal or console.options.ascii_only)
    ):
        return LiveDisplay(elapsed_s, seed)
    return PlainDisplay(elapsed_s)
