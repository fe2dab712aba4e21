"""`bridgewright engineer journal`: what happened in a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli import options
from bridgewright.cli.screen import Screen
from bridgewright.core.errors import NotFound
from bridgewright.engineer.delivery.git import opened
from bridgewright.engineer.loop import journal as journals

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEFT_OUT = frozenset({"at", "what", "text", "asked", "mark"})


@click.command(
    epilog="Ends with 4 when there was no run here. JSON: run and records, each with at, what and more."
)
@options.as_json
def journal(*, as_json: bool) -> None:
    """Show what happened in the last run of this working tree, record by record.

    It holds names, paths, sizes, how each thing ended, the task, and what was said at the end of a phase,
    without secrets and personal data; no file that the model read or wrote.
    """
    kept = journals.last(opened(Path.cwd()))
    if kept is None:
        msg = "there was no run of the engineer in this working tree: begin one with engineer run"
        raise NotFound(msg)
    records = kept.records()
    screen = Screen(as_json)
    screen.table(
        ("AT", "WHAT", "TOLD"),
        ((each["at"][11:19], each["what"], _told(each)) for each in records),
    )
    screen.answer("engineer journal", {"run": kept.run, "records": records})


def _told(record: Mapping[str, Any]) -> str:
    pairs = ((name, value) for name, value in record.items() if name not in _LEFT_OUT)
    return ", ".join(f"{name} {_short(value)}" for name, value in pairs if value not in (None, ""))


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 1]}…"


_MOST_CHARS = 160
