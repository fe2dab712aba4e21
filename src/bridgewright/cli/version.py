"""`bridgewright version`."""

from __future__ import annotations

import platform
import sqlite3

import click

from bridgewright import __version__
from bridgewright.cli import options
from bridgewright.cli.screen import Screen


@click.command(epilog="JSON: version, python, sqlite.")
@options.as_json
def version(*, as_json: bool) -> None:
    """Print the version of Bridgewright."""
    screen = Screen(as_json)
    screen.say(f"bridgewright {__version__}")
    found = {
        "version": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    screen.answer("version", found)
