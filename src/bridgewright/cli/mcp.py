"""`bridgewright mcp`: our commands as tools for other agents."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from bridgewright.cli import options
from bridgewright.cli.screen import Screen, note
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.offering.catalogue import tools
from bridgewright.engineer.offering.ends import taken

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(
    epilog="JSON: tools (each with name, title, told, changes, input and output, both JSON Schema);"
    " nothing is served then. A server prints nothing but the protocol's own messages."
)
@click.option(
    "--root",
    type=_FOLDER,
    default=".",
    show_default=True,
    metavar="FOLDER",
    help="The project: no tool reads or writes a path outside it.",
)
@click.option("--list", "listed", is_flag=True, help="Say which tools there are, and end.")
@options.as_json
def mcp(*, root: Path, listed: bool, as_json: bool) -> None:
    """Offer our commands as tools to an agent, by the Model Context Protocol on standard input and output.

    An agent's host starts it; docs/mcp.md has what to write in its settings. It ends when its input is
    closed, or by SIGTERM. No tool redrives, replays or erases what a bridge holds.
    """
    if listed or as_json:
        _list(Screen(as_json))
        return
    if find_spec("mcp") is None:
        raise ConfigurationError(
            "the protocol is spoken by the package mcp, which is not installed",
            remedy="pip install 'bridgewright[mcp]'",
        )
    note(f"bridgewright mcp: tools for {root.resolve()}")
    with taken() as ends:  # before the package is imported: what that prints is no message
        from bridgewright.engineer.offering.serving import serve  # noqa: PLC0415 - of the extra

        serve(root.resolve(), ends)


def _list(screen: Screen) -> None:
    rows = tools()
    screen.table(
        ("TOOL", "CHANGES FILES", "WHAT"),
        ((each.name, "yes" if each.writes else "no", each.told) for each in rows),
    )
    screen.answer(
        "mcp",
        {
            "tools": [
                {
                    "name": each.name,
                    "title": each.title,
                    "told": each.told,
                    "changes": bool(each.writes),
                    "input": each.input_schema(),
                    "output": each.output_schema(),
                }
                for each in rows
            ]
        },
    )
