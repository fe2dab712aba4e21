"""What a driver has to do next for a call."""

from __future__ import annotations

from enum import IntEnum


class Step(IntEnum):
    """What the driver has to do now."""

    SEND = 0
    """Send `call.request` within `call.limits()`, then `apply`."""
    WAIT = 1
    """Wait until `call.wake_at`, then ask again."""
    PARK = 2
    """Wait until `call.ticket` is woken or `call.deadline` has come, then ask again."""
    END = 3
    """The call is over; nothing was sent."""


SEND, WAIT, PARK, END = Step
