"""`bridgewright engineer resume`: a run that was killed or stopped goes on."""

from __future__ import annotations

from typing import Any

import click

from bridgewright.cli import options
from bridgewright.cli.engineer import running
from bridgewright.cli.screen import Screen


@click.command(
    epilog=f"Ends as `engineer run`, and with 4 when there was no run here. JSON: {running.SHAPE}."
)
@running.limits
@options.as_json
def resume(**given: Any) -> None:
    """Go on with the last run of this working tree, where it was killed or stopped.

    What is done is found out from git, the files and GitHub. Limits are of the whole run, what it used before
    counted; other options are as it was begun with.
    """
    screen = Screen(given["as_json"])
    with running.ending(screen, "engineer resume"):
        outcome = running.resumed(given)
    running.show(screen, "engineer resume", outcome)
