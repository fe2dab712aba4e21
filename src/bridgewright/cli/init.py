"""`bridgewright init`: a project that receives, handles and tests webhooks."""

from __future__ import annotations

from pathlib import Path

import click

from bridgewright import connectors
from bridgewright.cli import options, project
from bridgewright.cli.screen import Screen
from bridgewright.core.errors import ConfigurationError

DEFAULT_PROVIDERS = ("stripe",)


@click.command(
    epilog="JSON: written (names of files), variables (names to set before it runs). Nothing is"
    " written when one of the files exists, unless --force."
)
@click.argument("providers", metavar="[PROVIDER]...", nargs=-1)
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@options.as_json
def init(*, providers: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Write bridgewright.toml, app.py and test_app.py into the working directory.

    PROVIDER is a connector that receives webhooks (the catalogue lists them); stripe when none is
    named. Ends with the names of the variables to set.
    """
    chosen = tuple(dict.fromkeys(providers)) or DEFAULT_PROVIDERS
    variables = [connectors.webhook(provider).secret_variable for provider in chosen]
    files = {
        "bridgewright.toml": project.settings_file(chosen),
        "app.py": project.application_file(chosen),
        "test_app.py": project.test_file(chosen),
    }
    _write(files, force=force)
    screen = Screen(as_json)
    for name in files:
        screen.say(f"wrote {name}")
    screen.say()
    screen.say("Set the secrets your providers sign with:")
    for variable in variables:
        screen.say(f"  export {variable}=…")
    screen.say("Then:")
    screen.say("  python -m unittest              try it out")
    screen.say("  bridgewright serve app:bridge   receive at http://127.0.0.1:8085/webhooks/…")
    screen.answer("init", {"written": list(files), "variables": variables})


def _write(files: dict[str, str], *, force: bool) -> None:
    there = [name for name in files if Path(name).exists()]
    if there and not force:
        problem = f"{', '.join(there)} would be overwritten; nothing was written"
        raise ConfigurationError(problem, remedy="use another folder, or --force")
    for name, text in files.items():
        try:
            Path(name).write_text(text, "utf-8")
        except OSError as error:
            problem = f"{name} cannot be written: {error.strerror}"
            raise ConfigurationError(problem, remedy="use a folder you may write to") from None
