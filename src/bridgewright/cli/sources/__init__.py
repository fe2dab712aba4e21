"""`bridgewright sources`: who delivers to us, why some of it is turned away, and what was missed."""

from __future__ import annotations

from bridgewright.cli.sources.looking import sources
from bridgewright.cli.sources.pausing import pause, pauses, resume
from bridgewright.cli.sources.reconcile import reconcile

for command in (pause, resume, pauses, reconcile):
    sources.add_command(command)

__all__ = ["sources"]
