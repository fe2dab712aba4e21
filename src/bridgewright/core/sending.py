"""What the outbox asks of a store beyond what all items need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.effects import Command, Effect, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.item import Sending
    from bridgewright.core.model.moment import Moment


@dataclass(frozen=True, slots=True)
class MarkSending(Command["Sending | None"]):
    """Write down, before the first byte of an outbox item's call goes out, that it may have happened
    from now on. None when the lease is not held any more, or is past its time: then nothing may be
    sent. `anew` begins with a fresh key, whose lifetime counts from `at`: the provider knows a key for
    `lifetime_s`, None where it has none."""

    item_id: int
    fence: int
    at: Moment
    anew: bool = False
    lifetime_s: float | None = None


@dataclass(frozen=True, slots=True)
class ListLanes(Query[tuple[str, ...]]):
    """The lanes of the outbox that ever held an item, by name."""


Row = tuple["Any", ...]


@dataclass(frozen=True, slots=True)
class Statement(Effect["Row | None"]):
    """One statement, in somebody else's open transaction; its first row, None where there is none.
    Parameters are named, `:name` in the text."""

    sql: str
    values: Mapping[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Joining:
    """What joins a user's transaction to a store: the database's `dialect` (sqlite, postgresql), its
    statements by name, and whether an answer to the statement `join_place` means this very database."""

    dialect: str
    statements: Mapping[str, str]
    is_here: Callable[[Row | None], bool]
    place: str
