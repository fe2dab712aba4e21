"""`bridgewright events cancel|erase|export`: deciding about single events, and taking a source along."""

from __future__ import annotations

import json

import click

from bridgewright.cli import options, shapes
from bridgewright.cli.events import events
from bridgewright.cli.opening import operator
from bridgewright.cli.person import actor
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.errors import NotFound

reason = click.option("--reason", metavar="TEXT", required=True, help="Why; kept for good.")
source = click.option("--source", metavar="NAME", required=True, help="The source.")


@events.command(epilog="JSON: item (an item).")
@click.argument("item_id", metavar="ID", type=int)
@reason
@options.as_json
def cancel(*, item_id: int, reason: str, as_json: bool) -> None:
    """Decide that an event which waits, or is a dead letter, is never handled.

    Those that wait behind it in its order go on. An event that a worker is at cannot be cancelled:
    its handler may have done its work already.
    """
    screen = Screen(as_json)
    with operator() as bridge:
        row = bridge.cancel(item_id, reason=reason, actor=actor())
    screen.say(f"item {row.id} is {row.state}")
    screen.answer("events cancel", {"item": shapes.ITEM.of(row)})


@events.command(
    epilog="JSON: looked_at (how many items the source has), erased (their numbers, or those that would"
    " be), unfinished (numbers of those that match and are not finished), dry_run."
)
@source
@click.option(
    "--match",
    "matches",
    metavar="PLACE=TEXT",
    multiple=True,
    required=True,
    help="Which events: those that hold this text at this place of their JSON, as in"
    " data.object.customer=cus_123. All that are given must hold.",
)
@reason
@click.option("--apply", is_flag=True, help="Erase them. Without it they are only counted.")
@options.as_json
def erase(
    *, source: str, matches: tuple[str, ...], reason: str, apply: bool, as_json: bool
) -> None:
    """Erase the payloads of a person's events, for good; the items and what was done to them stay.

    Headers, body and what handlers said of it are replaced. What still waits or runs is left alone
    and named: cancel it, or let it be finished, and run the command again.
    """
    screen = Screen(as_json)
    wanted = dict(_pair(text) for text in matches)
    with operator() as bridge:
        done = bridge.erase(source, wanted, reason=reason, actor=actor(), dry_run=not apply)
    if not done.looked_at:
        msg = f"source {source!r} has no items: `bridgewright sources ls` lists those there are"
        raise NotFound(msg)
    verb = "erased" if apply else "to be erased (nothing was; add --apply)"
    screen.say(f"{len(done.erased)} of {done.looked_at} items {verb}")
    if done.unfinished:
        listed = ", ".join(map(str, done.unfinished[:20]))
        warn(f"{len(done.unfinished)} match and are not finished, or were erased before: {listed}")
    shown = {"looked_at": done.looked_at, "erased": list(done.erased)}
    shown |= {"unfinished": list(done.unfinished), "dry_run": not apply}
    screen.answer("events erase", shown)


@events.command(
    epilog="JSON: one object a line, with or without --json: an item with key, occurred_at, coverage and"
    " body_bytes; with --payload also headers and body_base64."
)
@source
@click.option("--after", metavar="ID", type=int, default=0, help="Only items newer than this one.")
@click.option("--payload", is_flag=True, help="With headers and body: they may hold personal data.")
@options.as_json
def export(*, source: str, after: int, payload: bool, as_json: bool) -> None:
    """Print every event of a source, oldest first, as JSON lines; as many as there are."""
    del as_json  # it never prints anything else
    count = 0
    with operator() as bridge:
        while page := bridge.export(source, after=after):
            for one in page:
                click.echo(json.dumps(shapes.exported(one, with_payload=payload)))
            after, count = page[-1].row.id, count + len(page)
    note(f"{count} items of {source}")


def _pair(text: str) -> tuple[str, str]:
    place, sign, value = text.partition("=")
    if not sign or not place or not value:
        message = f"--match {text!r} is no PLACE=TEXT, as in data.object.customer=cus_123"
        raise click.UsageError(message)
    return place, value
