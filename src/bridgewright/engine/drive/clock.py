"""The clock and the dice of the running process."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Callable

_NANOSECONDS_IN_MICROSECOND = 1_000


def now() -> Moment:
    """The current moment, from the system clock."""
    return Moment(time.time_ns() // _NANOSECONDS_IN_MICROSECOND)


@dataclass(frozen=True, slots=True)
class Chance:
    """Where journeys get time and draws from; tests give scripted ones."""

    now: Callable[[], Moment] = now
    roll: Callable[[], float] = field(default=random.random)
