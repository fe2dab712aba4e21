"""`bridgewright engineer plan`: what is to be done, what was decided, and what failed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli import options
from bridgewright.cli.screen import Screen
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.planning import keeping, reading
from bridgewright.engineer.planning.editing import PHASES
from bridgewright.engineer.planning.words import MOST_TEXT, Kind, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.engineer.planning.words import Evidence, Plan

_SHAPE = "goal, complete, phases (list of number, name, status, evidence), decisions, errors, open"

inside = click.option(
    "--in",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="The folder that the plan is in. [the working directory]",
)


@click.group()
def plan() -> None:
    """Keep a plan in task_plan.md, and what was read in notes.md.

    The files are those of the skill planning-with-files, of any version. A plan is read again and again,
    also by models: what other people wrote belongs into notes.
    """


@plan.command(epilog=f"JSON: {_SHAPE}.")
@click.argument("goal")
@click.option(
    "--phase", "phases", multiple=True, metavar="NAME", help=f"Its phases. [{', '.join(PHASES)}]"
)
@inside
@options.as_json
def start(*, goal: str, phases: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Begin a plan for GOAL, in files that git does not see."""
    _tell("start", keeping.start(keeping.find(folder), goal, phases or PHASES), as_json=as_json)


@plan.command(epilog=f"Ends with 1 for complete without evidence. JSON: {_SHAPE}.")
@click.argument("phase")
@click.argument("status", type=click.Choice([str(status) for status in Status]))
@click.option(
    "--evidence",
    multiple=True,
    metavar="KIND VALUE",
    help="What shows it: 'commit SHA', 'file PATH', 'test PATH::NAME' or 'check NAME'.",
)
@inside
@options.as_json
def phase(
    *, phase: str, status: str, evidence: tuple[str, ...], folder: Path, as_json: bool
) -> None:
    """Say how far PHASE (a number, or a part of its name) is."""
    shown = [_shown(text) for text in evidence]
    files = keeping.find(folder)
    _tell("phase", keeping.advance(files, phase, Status(status), shown), as_json=as_json)


@plan.command(epilog=f"Ends with 1 for a quotation of the notes. JSON: {_SHAPE}.")
@click.argument("decision")
@click.option("--because", required=True, metavar="TEXT", help="Why.")
@inside
@options.as_json
def decide(*, decision: str, because: str, folder: Path, as_json: bool) -> None:
    """Keep a decision and its reason, in your own words."""
    _tell("decide", keeping.decide(keeping.find(folder), decision, because), as_json=as_json)


@plan.command(
    epilog="Ends with 1 from the third time on that the same failed and nothing was done about it."
    " JSON: attempt (how often it was met)."
)
@click.argument("error")
@click.option("--resolution", default="", metavar="TEXT", help="What is done about it.")
@inside
@options.as_json
def error(*, error: str, resolution: str, folder: Path, as_json: bool) -> None:
    """Keep an error: numbers apart, the same text is the same error."""
    screen, attempt = Screen(as_json), keeping.fail(keeping.find(folder), error, resolution)
    screen.say(f"attempt {attempt}")
    screen.answer("engineer plan error", {"attempt": attempt})


@plan.command(epilog="JSON: notes (the file).")
@click.argument("text", required=False)
@click.option("--source", required=True, metavar="WHERE", help="Whose words these are.")
@inside
@options.as_json
def note(*, text: str | None, source: str, folder: Path, as_json: bool) -> None:
    """Keep what somebody else wrote (TEXT, or standard input), marked as theirs."""
    screen, files = Screen(as_json), keeping.find(folder)
    told = sys.stdin.read() if text is None else text
    keeping.note(files, told, source, datetime.now(UTC).date().isoformat())
    screen.say(str(files.notes))
    screen.answer("engineer plan note", {"notes": str(files.notes)})


@plan.command(epilog=f"JSON: {_SHAPE}.")
@inside
@options.as_json
def show(*, folder: Path, as_json: bool) -> None:
    """Show the plan."""
    _tell("show", keeping.read(keeping.find(folder)), as_json=as_json)


@plan.command(epilog=f"Ends with 1 when something is left to do. JSON: {_SHAPE}.")
@inside
@options.as_json
def close(*, folder: Path, as_json: bool) -> None:
    """Hold that the work is done: every phase complete, with its evidence."""
    _tell("close", keeping.close(keeping.find(folder)), as_json=as_json)


def _shown(text: str) -> Evidence:
    found = reading.shown(text)
    if found is None:
        kinds = ", ".join(f"'{kind} …'" for kind in Kind)
        problem = f"{text[:MOST_TEXT]!r} is no evidence that can be looked for"
        raise ConfigurationError(problem, remedy=f"it is one of {kinds}")
    return found


def _tell(command: str, found: Plan, *, as_json: bool) -> None:
    screen = Screen(as_json)
    rows = [(p.number, p.name, str(p.status), _joined(p.evidence)) for p in found.phases]
    screen.fields((("goal", found.goal), ("complete", f"{found.complete} of {len(rows)}")))
    screen.table(("PHASE", "NAME", "STATUS", "EVIDENCE"), rows)
    for failure in found.failures:
        told = failure.resolution or "open"
        screen.say(f"error: {failure.text} (attempt {failure.attempts}): {told}")
    screen.answer(f"engineer plan {command}", record(found))


def _joined(evidence: Sequence[Evidence]) -> str:
    return ", ".join(str(each) for each in evidence)


def record(found: Plan) -> dict[str, Any]:
    """A plan as one object of JSON."""
    return {
        "goal": found.goal,
        "complete": found.complete,
        "phases": [
            {
                "number": each.number,
                "name": each.name,
                "status": str(each.status),
                "evidence": [str(one) for one in each.evidence],
            }
            for each in found.phases
        ],
        "decisions": [{"decision": what, "because": why} for what, why in found.decisions],
        "errors": [
            {"error": each.text, "attempts": each.attempts, "resolution": each.resolution}
            for each in found.failures
        ],
        "open": [
            *found.open(),
            *(f"phase {each.number} has no evidence" for each in found.unproved()),
        ],
    }
