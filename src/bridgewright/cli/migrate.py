"""`bridgewright migrate`."""

from __future__ import annotations

import click

from bridgewright.bridge import Bridge
from bridgewright.cli import options
from bridgewright.cli.screen import Screen
from bridgewright.settings import load


@click.command(epilog="JSON: store (where it is), applied (names of the migrations this applied).")
@click.option(
    "--post",
    is_flag=True,
    help="Apply what the previous release cannot live with, too: when none of it runs any more.",
)
@options.as_json
def migrate(*, post: bool, as_json: bool) -> None:
    """Bring the store's schema up to date, making the store if there is none.

    Every command that opens the store does the same; this one says what it did, and is for
    deployments that want it as a step of its own. Safe to run twice, or twice at once.
    """
    screen = Screen(as_json)
    bridge = Bridge(load(with_sources=False))
    path = bridge.settings.store.shown
    try:
        applied = bridge.migrate(post=post)
    finally:
        bridge.close()
    for name in applied:
        screen.say(f"applied {name}")
    screen.say(f"{path} is up to date")
    screen.answer("migrate", {"store": path, "applied": list(applied)})
