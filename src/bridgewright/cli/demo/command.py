"""`bridgewright demo`: inbox, worker and a courier play a day, and the ledger must balance."""

from __future__ import annotations

import click

from bridgewright import connectors
from bridgewright.cli import options
from bridgewright.cli.demo.script import DELIVERIES, MOST_DELIVERIES
from bridgewright.cli.screen import Screen
from bridgewright.simulate.day import FEWEST


@click.command(
    epilog="JSON: balanced, seed, deliveries, seconds, ledger (sent, accepted, duplicates, rejected,"
    " handled, lost, repeats, most_repeats, charged, to_charge), problems (what does not add up, in"
    " words), and where it stays up url and settings (the file to name in BRIDGEWRIGHT_CONFIG), else null."
)
@click.option("--once", is_flag=True, help="End with the ledger: code 0 only if it balances.")
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    metavar="N",
    help="Which day: a number names one.",
)
@click.option(
    "--deliveries",
    type=click.IntRange(FEWEST, MOST_DELIVERIES),
    default=DELIVERIES,
    show_default=True,
    metavar="N",
    help="How many are sent; fewer make a shorter day.",
)
@options.as_json
def demo(*, once: bool, seed: int, deliveries: int, as_json: bool) -> None:
    """Play a day in about a minute: an inbox, a worker, and senders that misbehave.

    Deliveries signed as Stripe and GitHub sign come in on loopback, with duplicates, forgeries and
    replays. What the handlers call fails for a while, a worker is killed, the store is locked; then
    an operator puts the dead letters back. Handlers charge through the official Stripe SDK, at a
    Stripe that is down for a while: the breaker opens and comes back. At the end four independent
    books are compared: the sender's, the store's, the handlers' and Stripe's.

    Needs the Stripe SDK: pip install 'bridgewright[stripe]'.

    With BRIDGEWRIGHT_STORE=postgresql://… two inboxes and two workers share that database, in a schema
    made for the day and dropped at its end; the user needs the right to create one.

    Without --once everything stays up to be explored, until Ctrl-C. Nothing is touched outside a
    temporary folder, which is removed at the end, and that schema.
    """
    from bridgewright.cli.demo.performance import Wish, perform  # noqa: PLC0415 - loads clients and loop

    connectors.client("stripe")  # refused here, and not in a child, when its SDK is missing
    screen = Screen(as_json)
    code = perform(Wish(seed, deliveries, stays=not once), screen)
    click.get_current_context().exit(code)
