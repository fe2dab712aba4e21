"""`bridgewright redrive`: put dead letters back, by a plan that is looked at first."""

from __future__ import annotations

from bridgewright.cli.redrive.planning import redrive
from bridgewright.cli.redrive.running import abort, pause, report, resume, run

for command in (run, pause, resume, abort, report):
    redrive.add_command(command)

__all__ = ["redrive"]
