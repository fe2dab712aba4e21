"""`bridgewright engineer`: the work around an integration, by plain commands and by a model."""

from __future__ import annotations

import click

from bridgewright.cli.engineer.deliver import deliver
from bridgewright.cli.engineer.explain import explain
from bridgewright.cli.engineer.journal import journal
from bridgewright.cli.engineer.lint import lint
from bridgewright.cli.engineer.plan import plan
from bridgewright.cli.engineer.resume import resume
from bridgewright.cli.engineer.run import run
from bridgewright.cli.engineer.sync import sync
from bridgewright.cli.engineer.verify import verify


@click.group()
def engineer() -> None:
    """Plan the work on an integration, keep its branch up to date, verify it, and deliver it."""


for command in (lint, explain, plan, sync, verify, deliver, run, resume, journal):
    engineer.add_command(command)

__all__ = ["engineer"]
