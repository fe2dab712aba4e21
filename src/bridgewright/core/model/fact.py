"""Facts: what happened, told sideways to observers. Nothing in a fact is a secret or a payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.core.model.call import Attempt, Outcome
    from bridgewright.core.model.inbound import Reason
    from bridgewright.core.model.item import Cause
    from bridgewright.core.model.reconciling import Ended


@dataclass(frozen=True, slots=True)
class DeliveryAccepted:
    """Events of one delivery are on disk; `duplicates` of them were there before.

    `key_name` is the reference of the key that verified it. `elapsed_s` is how long it took from the
    moment the delivery had come until its answer was ready, `deadline_share` what share that is of
    the time its provider waits, None where that is not known.
    """

    source: str
    item_ids: tuple[int, ...]
    duplicates: int
    key: int
    key_name: str = ""
    elapsed_s: float = 0.0
    deadline_share: float | None = None


@dataclass(frozen=True, slots=True)
class DeadlineNear:
    """An answer took more than half of the time that its provider waits for it."""

    source: str
    elapsed_s: float
    deadline_s: float
    deadline_share: float


@dataclass(frozen=True, slots=True)
class SourceSilent:
    """Nothing that verified has come to a source for longer than its settings expect. Told once."""

    source: str
    gap_s: float
    longest_gap_s: float


@dataclass(frozen=True, slots=True)
class SourceHeard:
    """A source that had fallen silent was sent something again, after about `gap_s`."""

    source: str
    gap_s: float


@dataclass(frozen=True, slots=True)
class DeliveryRejected:
    """A delivery did not verify; nothing was executed, its body was not stored."""

    source: str
    reason: Reason
    body_bytes: int


@dataclass(frozen=True, slots=True)
class DeliveryRefused:
    """A delivery was turned away before verification (`status` 404, 405, 408 or 413)."""

    source: str | None
    status: int


@dataclass(frozen=True, slots=True)
class EventSkipped:
    """An event was done without its handler: a newer one of the same resource was handled before it."""

    item_id: int
    source: str
    event_type: str


@dataclass(frozen=True, slots=True)
class KeyMissing:
    """A key that a delivery is verified with could not be fetched; the sender was told to come back."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The store could not do `operation`; the sender was told to come back."""

    operation: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A handler is about to run."""

    item_id: int
    source: str
    event_type: str
    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """An attempt ended and its settlement is on disk. `outcome` is done, retry, dead or released."""

    item_id: int
    source: str
    event_type: str
    attempt: int
    outcome: str
    elapsed_s: float
    failure: str = ""
    cause: Cause | None = None
    retry_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class LeaseLost:
    """A settlement came under an old lease and was refused: another worker has the item."""

    item_id: int
    source: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ItemPoisoned:
    """An item took its workers down too often and was buried unheard."""

    item_id: int


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """A worker began to claim."""

    worker: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkerStopped:
    """A worker ended well; `released` items went back unattempted."""

    worker: str
    released: int


@dataclass(frozen=True, slots=True)
class NothingClaims:
    """Handlers are registered and items may come, but no worker claims: they will only wait."""

    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LaneClosed:
    """Outbox items wait in a lane that this worker cannot send from, and why: a secret or a package
    is missing, or nothing is registered. Told once for each reason."""

    lane: str
    why: str


@dataclass(frozen=True, slots=True)
class PlanAdvanced:
    """Items of a plan had their turn: `put_back` of them wait again."""

    plan_id: int
    put_back: int
    remaining: int


@dataclass(frozen=True, slots=True)
class PlanExtended:
    """A plan is being frozen, and names `total` items by now."""

    plan_id: int
    total: int


@dataclass(frozen=True, slots=True)
class PlanPaused:
    """A plan paused by itself: its canary, or too many of those it put back, failed."""

    plan_id: int
    why: str


@dataclass(frozen=True, slots=True)
class EventsReconciled:
    """A provider was asked what we missed: `asked` events it told of, `taken_in` are new."""

    source: str
    asked: int
    taken_in: int
    already_there: int
    ended: Ended
    why: str = ""


@dataclass(frozen=True, slots=True)
class CallAttempted:
    """One attempt of a call is over: what was sent, what came back, what was decided.

    Everything is redacted: header values by allow-list (`None` stands for a value withheld), the
    URL without its secrets, bodies only when asked for, and then cut and redacted.
    """

    connector: str
    account: str
    operation: str
    call_id: str
    method: str
    url: str
    attempt: Attempt
    request_headers: tuple[tuple[str, str | None], ...]
    request_bytes: int | None
    response_headers: tuple[tuple[str, str | None], ...] = ()
    response_bytes: int | None = None
    request_body: str | None = None
    response_body: str | None = None


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call ended. `refused_by` names the rule of ours that kept it back, if one did."""

    connector: str
    account: str
    operation: str
    call_id: str
    outcome: Outcome
    attempts: int
    elapsed_s: float
    status: int | None = None
    request_id: str | None = None
    refused_by: str = ""


@dataclass(frozen=True, slots=True)
class BreakerMoved:
    """A breaker changed its state (closed, open, half_open, forced_open)."""

    connector: str
    account: str
    host: str
    group: str
    before: str
    after: str
    reason: str
    open_for_s: float | None = None


@dataclass(frozen=True, slots=True)
class ThrottleClosed:
    """The provider asked us to stay away: calls of this scope wait, or are put off."""

    connector: str
    account: str
    host: str
    group: str
    for_s: float
    rule: str


@dataclass(frozen=True, slots=True)
class GateLost:
    """The gate that processes share does not answer. Until it does, calls keep to this process's share
    of each limit (`outage` is local), or none is sent (refuse). `workers` is how many processes asked
    within the last minute before. Told once for each outage."""

    outage: str
    workers: int
    text: str


@dataclass(frozen=True, slots=True)
class GateRegained:
    """The gate that processes share answers again, after about `after_s`."""

    after_s: float


Fact = (
    DeliveryAccepted
    | DeadlineNear
    | SourceSilent
    | SourceHeard
    | DeliveryRejected
    | DeliveryRefused
    | KeyMissing
    | StoreFailed
    | AttemptStarted
    | EventSkipped
    | AttemptEnded
    | LeaseLost
    | ItemPoisoned
    | WorkerStarted
    | WorkerStopped
    | NothingClaims
    | LaneClosed
    | PlanAdvanced
    | PlanExtended
    | PlanPaused
    | EventsReconciled
    | CallAttempted
    | CallEnded
    | BreakerMoved
    | ThrottleClosed
    | GateLost
    | GateRegained
)
