"""`bridgewright findings`: where a project's own models do not fit its providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridgewright.cli.findings.accepting import accept
from bridgewright.cli.findings.looking import look
from bridgewright.cli.findings.mapping import map_

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFAULT = "look"


class Defaulting(click.Group):
    """A group whose first command is meant where none is named: `findings integrations/acme`."""

    def parse_args(self, ctx: click.Context, args: Sequence[str]) -> list[str]:
        """As Click does, with the command's name put in where it is left out."""
        words = list(args)
        named = bool(words) and (words[0] in self.commands or words[0] in ctx.help_option_names)
        return super().parse_args(ctx, words if named else [_DEFAULT, *words])


@click.group(cls=Defaulting)
def findings() -> None:
    """Compare your models with what providers take and give.

    Without a command: look. A folder that is called as a command is given as ./accept.
    """


for command in (look, accept, map_):
    findings.add_command(command)

__all__ = ["findings"]
