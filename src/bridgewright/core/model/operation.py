"""Words of the operator: what is selected, planned and shown. No payload unless asked for one item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import Origin
from bridgewright.core.model.item import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.finding import Finding
    from bridgewright.core.model.inbound import Reason
    from bridgewright.core.model.item import Called, Cause, Item, Sending, State
    from bridgewright.core.model.moment import Moment


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items are meant: every condition that is set must hold; none set means all.

    `event_type` is a pattern as handlers use it (`invoice.*`). `since` and `until` bound the instant
    an item was received: since included, until excluded. `cause` and `problem` (its id) are those of
    dead letters.
    """

    ids: tuple[int, ...] = ()
    source: str | None = None
    event_type: str | None = None
    state: State | None = None
    cause: Cause | None = None
    since: Moment | None = None
    until: Moment | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One line of a list: an item's identity and where it stands. `result` is what is kept of the
    answer to an outbox item's call. `note` says what else there is to say: `stale` of one that was
    skipped, `parked` of one that waits for its turn within its key."""

    id: int
    source: str
    event_type: str
    event_id: str | None
    received_at: Moment
    state: State
    attempts: int
    cause: Cause | None = None
    failure: str = ""
    due_at: Moment | None = None
    settled_at: Moment | None = None
    origin: Origin = Origin.DELIVERED
    problem: str | None = None
    replays: int | None = None
    kind: Kind = Kind.INBOX
    result: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt that did not succeed: `lost` means its worker never said how it ended. `call` is the
    outgoing call whose failure ended it, if one did."""

    number: int
    ended_at: Moment
    outcome: str
    failure: str = ""
    call: Called | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """What was done to an item, or by a plan, and why; of how many `items` it moved, `skipped` others."""

    at: Moment
    actor: str
    action: str
    reason: str
    plan_id: int | None = None
    items: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """Everything known of one item. `sending` is what an outbox item has sent."""

    row: ItemRow
    item: Item = field(repr=False)
    attempts: tuple[AttemptRow, ...] = ()
    audit: tuple[AuditRow, ...] = ()
    sending: Sending | None = None


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """One rejected delivery: when, which source, why; its bytes were not kept. `finding` explains it,
    None where nobody looked: of a flood only a few are looked into."""

    id: int
    source: str
    at: Moment
    reason: Reason
    detail: str
    body_bytes: int
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key by its reference: since when it is known here, how many deliveries it verified, and when
    the last of them came."""

    name: str
    seen_at: Moment
    hits: int = 0
    used_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as the store knows it: since when, when its last delivery that verified came, and since
    when it has been silent, if somebody was told so."""

    source: str
    seen_at: Moment
    heard_at: Moment | None = None
    silent_at: Moment | None = None
    keys: tuple[KeyRow, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker as it last reported itself; `patterns` are its handlers: source and pattern."""

    id: str
    host: str
    pid: int
    sources: tuple[str, ...]
    started_at: Moment
    seen_at: Moment
    stopped: bool
    patterns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceCount:
    """Counts of one source since the store was made (deliveries, replays) and right now (items)."""

    source: str
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    waiting: int = 0
    leased: int = 0
    done: int = 0
    dead: int = 0
    cancelled: int = 0
    oldest_waiting_at: Moment | None = None
    replayed: int = 0


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """The oldest transaction that is open in the database, whoever's: until it ends, nothing that was
    finished since it began can be cleaned up. `who` names its process and application, no statement."""

    who: str
    age_s: float


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the whole store on one screen. `broken_promises` names each way in which this
    store would not survive what Bridgewright promises to survive; empty is good. `pending` are the
    halves of migrations that wait for the end of the previous release. `oldest_transaction` is None
    where the store has the database to itself."""

    store: str
    sources: tuple[SourceCount, ...] = ()
    dead_by_cause: Mapping[str, int] = field(default_factory=dict)
    workers: tuple[WorkerRow, ...] = ()
    broken_promises: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    oldest_transaction: OpenTransaction | None = None
