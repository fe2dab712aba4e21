"""Which days of history may be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet
    from datetime import date


def droppable(known: Iterable[date], held: AbstractSet[date], before: date) -> tuple[date, ...]:
    """The days that may be dropped whole, oldest first: those before `before` in which nothing is held.

    `held` are days on which something was received that waits, is leased, or is dead: a person, or a
    worker, still needs its payload. Such a day is kept until that has come to its end, however old it
    is; days after it need not wait for it.
    """
    return tuple(sorted(day for day in set(known) if day < before and day not in held))
