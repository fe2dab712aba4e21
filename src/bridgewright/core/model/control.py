"""Words of control: a pause, what was forgotten, what was erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.core.model.moment import Moment

EVERYTHING = ""
"""The source of a pause that holds all of them."""
ERASED_BODY = b'{"erased": true}'
"""What stands in the place of a payload that was erased."""
ERASED_HEADER = "bridgewright-erased"
"""The only header field that is left then. No connector keeps one of this name."""


@dataclass(frozen=True, slots=True)
class PauseRow:
    """One pause: what is held (`source` is empty for everything), since when, by whom and why."""

    source: str
    pattern: str
    at: Moment
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retained:
    """What one turn of retention did: how many items are gone, and whether there is more to look at."""

    gone: int
    more: bool


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did: `looked_at` so many items, `erased` those that matched; `unfinished` matched
    and were left alone, because they are waiting or leased."""

    looked_at: int
    erased: tuple[int, ...]
    unfinished: tuple[int, ...]
