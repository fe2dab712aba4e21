"""What an operator may ask of a store: pause and resume, cancel, keep for a time, erase, read on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.effects import Command, Query

if TYPE_CHECKING:
    from bridgewright.core.model.control import PauseRow, Retained
    from bridgewright.core.model.item import Item
    from bridgewright.core.model.listening import Frontier
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import ItemDetail, ItemRow


@dataclass(frozen=True, slots=True)
class PauseWork(Command["PauseRow"]):
    """Claim nothing more of a source whose type fits `pattern`, or of any source (EVERYTHING), until it
    is resumed. What is leased is finished; what comes in waits. Pausing again changes nothing: the
    first pause is the answer."""

    source: str
    pattern: str
    reason: str
    actor: str
    at: Moment


@dataclass(frozen=True, slots=True)
class ResumeWork(Command["PauseRow"]):
    """End one pause, named as it was made; `NotFound` when there is none."""

    source: str
    pattern: str
    reason: str
    actor: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Cancel(Command["ItemRow"]):
    """A person decides that a waiting item, or a dead letter, is never handled. `NotFound` when there is
    no such item, `Refused` for one that is leased (its handler may be running) or finished."""

    item_id: int
    reason: str
    actor: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Retain(Command["Retained"]):
    """Forget what ended well, or was cancelled, longer ago than its source keeps it (pairs of source and
    seconds), item and payload. Looks at `limit` finished items at most, from where it last ended: what
    is waiting, leased or dead is not among them."""

    keep_s: tuple[tuple[str, float], ...]
    at: Moment
    limit: int = 5_000


@dataclass(frozen=True, slots=True)
class Erase(Command[tuple[int, ...]]):
    """Replace the payload of these items for good, with one audit row; the numbers of those erased. The
    rest is waiting or leased, was erased before, or is not there."""

    item_ids: tuple[int, ...]
    reason: str
    actor: str
    at: Moment


@dataclass(frozen=True, slots=True)
class ListPauses(Query["tuple[PauseRow, ...]"]):
    """What is paused now, the oldest pause first."""


@dataclass(frozen=True, slots=True)
class ReadOn(Query["tuple[ItemDetail, ...]"]):
    """The next items of a source with their payloads, oldest first, newer than item `after`; neither
    their attempts nor their audit. `payload_bytes` ends a page early, after the item that exceeds it."""

    source: str
    after: int
    limit: int
    payload_bytes: int = 16_777_216


@dataclass(frozen=True, slots=True)
class FindFrontier(Query["Frontier"]):
    """How far numbers were given out, and who may still put an item in under one of them. Numbers are
    taken before they are committed: an item may appear below one that is there already."""


@dataclass(frozen=True, slots=True)
class FindBefore(Query[int]):
    """The highest number of an item that was received before `at`, 0 where there is none."""

    at: Moment


@dataclass(frozen=True, slots=True)
class ReadIn(Query["tuple[Item, ...]"]):
    """What came in at a source (not what goes out), oldest first: newer than item `after`, none newer
    than `upto`. `payload_bytes` ends a page early, after the item that exceeds it."""

    source: str
    after: int
    upto: int
    limit: int
    payload_bytes: int
