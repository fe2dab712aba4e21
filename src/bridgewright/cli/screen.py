"""What a command prints: a table for a person at a terminal, plain lines for a pipe, or one JSON
object for a program."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_STYLES = {
    "dead": "red",
    "fail": "bold red",
    "warn": "yellow",
    "vacuous": "yellow",
    "waiting": "yellow",
    "leased": "cyan",
    "done": "green",
    "ok": "green",
}
"""Colours of the words that matter most; the word itself always stands there too."""
_COMMAND = re.compile(r"^\s*:(?=:[\w-]+(?:\s.*)?::)|##(?=\[)")
"""Where a command to GitHub's runner is broken: `::command::` at the beginning of a line, and
`##[command]` anywhere in one (ActionCommand.cs of actions/runner, read on 2026-11-29)."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where one command prints. With `as_json` nothing but one object goes to standard output."""

    as_json: bool = False

    def answer(self, command: str, content: Mapping[str, object]) -> None:
        """The one JSON object of a command; nothing when text was asked for."""
        if self.as_json:
            click.echo(json.dumps({"command": command, **content}, ensure_ascii=False))

    def say(self, text: str = "") -> None:
        """A line of the result."""
        if not self.as_json:
            click.echo(clean(text))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows under their columns: drawn on a terminal, separated by tabs in a pipe."""
        if self.as_json:
            return
        texts = [[clean("" if cell is None else str(cell)) for cell in row] for row in rows]
        if sys.stdout.isatty():
            _draw(columns, texts)
            return
        for row in (list(columns), *texts):
            click.echo("\t".join(row))

    def fields(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Names and values, one a line; values that are None or empty are left out."""
        shown = [(name, str(value)) for name, value in pairs if value not in (None, "", ())]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            self.say(f"{name:<{width}}  {value}")


def warn(text: str) -> None:
    """Something a person should know now; goes to standard error."""
    click.secho(f"warning: {clean(text)}", err=True, fg="yellow", bold=True, color=_colour())


def note(text: str) -> None:
    """A word beside the result, such as the next step; goes to standard error."""
    click.echo(clean(text), err=True)


def clean(text: str) -> str:
    """Text from outside as one line that a terminal can be trusted with, and a workflow's log: it asks
    GitHub's runner for nothing."""
    return _COMMAND.sub(r"\g<0> ", one_line(text))


def one_line(text: str) -> str:
    """The same of a command to the runner that is ours."""
    return "".join(c if c.isprintable() else " " for c in text)


def _colour() -> bool | None:
    """False when `NO_COLOR` is set (https://no-color.org), else as the terminal allows."""
    import os  # noqa: PLC0415

    return False if os.environ.get("NO_COLOR") else None


def _draw(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import, and needed on terminals only
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table: Any = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    Console().print(table)
