"""Words of listening: how far numbers were given out, and a stretch of what came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.core.model.item import Item


@dataclass(frozen=True, slots=True)
class Frontier:
    """`last` is the highest number that was given to an item, or to one that never came to be. `under_way`
    names the transactions that have taken a number and may still put an item in: once none of them is
    open any more, nothing up to `last` comes later."""

    last: int
    under_way: frozenset[str] = frozenset()

    def is_settled(self, seen_later: Frontier) -> bool:
        """Whether all that was under way here has ended by the time of a later look."""
        return self.under_way.isdisjoint(seen_later.under_way)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What came in at a source after a number: `items` oldest first, and `reached`, the number after
    which the next stretch begins. `last` is the highest number that was ever given out: who asks beyond
    it speaks of another store. `behind` says that there is more at once. `held`: a transaction that took a
    number is open for longer than one of ours ever is, and nothing goes past it."""

    items: tuple[Item, ...]
    reached: int | None
    last: int
    behind: bool = False
    held: bool = False
