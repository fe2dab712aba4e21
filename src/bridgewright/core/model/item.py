"""Words of durable work: an item, its states, the lease it is worked under, and how it may end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import Origin

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Coverage
    from bridgewright.core.model.moment import Moment


class State(StrEnum):
    """Where an item is. Exactly one state at any instant; the moves are in `core.lifecycle.states`."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Cause(StrEnum):
    """Why a dead letter is dead. Stable codes: they are stored, filtered by and documented.

    AMBIGUOUS: a call of its handler may have happened and must not be made again without knowing.
    """

    EXHAUSTED = "exhausted"
    PERMANENT = "permanent"
    AMBIGUOUS = "ambiguous"
    POISONED = "poisoned"
    UNHANDLED = "unhandled"
    UNREADABLE = "unreadable"


class Kind(StrEnum):
    """What an item is: an event that came in (inbox), or a call that is to go out (outbox)."""

    INBOX = "inbox"
    OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Item:
    """One unit of durable work, as stored: written once, never changed.

    What changes (state, attempts, lease) lives apart from it, so that the payload is append-only.
    `replays` is the item of which this one is a replay.
    """

    id: int
    source: str
    event_type: str
    key: str
    body: bytes = field(repr=False)
    received_at: Moment
    coverage: Coverage
    event_id: str | None = None
    occurred_at: Moment | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    origin: Origin = Origin.DELIVERED
    replays: int | None = None
    kind: Kind = Kind.INBOX


@dataclass(frozen=True, slots=True)
class Sending:
    """What is known of the calls that were made for an outbox item.

    `first_at` is when its key was first given to the provider, from which the key's lifetime counts;
    `last_at` when the latest call began. `open` says that nobody knows whether that call happened. `turn`
    counts the keys it has had: a person who puts a dead letter back may begin with a fresh one.
    """

    first_at: Moment
    last_at: Moment
    open: bool
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one item until an instant.

    `fence` grows with every claim of the item: a settlement under an older number is refused, so a
    worker that was only slow cannot overwrite what its successor did. `attempt` counts from 1 and
    is counted when the item is claimed.
    """

    item_id: int
    fence: int
    attempt: int
    until: Moment


@dataclass(frozen=True, slots=True)
class Claimed:
    """An item and the lease it was claimed under; and what an outbox item has sent already. `resource`
    is what its event tells of, where somebody asks whether that is `stale`: older than one of the same
    resource that was handled."""

    item: Item
    lease: Lease
    sending: Sending | None = None
    resource: str | None = None
    stale: bool = False

    @property
    def tells(self) -> tuple[str, Moment] | None:
        """The resource that is known better once this is handled, and since when it was so."""
        at = self.item.occurred_at
        return None if self.resource is None or at is None else (self.resource, at)


@dataclass(frozen=True, slots=True)
class Called:
    """An outgoing call as a failed attempt keeps it: no URL, no header, no payload. `phase` is how far
    its last attempt came, `code` the provider's own error code where its exception has one."""

    provider: str
    operation: str
    outcome: str
    attempts: int = 0
    status: int | None = None
    phase: str = ""
    code: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed, in words that may be kept: `kind` is the exception's type, `where` the
    handler's line, `text` what its author said on purpose (the message of a foreign exception may
    hold personal data and is withheld unless settings allow it). `problem` and `title` say which others
    failed alike (`core.lifecycle.fingerprint`), `call` which call's failure it was."""

    kind: str
    where: str = ""
    text: str = ""
    problem: str = ""
    title: str = ""
    call: Called | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    """The handler returned, or was not needed for the reason in `note`: the item is done. `result` is
    what is kept of a call's answer, at most 128 characters: the provider's id of what it made."""

    result: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed and another is due at `due_at`."""

    due_at: Moment
    failure: Failure


@dataclass(frozen=True, slots=True)
class Bury:
    """The item is a dead letter, for `cause`."""

    cause: Cause
    failure: Failure


@dataclass(frozen=True, slots=True)
class Release:
    """The attempt did not run (the worker is stopping): the item waits again, the attempt uncounted."""


Resolution = Complete | Retry | Bury | Release
