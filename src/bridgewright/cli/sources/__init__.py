"""`bridgewright sources`: who delivers to us, why some of it is turned away, and what was missed."""

from __future__ import annotations

from bridgewright.cli.sources.looking import sources
from bridgewright.cli.sources.reconcile import reconcile

sources.add_command(reconcile)

__all__ = ["sources"]
