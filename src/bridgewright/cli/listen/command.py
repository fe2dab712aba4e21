"""The command itself: what was asked for, turned into a listener and an exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options
from bridgewright.cli.exits import Exit
from bridgewright.cli.listen.cursors import Cursor
from bridgewright.cli.listen.listener import Listener, Plan
from bridgewright.cli.listen.places import server_at, target_at
from bridgewright.cli.listen.showing import Board
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.moment import as_text
from bridgewright.settings.forms import wrong_name, wrong_token
from bridgewright.settings.references import not_a_reference, resolve

if TYPE_CHECKING:
    from bridgewright.cli.listen.forwarding import Dress
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret

DEFAULT_SERVER = "http://127.0.0.1:8085"
DEFAULT_TOKEN = "env:LISTEN_TOKEN"  # noqa: S105 - where it is, not what it is
HEARTBEAT_S = 5
TIMEOUT_S = 60.0
"""How long an endpoint may take: a developer may be looking at it in a debugger."""
_KILLED = 128
"""What a shell adds to the number of the signal that ended a process."""


@click.command(
    epilog="JSON: one object a line. For each event: id, type, event_id, received_at, status (the"
    " endpoint's, or null), ms, failure (in words, or empty); with --print also headers (pairs, of whose"
    " values each character is a byte) and body_base64. At the end: forwarded, failed, passed_over (not"
    " asked for, or erased), reached (the last number that was dealt with), connected (whether the server"
    " was heard when it ended), why (what ended it, or empty)."
)
@click.option("--source", metavar="NAME", required=True, help="The source to listen to.")
@click.option("--to", metavar="URL", help="Forward to this URL of this machine.")
@click.option(
    "--server",
    metavar="URL",
    default=DEFAULT_SERVER,
    show_default=True,
    help="Where `bridgewright serve` is.",
)
@click.option(
    "--token",
    metavar="REFERENCE",
    default=DEFAULT_TOKEN,
    show_default=True,
    help="What the server's listen_token is: env:NAME or file:PATH.",
)
@click.option(
    "--resign-with",
    metavar="VARIABLE",
    help="Sign with the secret in this variable, as the provider does; where it is left out, with the"
    " provider's own variable (STRIPE_WEBHOOK_SECRET) if that is set.",
)
@click.option(
    "--since",
    type=options.when,
    metavar="WHEN",
    help="Begin there, and not where the last run ended: 2h, 7d, or a date and time.",
)
@options.event_type
@click.option(
    "--name",
    metavar="NAME",
    default="default",
    show_default=True,
    help="Whose place is kept: listeners of different names each get everything.",
)
@click.option(
    "--stop-on-failure",
    is_flag=True,
    help="End when an event fails; it comes again next time. Without it the next one follows.",
)
@click.option("--until-idle", is_flag=True, help="End when everything that came in was dealt with.")
@click.option(
    "--print",
    "printed",
    is_flag=True,
    help="Print header fields and body too. Without --to nothing is forwarded, and no place is kept.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.1, 3_600),
    metavar="SECONDS",
    default=TIMEOUT_S,
    show_default=True,
    help="How long the endpoint may take.",
)
@click.option(
    "--heartbeat",
    "heartbeat_s",
    type=click.IntRange(1, 25),
    metavar="SECONDS",
    default=HEARTBEAT_S,
    show_default=True,
    help="How often the server is to say that it is there; twice as long without it is an alarm.",
)
@options.as_json
@click.pass_context
def listen(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    source: str,
    to: str | None,
    server: str,
    token: str,
    resign_with: str | None,
    since: Moment | None,
    event_type: str | None,
    name: str,
    stop_on_failure: bool,
    until_idle: bool,
    printed: bool,
    timeout_s: float,
    heartbeat_s: int,
    as_json: bool,
) -> None:
    """Forward what comes in at a running `bridgewright serve` to an endpoint on this machine.

    The server gives nothing away unless [serve] listen_token is set there. It keeps what comes in: what
    arrived while this command was not running follows when it is, from where it ended; the first run begins
    now, or at --since. Bodies are forwarded byte for byte, with the header fields that the server keeps and
    a fresh signature. When the server is not heard it says so, and the exit code is 1.
    """
    if to is None and not printed:
        message = "say where to with --to http://localhost:PORT/…, or look with --print"
        raise click.UsageError(message)
    target = None if to is None else target_at(to)
    place = Place(server_at(server), source, _token(token), heartbeat_s)
    _refuse_wrong_names(source, name)
    cursor = None if target is None else Cursor.of(os.environ, place.server, source, name)
    screen = Screen(as_json)
    with nullcontext() if cursor is None else cursor.alone():
        after = cursor.read() if cursor is not None and since is None else None
        note(f"listening to {source} of {place.server}, {_whence(after, since)}")
        plan = Plan(
            after=after,
            since=since,
            heartbeat_s=heartbeat_s,
            pattern=event_type or "*",
            until_idle=until_idle,
            stop_on_failure=stop_on_failure,
            keep=_nowhere if cursor is None else cursor.write,
        )
        target_of = Target(target, timeout_s, resign_with)
        listener = asyncio.run(_work(plan, place, target_of, Board(screen, whole=printed)))
    ctx.exit(_told(screen, listener))


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked, and with what token."""

    server: str
    source: str
    token: Secret
    heartbeat_s: int


@dataclass(frozen=True, slots=True)
class Target:
    """Where events go (None: nowhere), how long that may take, and whose variable signs them."""

    url: str | None
    timeout_s: float
    variable: str | None


async def _work(plan: Plan, place: Place, target: Target, board: Board) -> Listener:
    """Listen until it ends, and leave nothing open."""
    from bridgewright.cli.listen.feed import Feed  # noqa: PLC0415 - HTTP client: only where used
    from bridgewright.cli.listen.forwarding import Forwarder  # noqa: PLC0415 - as above

    dress_of = partial(_dress, target.variable)
    forwarder = None if target.url is None else Forwarder(target.url, target.timeout_s, dress_of)
    feed = Feed(place.server, place.source, place.token, place.heartbeat_s)
    listener = Listener(plan, feed, board, forwarder)
    _end_in_order(listener)
    await listener.run()
    return listener


def _nowhere(reached: int) -> None:
    """Who only looks keeps no place: it is that of whoever forwards."""


def _dress(variable: str | None, provider: str) -> Dress:
    """How this provider's events are sent, and a word about it."""
    from bridgewright.cli.listen.forwarding import Dress  # noqa: PLC0415 - HTTP client

    dress = Dress.of(provider, variable, os.environ)
    if dress.key is None:
        own = dress.webhook.secret_variable
        told = f"{own} is not set, and --resign-with names no variable"
        warn(f"events are forwarded without a signature: {told}")
    else:
        note(f"signed as {provider} signs, with {dress.variable}")
    if dress.webhook.wrap is not None:
        note(f"{provider} sends batches: each event is forwarded as a batch of one")
    return dress


def _end_in_order(listener: Listener) -> None:
    """Have the first signal end the listener, and the second the process."""
    asked = False

    def heard(number: int) -> None:
        nonlocal asked
        if asked:
            sys.stderr.flush()
            os._exit(_KILLED + number)
        asked = True
        listener.stop()

    if sys.platform == "win32":
        return  # loops hear no signals there: Ctrl-C interrupts the command
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, heard, number)


def _told(screen: Screen, listener: Listener) -> Exit:
    """The summary, and whether all went well."""
    tally, well = listener.tally, listener.is_well
    if tally.why:
        warn(tally.why)
    if not well:
        warn(f"it ended while the server was not heard: {listener.words}")
    where = "nothing" if tally.reached is None else f"item {tally.reached}"
    note(f"{tally.forwarded} forwarded, {tally.failed} failed; up to {where}")
    screen.answer(
        "listen",
        {
            "forwarded": tally.forwarded,
            "failed": tally.failed,
            "passed_over": tally.passed_over,
            "reached": tally.reached,
            "connected": well,
            "why": tally.why,
        },
    )
    return Exit.OK if well and not tally.failed and not tally.why else Exit.UNWELL


def _whence(after: int | None, since: Moment | None) -> str:
    if since is not None:
        return f"from {as_text(since)} on"
    return "from now on" if after is None else f"from item {after} on"


def _refuse_wrong_names(source: str, name: str) -> None:
    for option, text in (("--source", source), ("--name", name)):
        problem = wrong_name(text)
        if problem is not None:
            raise ConfigurationError(f"{option} {problem}")


def _token(reference: str) -> Secret:
    """The token, by reference: on a command line every user of the machine could read it."""
    remedy = (
        "it is what [serve] listen_token refers to on the server; --token env:NAME says where it is"
    )
    wrong = not_a_reference(reference)
    if wrong is not None:
        raise ConfigurationError(f"--token {wrong.problem}", remedy=wrong.remedy)
    try:
        found = resolve(reference, os.environ, Path())
    except ConfigurationError as error:
        raise ConfigurationError(f"the token: {error.problem}", remedy=remedy) from None
    problem = wrong_token(found.reveal())
    if problem is not None:
        raise ConfigurationError(f"the token {problem}", remedy=remedy)
    return found
