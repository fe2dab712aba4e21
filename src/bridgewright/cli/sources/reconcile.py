"""`bridgewright sources reconcile`: ask a provider what we missed, and take it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridgewright.bridge import Bridge
from bridgewright.cli import options, shapes
from bridgewright.cli.exits import Exit
from bridgewright.cli.opening import require_store
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.model.moment import as_datetime, as_text
from bridgewright.core.model.reconciling import Ended
from bridgewright.engine.reconcile import DEFAULT_LIMIT, LARGEST_LIMIT
from bridgewright.settings import load

if TYPE_CHECKING:
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.reconciling import Reconciliation


@click.command(
    epilog="JSON: reconciliation (a reconciliation). Exit code 1 when the provider or the store failed"
    " midway; what was taken in stays."
)
@click.argument("source", metavar="SOURCE")
@click.option(
    "--since",
    type=options.when,
    metavar="WHEN",
    required=True,
    help="What happened since: 2h, 2d, or a date and time. No further back than dedupe_horizon_s.",
)
@click.option("--until", type=options.when, metavar="WHEN", help="What happened before, or then.")
@options.limit(DEFAULT_LIMIT, LARGEST_LIMIT)
@click.option("--dry-run", is_flag=True, help="Only say what was missed; take nothing in.")
@options.as_json
def reconcile(  # noqa: PLR0913 - one parameter an option
    *,
    source: str,
    since: Moment,
    until: Moment | None,
    limit: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Ask a provider what was missed, and take it in as if it had been delivered.

    Events that are held already stay as they are: the same key as a webhook's tells them apart. Needs
    the source's settings and the credentials of the connection of its name, or its provider's.
    """
    settings = load()
    require_store(settings)
    bridge = Bridge(settings)
    try:
        found = bridge.reconcile(
            source,
            since=as_datetime(since),
            until=None if until is None else as_datetime(until),
            limit=limit,
            dry_run=dry_run,
        )
    finally:
        bridge.close()
    _show(Screen(as_json), found)
    if found.ended is Ended.FAILED:
        raise click.exceptions.Exit(Exit.UNWELL)


def _show(screen: Screen, found: Reconciliation) -> None:
    screen.answer("sources reconcile", {"reconciliation": shapes.RECONCILIATION.of(found)})
    screen.fields(
        [
            ("source", found.source),
            ("asked for", found.asked),
            ("already there", found.already_there),
            ("missed", len(found.missed)),
            ("taken in", found.taken_in),
            ("ended", found.ended),
        ]
    )
    if found.missed:
        screen.say()
        rows = ((as_text(m.at), m.event_type, m.event_id, m.item_id) for m in found.missed)
        screen.table(("AT", "TYPE", "EVENT ID", "ITEM"), rows)
    if found.ended is Ended.COMPLETE:
        if found.dry_run and found.missed:
            note("nothing was taken in: leave --dry-run out")
        return
    reached = found.reached_at
    again = "the same command again" if reached is None else f"--until {as_text(reached)}"
    warn(f"{found.why}. Go on with {again}: what is held is not taken in twice")
