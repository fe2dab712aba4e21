"""`bridgewright dead`: what failed for good, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridgewright.cli import options, shapes
from bridgewright.cli.events import MOST_ROWS, list_items, show_item
from bridgewright.cli.opening import operator
from bridgewright.cli.screen import Screen, note
from bridgewright.core.errors import NotFound
from bridgewright.core.model.item import State
from bridgewright.core.model.moment import as_text

if TYPE_CHECKING:
    from bridgewright.core.model.moment import Moment


@click.group()
def dead() -> None:
    """List dead letters and look at one; `bridgewright redrive` puts them back."""


@dead.command(
    epilog="JSON: items (list of item), by_cause (how many there are of each cause in all)."
)
@options.source
@options.event_type
@options.cause
@options.problem
@options.since
@options.until
@options.limit(50, MOST_ROWS)
@options.before
@options.as_json
def ls(  # noqa: PLR0913 - one parameter an option
    *,
    source: str | None,
    event_type: str | None,
    cause: str | None,
    problem: str | None,
    since: Moment | None,
    until: Moment | None,
    limit: int,
    before: int | None,
    as_json: bool,
) -> None:
    """List dead letters, newest first."""
    screen = Screen(as_json)
    selection = options.selection(
        source=source,
        event_type=event_type,
        state=State.DEAD,
        cause=cause,
        since=since,
        until=until,
        problem=problem,
    )
    with operator() as bridge:
        rows = bridge.events(selection, limit=limit, before=before)
        by_cause = dict(bridge.survey().dead_by_cause)
    list_items(screen, rows, limit)
    items = [shapes.ITEM.of(row) for row in rows]
    screen.answer("dead ls", {"items": items, "by_cause": by_cause})


@dead.command(epilog="JSON: problems (list of problem).")
@options.source
@options.limit(50, MOST_ROWS)
@options.as_json
def problems(*, source: str | None, limit: int, as_json: bool) -> None:
    """List what went wrong: dead letters that failed alike, the largest group first."""
    screen = Screen(as_json)
    with operator() as bridge:
        rows = bridge.problems(source, limit=limit)
    screen.table(
        ("PROBLEM", "DEAD", "SEEN", "FIRST", "LAST", "SOURCES", "CAUSES", "SAMPLE", "TITLE"),
        (
            (
                *(p.id, p.dead, p.seen, as_text(p.first_seen_at), as_text(p.last_seen_at)),
                *(", ".join(p.sources), ", ".join(p.causes), p.sample_id, p.title),
            )
            for p in rows
        ),
    )
    if rows:
        note(f"put one back: bridgewright redrive plan --problem {rows[0].id} --reason …")
    else:
        note("there is no dead letter")
    screen.answer("dead problems", {"problems": [shapes.PROBLEM.of(row) for row in rows]})


@dead.command(epilog="JSON: item, as `events show` prints it.")
@click.argument("item_id", metavar="ID", type=int)
@click.option(
    "--body", is_flag=True, help="Print the stored body, byte for byte, and nothing else."
)
@options.as_json
def show(*, item_id: int, body: bool, as_json: bool) -> None:
    """Show one dead letter: its cause, every failed attempt, what people did to it."""
    with operator() as bridge:
        detail = bridge.event(item_id)
    if detail.row.state is not State.DEAD:
        where = f"`bridgewright events show {item_id}`"
        msg = f"item {item_id} is {detail.row.state}, not a dead letter: {where}"
        raise NotFound(msg)
    show_item("dead show", Screen(as_json), detail, body=body)
