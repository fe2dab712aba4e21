"""`bridgewright engineer sync`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridgewright.cli import options
from bridgewright.cli.engineer import course
from bridgewright.cli.screen import Screen
from bridgewright.engineer.delivery.branch import synchronised
from bridgewright.engineer.delivery.git import opened


@click.command(
    epilog="Ends with 10 to 21 as docs/delivery.md says: a conflict is 10, a diverged branch 11. JSON:"
    " end (synced, or why not), and branch, sha, how (created, taken, kept, forwarded or recreated) and"
    " merged; or problem, remedy and places.",
)
@course.options
@options.as_json
def sync(**given: Any) -> None:
    """Fetch, come to the branch of the integration, and merge the base into it.

    Changes of the working tree come along; where they would be overwritten nothing is done. A merge
    that conflicts is not begun. Nothing is sent.
    """
    screen = Screen(given["as_json"])
    with course.ending(screen, "engineer sync"):
        git = opened(Path.cwd())
        synced = synchronised(git, course.course(given, git.root), course.narrated)
    screen.fields(
        (
            ("branch", synced.branch),
            ("commit", synced.sha),
            ("how", synced.how),
            ("base", "merged" if synced.merged else "was in it"),
        )
    )
    screen.answer(
        "engineer sync",
        {
            "end": "synced",
            "branch": synced.branch,
            "sha": synced.sha,
            "how": synced.how,
            "merged": synced.merged,
        },
    )
