"""`bridgewright events`: what came in, and where each of it stands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options, shapes
from bridgewright.cli.opening import operator
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.lifecycle.presence import unclaimed
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.operation import Selection
from bridgewright.engine.drive.clock import now

if TYPE_CHECKING:
    from bridgewright.bridge import Bridge
    from bridgewright.core.model.item import Called
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import ItemDetail, ItemRow, RejectionRow

MOST_ROWS = 10_000

_COLUMNS = (
    "ID",
    "RECEIVED",
    "SOURCE",
    "TYPE",
    "EVENT ID",
    "STATE",
    "ATTEMPTS",
    "CAUSE",
    "FAILURE",
    "ORIGIN",
)


@click.group()
def events() -> None:
    """List received events and look at one."""


@events.command(
    epilog="JSON: items (list of item), unclaimed (sources whose items wait and nobody claims);"
    " with --rejected: rejections (list of rejection)."
)
@options.source
@options.event_type
@click.option("--state", type=options.STATES, help="Only items in this state.")
@options.since
@options.until
@options.limit(50, MOST_ROWS)
@options.before
@click.option("--rejected", is_flag=True, help="Deliveries that did not verify, instead of events.")
@options.as_json
def ls(  # noqa: PLR0913 - one parameter an option
    *,
    source: str | None,
    event_type: str | None,
    state: str | None,
    since: Moment | None,
    until: Moment | None,
    limit: int,
    before: int | None,
    rejected: bool,
    as_json: bool,
) -> None:
    """List events, newest first.

    Warns when items wait and no worker claims them.
    """
    screen = Screen(as_json)
    selection = options.selection(
        source=source, event_type=event_type, state=state, since=since, until=until
    )
    with operator() as bridge:
        if rejected:
            _refuse_beside_rejected(selection, source, before)
            _list_rejections(bridge, screen, source, limit)
            return
        rows = bridge.events(selection, limit=limit, before=before)
        idle = warn_unclaimed(bridge)
    list_items(screen, rows, limit)
    screen.answer("events ls", {"items": [shapes.ITEM.of(row) for row in rows], "unclaimed": idle})


@events.command(
    epilog="JSON: item (an item with key, occurred_at, coverage, headers, attempts_failed (list of"
    " attempt), audit (list of audit), body_bytes; with --body also body_base64)."
)
@click.argument("item_id", metavar="ID", type=int)
@click.option(
    "--body", is_flag=True, help="Print the stored body, byte for byte, and nothing else."
)
@options.as_json
def show(*, item_id: int, body: bool, as_json: bool) -> None:
    """Show one event: where it stands, its failed attempts, what people did to it.

    Its body may hold personal data, and is printed on request only.
    """
    with operator() as bridge:
        detail = bridge.event(item_id)
    show_item("events show", Screen(as_json), detail, body=body)


def list_items(screen: Screen, rows: tuple[ItemRow, ...], limit: int) -> None:
    """Items as a table, with the way to the next page."""
    screen.table(_COLUMNS, (_cells(row) for row in rows))
    if not rows:
        note("nothing matches")
    elif len(rows) == limit:
        note(f"there may be more: --before {rows[-1].id}")


def show_item(command: str, screen: Screen, detail: ItemDetail, *, body: bool) -> None:
    """One item in full."""
    screen.answer(command, {"item": shapes.detail_of(detail, with_body=body)})
    if screen.as_json:
        return
    if body:
        sys.stdout.buffer.write(detail.item.body)
        return
    screen.fields(_described(detail))
    if detail.attempts:
        screen.say()
        screen.table(
            ("ATTEMPT", "ENDED", "OUTCOME", "FAILURE", "CALL"),
            (
                (a.number, as_text(a.ended_at), a.outcome, a.failure, _called(a.call))
                for a in detail.attempts
            ),
        )
    if detail.audit:
        screen.say()
        screen.table(
            ("AT", "ACTOR", "ACTION", "PLAN", "REASON"),
            ((as_text(a.at), a.actor, a.action, a.plan_id, a.reason) for a in detail.audit),
        )


def warn_unclaimed(bridge: Bridge) -> list[str]:
    """Say it loudly when items wait and no worker claims them; the sources they belong to."""
    overview = bridge.survey()
    idle = unclaimed(overview, now())
    if idle:
        waiting = sum(count.waiting for count in overview.sources if count.source in idle)
        what = "1 item waits" if waiting == 1 else f"{waiting} items wait"
        warn(
            f"{what} and no worker claims: {', '.join(idle)}."
            " Start one: bridgewright worker APP (or bridgewright serve APP)"
        )
    return list(idle)


def _called(call: Called | None) -> str:
    if call is None:
        return ""
    end = " ".join(str(part) for part in (call.status, call.code, call.phase) if part)
    return f"{call.provider} {call.operation}: {call.outcome} ({end})"


def _cells(row: ItemRow) -> tuple[object, ...]:
    received = as_text(row.received_at)
    identity = (row.id, received, row.source, row.event_type, row.event_id)
    return (*identity, row.state, row.attempts, row.cause, row.failure, row.origin)


def _described(detail: ItemDetail) -> list[tuple[str, object]]:
    row, item = detail.row, detail.item
    state = row.state if row.cause is None else f"{row.state} ({row.cause})"
    return [
        ("id", row.id),
        ("source", row.source),
        ("type", row.event_type),
        ("event id", row.event_id),
        ("key", item.key),
        ("received", as_text(row.received_at)),
        ("origin", row.origin),
        ("occurred", item.occurred_at and as_text(item.occurred_at)),
        ("state", state),
        ("attempts", row.attempts),
        ("failure", row.failure),
        ("due", row.due_at and as_text(row.due_at)),
        ("settled", row.settled_at and as_text(row.settled_at)),
        ("problem", row.problem),
        ("replays", row.replays),
        ("signature covers", ", ".join(item.coverage.words()) or "nothing"),
        ("headers", ", ".join(f"{name}: {value}" for name, value in item.headers)),
        ("body", f"{len(item.body)} bytes (--body prints it)"),
    ]


def _refuse_beside_rejected(selection: Selection, source: str | None, before: int | None) -> None:
    if selection != Selection(source=source) or before is not None:
        message = "--rejected goes with --source, --limit and --json only"
        raise click.UsageError(message)


def _list_rejections(bridge: Bridge, screen: Screen, source: str | None, limit: int) -> None:
    rows = bridge.rejections(source, limit=limit)
    screen.table(
        ("ID", "AT", "SOURCE", "REASON", "DETAIL", "BYTES", "FINDING"),
        (
            (r.id, as_text(r.at), r.source, r.reason, r.detail, r.body_bytes, _found(r))
            for r in rows
        ),
    )
    if not rows:
        note("no delivery was rejected")
    elif any(row.finding is not None for row in rows):
        note("bridgewright sources why ID: what was wrong, and the next step")
    screen.answer("events ls", {"rejections": [shapes.REJECTION.of(row) for row in rows]})


def _found(row: RejectionRow) -> str:
    return "" if row.finding is None else row.finding.mistake
