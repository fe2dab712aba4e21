"""`bridgewright engineer run`: a model does the work, by the definition, to a verified pull request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridgewright.cli import options
from bridgewright.cli.engineer import course, running
from bridgewright.cli.screen import Screen
from bridgewright.engineer.verify.words import About

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    epilog="Ends with 30 to 40 as docs/engineer.md says, when the model gave up or was stopped, and with 10"
    f" to 22 as `deliver`. JSON: {running.SHAPE}."
)
@click.argument("prompt", required=False, default="")
@click.option(
    "--issue", type=click.IntRange(1), metavar="N", help="The issue that is to be resolved."
)
@click.option(
    "--from-anybody", is_flag=True, help="Take an issue by somebody who may not write here."
)
@click.option("--definition", type=_FILE, help="The agent's definition. [the base's, or ours]")
@click.option(
    "--integration", "names", multiple=True, metavar="NAME",
    help="What it is about. [the one that is begun, or changed]",
)  # fmt: skip
@course.options
@click.option("--repo", "slug", default="", metavar="OWNER/NAME", help="Of GitHub. [the remote's]")
@click.option(
    "--by", type=click.Choice(("auto", "gh", "api")), default="auto", show_default=True,
    help="Who asks GitHub: gh, or our connector by GITHUB_TOKEN. auto: gh where it is.",
)  # fmt: skip
@running.limits
@click.option(
    "--no-temperature",
    is_flag=True,
    help="Send none, whatever the definition says: some models refuse any.",
)
@click.option(
    "--bash", is_flag=True, help="Give the model a shell, within the rules and the sandbox."
)
@click.option(
    "--unsafe-no-sandbox", "insist", is_flag=True,
    help="Run its code without a sandbox: on a machine that is itself thrown away.",
)  # fmt: skip
@click.option(
    "--verify-only", "only", multiple=True, type=click.Choice([str(each) for each in About]),
    help="Deliver after these checks of verify; the others are left to the pull request's.",
)  # fmt: skip
@options.as_json
def run(**given: Any) -> None:
    """Have a language model do what PROMPT or an issue asks for, to a pull request that verify accepts.

    The model is the one that BRIDGEWRIGHT_MODEL names, or else the definition. It has tools and no shell;
    git and GitHub are this program's. Killed, or stopped by a limit, it goes on with `engineer resume`.
    """
    screen = Screen(given["as_json"])
    if bool(given["prompt"].strip()) == (given["issue"] is not None):
        raise click.UsageError("Give a prompt, or --issue N.")
    with running.ending(screen, "engineer run"):
        outcome = running.started(given)
    running.show(screen, "engineer run", outcome)
