"""`bridgewright engineer explain`: what OpenCode says to a command, and what we do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options
from bridgewright.cli.engineer.permitted import permitted
from bridgewright.cli.exits import Exit
from bridgewright.cli.screen import Screen
from bridgewright.engineer.permissions import host, strict
from bridgewright.engineer.permissions.words import Action

if TYPE_CHECKING:
    from bridgewright.engineer.permissions.words import Verdict

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    epilog="Ends with 1 unless both allow it. JSON: shell, host and strict (each with action and reasons, a"
    " list of action, part and why), definition."
)
@click.argument("shell", metavar="COMMAND")
@click.option(
    "--definition",
    type=_FILE,
    help="The agent's definition. [integration-engineer.md of the project's agents, or ours]",
)
@options.as_json
def explain(shell: str, *, definition: Path | None, as_json: bool) -> None:
    """Say what an agent's definition lets COMMAND do: by OpenCode's reading, and by ours.

    `host` is OpenCode's verdict: `ask` ends a run where nobody is there. `strict` is ours, which a definition
    can only tighten. Nothing is run.
    """
    screen, found = Screen(as_json), permitted(definition, Path.cwd())
    theirs = host.verdict(found.rules, shell, found.place)
    ours = strict.verdict(found.rules, shell, found.work)
    rows = [("host", theirs.action, "", "" if theirs.reasons else "nothing in it is looked at")]
    rows += [("host", each.action, each.part, each.why) for each in theirs.reasons]
    rows.append(("strict", ours.action, "", ""))
    rows += [("strict", each.action, each.part, each.why) for each in ours.reasons]
    screen.table(("reading", "action", "part", "why"), rows)
    screen.answer(
        "engineer explain",
        {
            "shell": shell,
            "host": _told(theirs),
            "strict": _told(ours),
            "definition": found.definition.path,
        },
    )
    both = {theirs.action, ours.action} == {Action.ALLOW}
    sys.exit(Exit.OK if both else Exit.UNWELL)


def _told(verdict: Verdict) -> dict[str, object]:
    reasons = [
        {"action": each.action, "part": each.part, "why": each.why} for each in verdict.reasons
    ]
    return {"action": verdict.action, "reasons": reasons}
