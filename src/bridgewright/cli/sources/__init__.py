"""`bridgewright sources`: where deliveries come in, and what was missed there."""

from __future__ import annotations

import click

from bridgewright.cli.sources.reconcile import reconcile


@click.group()
def sources() -> None:
    """Look after the endpoints that providers deliver to."""


sources.add_command(reconcile)
