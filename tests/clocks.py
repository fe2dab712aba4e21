"""Time that tests set."""

from __future__ import annotations

import time

from bridgewright.simulate.clock import WallClock


class SkewedClock:
    """The clock on the wall, ahead of this machine's by `ahead_s`, or behind it when negative."""

    __slots__ = ("ahead_s",)

    def __init__(self, ahead_s: float = 0.0) -> None:
        self.ahead_s = ahead_s

    def now(self) -> float:
        return time.time() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        await WallClock().sleep(seconds)
