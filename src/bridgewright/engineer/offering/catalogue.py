"""The tools that are offered. None of them redrives, replays, cancels, erases or changes what a bridge
holds, none runs a shell, and none takes a person's consent from an agent (`--recreate`, `accept`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.offering.delivering import DELIVERING
from bridgewright.engineer.offering.looking import LOOKING
from bridgewright.engineer.offering.making import MAKING
from bridgewright.engineer.offering.reporting import FINDINGS, PLAN

if TYPE_CHECKING:
    from bridgewright.engineer.offering.tool import Tool


def tools() -> tuple[Tool, ...]:
    """Every tool, in the order that work goes."""
    return (*PLAN, *MAKING, *FINDINGS, *DELIVERING, *LOOKING)
