"""Words of order: where an item stands among others of its source, and how much of it may run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ORDER_CHARACTERS = 255
"""The longest ordering key or resource that is kept, in characters."""


class Staleness(StrEnum):
    """What becomes of an event that is older than one already handled for the same resource.

    HANDLE: nothing else than of any other. FLAG: its handler is told (`event.stale`). SKIP: it is
    done without its handler, and noted as stale.
    """

    HANDLE = "handle"
    FLAG = "flag"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Rank:
    """Where an item stands among those of its source.

    Of one `order_key` one item runs at a time, the oldest first; None, the default, orders nothing.
    `blocks`: if it dies, later ones of its key wait until a person has decided about it. `resource` is
    what it tells of, None where nobody asks whether it is stale. `high` is claimed before the rest.
    """

    order_key: str | None = None
    blocks: bool = True
    resource: str | None = None
    high: bool = False


ANYWHERE = Rank()
"""Of an item that nobody ordered."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Events of a source that are meant: those whose type fits `pattern` and none of `but`."""

    source: str
    pattern: str = "*"
    but: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cap:
    """How many items within `reaches`, together, one claim may take; 0 leaves them all where they are."""

    left: int
    reaches: tuple[Reach, ...]
