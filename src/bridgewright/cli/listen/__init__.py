"""`bridgewright listen`: what came in at a running server, forwarded to the machine of a developer."""

from __future__ import annotations

from bridgewright.cli.listen.command import listen

__all__ = ["listen"]
