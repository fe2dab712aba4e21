"""Limiter: when the next unit may be sent so that no quota is exceeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.numbers import Quota


class Limiter:
    """Spaces units evenly; the caller holds the lock."""

    __slots__ = ("_next", "_spacing")

    def __init__(self, quotas: Sequence[Quota], *, share: int = 1, started: Ticks) -> None:
        self._spacing = max(int(q.window_s * NS_PER_S * share / q.limit) + 1 for q in quotas)
        self._next = started

    def reserve(self, now: Ticks, cost: int = 1) -> Ticks:
        """The tick at which `cost` units may be sent; they are taken."""
        at = max(now, self._next)
        self._next = at + cost * self._spacing
        return at

    def undo(self, at: Ticks, cost: int = 1) -> None:
        """Give back the newest reservation."""
        if self._next == at + cost * self._spacing:
            self._next = at
