"""`bridgewright sources pause|resume|pauses`: stop claiming for a while, while receiving goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridgewright.cli import options, shapes
from bridgewright.cli.opening import operator
from bridgewright.cli.person import actor
from bridgewright.cli.screen import Screen, note
from bridgewright.core.model.moment import as_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bridgewright.core.model.control import PauseRow

everything = click.option("--all", "every", is_flag=True, help="Every source.")
name = click.argument("name", metavar="[NAME]", required=False)
event_type = click.option(
    "--type",
    "event_type",
    metavar="PATTERN",
    default="*",
    help="Only events of this type, and with them the handler; * stands for anything.",
)


def _named(command: Callable[..., Any]) -> Callable[..., Any]:
    return name(everything(event_type(command)))


@click.command(epilog="JSON: pause (a pause).")
@_named
@click.option("--reason", metavar="TEXT", required=True, help="Why; kept for good.")
@options.as_json
def pause(*, name: str | None, every: bool, event_type: str, reason: str, as_json: bool) -> None:
    """Have workers claim nothing more of a source. Receiving goes on, and what runs is finished.

    It holds for every worker on this store, those that start later too, until `sources resume`.
    """
    screen = Screen(as_json)
    with operator() as bridge:
        row = bridge.pause(_source(name, every=every), event_type, reason=reason, actor=actor())
    screen.fields(_fields(row))
    note("what comes in waits; go on with: bridgewright sources resume")
    screen.answer("sources pause", {"pause": shapes.PAUSE.of(row)})


@click.command(epilog="JSON: pause (the pause that has ended).")
@_named
@click.option("--reason", metavar="TEXT", default="", help="Why; kept for good.")
@options.as_json
def resume(*, name: str | None, every: bool, event_type: str, reason: str, as_json: bool) -> None:
    """End a pause, named as it was made: workers go on within a moment."""
    screen = Screen(as_json)
    with operator() as bridge:
        row = bridge.resume(_source(name, every=every), event_type, reason=reason, actor=actor())
    screen.fields(_fields(row))
    screen.answer("sources resume", {"pause": shapes.PAUSE.of(row)})


@click.command(epilog="JSON: pauses (list of pause).")
@options.as_json
def pauses(*, as_json: bool) -> None:
    """List what is paused, since when, by whom and why."""
    screen = Screen(as_json)
    with operator() as bridge:
        rows = bridge.pauses()
    screen.table(
        ("SOURCE", "TYPE", "SINCE", "BY", "REASON"),
        (
            (row.source or "everything", row.pattern, as_text(row.at), row.actor, row.reason)
            for row in rows
        ),
    )
    if not rows:
        note("nothing is paused")
    screen.answer("sources pauses", {"pauses": [shapes.PAUSE.of(row) for row in rows]})


def _source(name: str | None, *, every: bool) -> str | None:
    if every == (name is not None):
        message = "name one source, or say --all"
        raise click.UsageError(message)
    return name


def _fields(row: PauseRow) -> list[tuple[str, object]]:
    return [
        ("source", row.source or "everything"),
        ("type", row.pattern),
        ("paused", as_text(row.at)),
        ("by", row.actor),
        ("reason", row.reason),
    ]
