"""`bridgewright findings accept`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options
from bridgewright.cli.findings.today import today
from bridgewright.cli.screen import Screen, note

if TYPE_CHECKING:
    from datetime import date, datetime


@click.command(
    epilog="Ends with 4 when no finding, or more than one, begins with ID. JSON: id, code, bullet,"
    " reason, until.",
)
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="Why it can be lived with; it is kept and shown.")
@click.option(
    "--until",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day of it (2027-03-01): from the next one on it is an error.",
)
@options.as_json
def accept(id_: str, reason: str, until: datetime, *, as_json: bool) -> None:
    """Live with a finding for a while.

    ID is as `findings` shows it, or its beginning. The finding has to be in the ledger, where
    --write puts it; its line leaves the page at the next run that writes.
    """
    from bridgewright.engineer.findings.keeping import accept as accepted  # noqa: PLC0415
    from bridgewright.engineer.findings.ledger import Acceptance  # noqa: PLC0415

    if not reason.strip():
        raise click.BadParameter("say why, in a word or more", param_hint="--reason")
    last: date = until.date()
    if last < today():
        raise click.BadParameter("is a day that is over", param_hint="--until")
    entry = accepted(Path.cwd(), id_, Acceptance(" ".join(reason.split()), last))
    screen = Screen(as_json)
    screen.say(f"accepted until {last}: {entry.bullet}")
    note("bridgewright findings --write takes its line off the page")
    screen.answer(
        "findings accept",
        {
            "id": entry.id,
            "code": entry.code,
            "bullet": entry.bullet,
            "reason": entry.accepted.reason if entry.accepted else "",
            "until": last.isoformat(),
        },
    )
