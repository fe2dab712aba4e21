"""The command `bridgewright`: one file per noun, loaded when its command is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from bridgewright.cli.exits import Exit, epilog, exit_of
from bridgewright.cli.screen import note
from bridgewright.core.errors import BridgewrightError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_PLACES = {
    "init": "bridgewright.cli.init:init",
    "serve": "bridgewright.cli.serve:serve",
    "worker": "bridgewright.cli.worker:worker",
    "demo": "bridgewright.cli.demo.command:demo",
    "dev": "bridgewright.cli.dev:dev",
    "sim": "bridgewright.cli.sim:sim",
    "trigger": "bridgewright.cli.trigger:trigger",
    "listen": "bridgewright.cli.listen:listen",
    "events": "bridgewright.cli.acting:events",
    "sources": "bridgewright.cli.sources:sources",
    "dead": "bridgewright.cli.dead:dead",
    "redrive": "bridgewright.cli.redrive:redrive",
    "doctor": "bridgewright.cli.doctor:doctor",
    "new": "bridgewright.cli.new:new",
    "check": "bridgewright.cli.check:check",
    "findings": "bridgewright.cli.findings:findings",
    "certify": "bridgewright.cli.certify:certify",
    "engineer": "bridgewright.cli.engineer:engineer",
    "pack": "bridgewright.cli.pack:pack",
    "mcp": "bridgewright.cli.mcp:mcp",
    "migrate": "bridgewright.cli.migrate:migrate",
    "version": "bridgewright.cli.version:version",
}
"""Every command and where it lives, in the order of a first day: `bridgewright version` loads none
of the others."""


class Commands(click.Group):
    """The commands, each imported when it is asked for; our errors become a line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of a first day."""
        del ctx
        return list(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        place = _PLACES.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As Click does, with the nearest name for one that is unknown."""
        if args and args[0] not in _PLACES and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415 - needed for a mistake only

            near = get_close_matches(args[0], _PLACES, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors of our own tree are printed, anything else keeps its traceback."""
        try:
            return super().invoke(ctx)
        except BridgewrightError as error:
            for line in f"error[{error.code}]: {error}".split("\n"):
                note(line)
            ctx.exit(exit_of(error))
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(Exit.INTERRUPTED)


@click.command(cls=Commands, epilog=epilog(), context_settings={"max_content_width": 100})
def bridgewright() -> None:
    """Receive webhooks without losing one, work on them, and put back what failed.

    Settings come from bridgewright.toml in the working directory (or the file that
    BRIDGEWRIGHT_CONFIG names) and from the environment, which wins.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point; ends the process with a documented exit code."""
    bridgewright.main(arguments, prog_name="bridgewright")
