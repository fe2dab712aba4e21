"""`bridgewright trigger`: make something happen at a simulated provider."""

from __future__ import annotations

import click

from bridgewright.cli import options
from bridgewright.cli.screen import Screen
from bridgewright.cli.sim.calling import at, called, pairs, provider


@click.command(
    epilog="JSON: event (as its webhook carries it), or triggers (what can be triggered)."
)
@click.argument("name", metavar="PROVIDER", callback=provider)
@click.argument("event_type", metavar="[EVENT]", required=False)
@click.argument("overrides", metavar="[PATH=VALUE]...", nargs=-1)
@at
@options.as_json
def trigger(
    *,
    name: str,
    event_type: str | None,
    overrides: tuple[str, ...],
    place: int | str,
    as_json: bool,
) -> None:
    """Make EVENT happen at a simulator that runs, with all that belongs to it, and send its webhooks.

    Everything that the event speaks of is there afterwards: trigger stripe invoice.payment_failed
    customer=cus_1 leaves a subscription, an invoice and a failed charge of that customer. A path that
    an event does not have is an error. Without EVENT, list what can be triggered.
    """
    screen = Screen(as_json)
    if event_type is None:
        found = called(name, place, "GET", "")["triggers"]
        screen.table(("EVENT", "TAKES"), ((event, ", ".join(found[event])) for event in found))
        screen.answer("trigger", {"triggers": found})
        return
    asked = {"type": event_type, "overrides": pairs(overrides, "override")}
    event = called(name, place, "POST", "trigger", asked)
    screen.say(f"{event_type} happened: {event.get('id', '')}".rstrip(": "))
    screen.answer("trigger", {"event": event})
