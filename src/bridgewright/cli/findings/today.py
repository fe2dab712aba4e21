"""The day by which acceptances end and pins age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.moment import as_datetime
from bridgewright.engine.drive.clock import now

if TYPE_CHECKING:
    from datetime import date


def today() -> date:
    """The day it is in UTC: the same on every machine that looks at the same commit."""
    return as_datetime(now()).date()
