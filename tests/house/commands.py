"""Commands say what they do, and so do their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tests.house.tree import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = ("command",)


def unexplained(command: click.Command, name: str) -> Iterator[Finding]:
    """Commands without help, and options of theirs without help."""
    if not (command.help or "").strip():
        yield Finding("command", name, "has no help")
    for given in command.params:
        if isinstance(given, click.Option) and not (given.help or "").strip():
            yield Finding("command", f"{name} {given.opts[0]}", "has no help")
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            if found is None:
                yield Finding("command", f"{name} {each}", "is listed and is not there")
            else:
                yield from unexplained(found, f"{name} {each}")
