"""`bridgewright pack`: our agent, skills and commands for OpenCode and Claude Code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options
from bridgewright.cli.exits import Exit
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.pack.contents import entries, pieces
from bridgewright.engineer.pack.installing import install as put
from bridgewright.engineer.pack.surveying import survey
from bridgewright.engineer.pack.words import LEFT, WRITTEN, Host, State

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bridgewright.engineer.pack.words import Standing

_ALL = "all"
_STATES = ", ".join(str(state) for state in State)
_FILES = f"files (list of path, for, state, why, add); a state is one of {_STATES}"

whose = click.option(
    "--for",
    "whose",
    type=click.Choice([*(str(host) for host in Host), _ALL]),
    default=_ALL,
    show_default=True,
    help="Whose agent it is for.",
)
inside = click.option(
    "--in",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="The project's folder. [the working directory]",
)


@click.group()
def pack() -> None:
    """Give OpenCode and Claude Code our agent, skills and commands.

    The agent is for OpenCode; the skills and the entry of `bridgewright mcp` are for both.
    """


@pack.command(
    epilog="Ends with 1 when a file was left that is not as the pack has it: changed, elsewhere, by hand,"
    f" outside or blocked. JSON: dry_run, left (how many), and {_FILES}."
)
@click.argument("only", nargs=-1, metavar="[FILE]...")
@whose
@inside
@click.option("--force", is_flag=True, help="Replace what somebody changed, too.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@options.as_json
def install(  # noqa: PLR0913 - each is an option
    *, only: tuple[str, ...], whose: str, folder: Path, force: bool, dry_run: bool, as_json: bool
) -> None:
    """Write the pack into a project, or only each FILE of it.

    What is there and somebody changed is left, and told; what an earlier version of ours wrote is brought up
    to date. With --force and a FILE only that one is replaced. .opencode/memory/api.md belongs to the
    project once it is there: --force replaces it only by its name.
    """
    found = survey(folder, _hosts(whose), only, force=force)
    if not dry_run:
        put(folder, found)
    screen = Screen(as_json)
    _tell(screen, found)
    left = [each for each in found if each.state in LEFT]
    shown = [_record(each) for each in found]
    screen.answer("pack install", {"dry_run": dry_run, "left": len(left), "files": shown})
    if dry_run:
        note("nothing was written")
    if left:
        click.get_current_context().exit(Exit.UNWELL)


@pack.command(epilog=f"JSON: {_FILES}; with FILE path and text.")
@click.argument("file", required=False)
@whose
@inside
@options.as_json
def show(*, file: str | None, whose: str, folder: Path, as_json: bool) -> None:
    """List the pack and how each file stands in a project, or print FILE as the pack has it."""
    screen, hosts = Screen(as_json), _hosts(whose)
    if file is None:
        found = survey(folder, hosts)
        _tell(screen, found)
        screen.answer("pack show", {"files": [_record(each) for each in found]})
        return
    text = next((each.text for each in pieces(hosts) if each.path == file), None)
    if text is None:
        settings = [path for each in entries(hosts) for path in each.paths]
        problem = "is a file of yours, which gets one entry" if file in settings else "is not of it"
        remedy = "bridgewright pack show lists its files"
        raise ConfigurationError(problem, place=file, remedy=remedy)
    for line in text.splitlines():
        screen.say(line)
    screen.answer("pack show", {"path": file, "text": text})


def _hosts(whose: str) -> Collection[Host]:
    return tuple(Host) if whose == _ALL else (Host(whose),)


def _tell(screen: Screen, found: Sequence[Standing]) -> None:
    screen.table(("STATE", "FILE"), [(str(each.state), each.path) for each in found])
    for each in found:
        if each.why and each.state not in WRITTEN:
            warn(f"{each.path} is left as it is: {each.why}")
        if each.add:
            note(f"add to {each.path}, {each.add}")


def _record(each: Standing) -> dict[str, object]:
    return {
        "path": each.path,
        "for": str(each.host),
        "state": str(each.state),
        "why": each.why or None,
        "add": each.add or None,
    }
