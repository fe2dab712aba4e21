"""What a journey may ask of the world: frozen values that a driver performs.

A journey is a generator. It yields one effect at a time and receives the effect's result, or the
error the effect ended in. `R` in `Effect[R]` is the type of that result; `ask` carries it to the
type checker.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bridgewright.core.model.inbound import Origin
from bridgewright.core.model.item import Kind
from bridgewright.core.model.moment import Moment
from bridgewright.core.model.operation import (
    ItemDetail,
    ItemRow,
    Overview,
    RejectionRow,
    SourceRow,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Request, Response
    from bridgewright.core.model.finding import Finding
    from bridgewright.core.model.inbound import Coverage, NeedsKey, Notice, Reason
    from bridgewright.core.model.item import Claimed, Failure, Resolution
    from bridgewright.core.model.operation import Selection
    from bridgewright.core.model.ranking import Cap
    from bridgewright.core.model.watching import Turn, Watched

R = TypeVar("R")

Writes = tuple[tuple[str, Any], ...]
"""Statements of a user's, with their parameters."""


class Effect(Generic[R]):
    """One request to the world whose answer is an `R`. The only base class among our values: it
    exists so that a type checker can follow an answer back to what asked for it."""

    __slots__ = ()


Journey = Generator[Effect[Any], Any, R]


def ask(effect: Effect[R]) -> Journey[R]:
    """Yield one effect, and give its answer the type that the effect promises."""
    result: R = yield effect
    return result


@dataclass(frozen=True, slots=True)
class Now(Effect[Moment]):
    """The current moment."""


@dataclass(frozen=True, slots=True)
class Roll(Effect[float]):
    """A number from 0 (included) to 1 (excluded), drawn at random."""


@dataclass(frozen=True, slots=True)
class Pause(Effect[None]):
    """Wait `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Compute(Effect[R]):
    """Run a pure function that takes milliseconds, where it holds up nobody else."""

    work: Callable[[], R]


@dataclass(frozen=True, slots=True)
class PutAside(Effect[bool]):
    """Begin another journey, for which nobody waits, in a thread of its own. `topic` says whose it
    is: of one topic only so many a minute are begun, and of all only so many wait. False when it
    will not be."""

    topic: str
    journey: Journey[None]


@dataclass(frozen=True, slots=True)
class ObtainKey(Effect[object]):
    """The key that a delivery needs, fetched from its provider or remembered. `KeyUnavailable` when
    it cannot be had now."""

    need: NeedsKey


@dataclass(frozen=True, slots=True)
class Visit(Effect[None]):
    """Fetch a URL of the provider's for its effect. `KeyUnavailable` when that fails."""

    url: str


@dataclass(frozen=True, slots=True)
class AskProvider(Effect["Response"]):
    """The answer of a connection's provider to one request, as a call: with its retries, waits and
    deadline. `CallError` when it ends in anything but a success,
    `RetryLater` when its provider asks for a longer wait than the deadline leaves."""

    connection: str
    request: Request


@dataclass(frozen=True, slots=True)
class Invoke(Effect["Ran"]):
    """Run a user's handler on a claimed item. Never raises: what the handler did is the result."""

    handler: Callable[..., Any]
    claimed: Claimed


@dataclass(frozen=True, slots=True)
class Returned:
    """The handler returned.

    `writes` are statements of its `tx` that the settlement applies. `settled` says that its `tx` has
    settled the attempt already: True when it was kept, False when the lease was lost and everything it
    wrote was undone.
    """

    writes: Writes = ()
    settled: bool | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """The handler raised, or ran past its time. `ambiguous`: a call of it may have happened, and to
    run it again could do it twice."""

    failure: Failure
    permanent: bool = False
    ambiguous: bool = False
    after_s: float | None = None


Handled = Returned | Raised


@dataclass(frozen=True, slots=True)
class Ran:
    """How a handler ended, when, and how long it ran."""

    handled: Handled
    ended_at: Moment
    elapsed_s: float


class Command(Effect[R]):
    """An effect on the store: applied in one transaction, answered after it is on disk.

    A command that fails changes nothing and raises `StoreError`.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one notice: the item that holds it, and whether it was there already."""

    item_id: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Accept(Command["tuple[Receipt, ...]"]):
    """Store the events of one verified delivery; each key is stored once within its horizon.

    `unreadable` stores them dead at once, with that text as their failure. `key_name` is the reference
    of the key the delivery was verified by: it is counted, and says that the source was heard. Empty
    where no delivery came: nothing is counted then. `due_at` is when the items may first be claimed; at
    once where it is None.
    """

    source: str
    notices: tuple[Notice, ...]
    coverage: Coverage
    at: Moment
    horizon_s: float
    unreadable: str | None = None
    origin: Origin = Origin.DELIVERED
    key_name: str = ""
    kind: Kind = Kind.INBOX
    due_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Reject(Command[int]):
    """Count a rejected delivery and keep a short row of it, without its body; the row's number."""

    source: str
    reason: Reason
    detail: str
    body_bytes: int
    at: Moment


@dataclass(frozen=True, slots=True)
class Explain(Command[None]):
    """Keep what explains a rejection with its row, if that is still there."""

    rejection_id: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Watch(Command["tuple[Turn, ...]"]):
    """Make sources and keys known from now on, and see which have turned silent, or audible, since
    somebody last looked: each turn is the answer to one command, whoever asks."""

    sources: tuple[Watched, ...]
    at: Moment


@dataclass(frozen=True, slots=True)
class Claim(Command["Claims"]):
    """Lease up to `limit` due items of `sources` until `now + lease_s`, the oldest due first.

    An item that has lost its worker so often that the next loss buries it is a suspect: it is
    leased by itself, to a worker that is `alone` (holds nothing else), so that it can take down
    nobody but itself.

    What is paused, or parked behind an older item of its key, is left where it is. `caps` bound what may
    be taken of some events. High goes before normal priority, but for the places that are normal's own
    (`core.lifecycle.order.share`); `turn` counts what this worker has claimed before.
    """

    worker: str
    sources: tuple[str, ...]
    limit: int
    lease_s: float
    now: Moment
    alone: bool = True
    caps: tuple[Cap, ...] = ()
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Claims:
    """What a claim got: items to work on, those found dead of poison, and when to look again.

    `next_due_at` is the earliest instant at which one of these sources will have something due,
    None when nothing is waiting or leased; what is paused, parked or at its cap does not count.
    `suspects` says that one is leased or due that only a worker that is alone may have: claim nothing
    more until nothing is held. `held_back` says that a cap may keep something from this worker that
    is due.
    """

    claimed: tuple[Claimed, ...] = ()
    poisoned: tuple[int, ...] = ()
    next_due_at: Moment | None = None
    suspects: bool = False
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class Settle(Command[bool]):
    """End an attempt under its lease. False when the lease was lost: then nothing changed.

    `writes` are applied with it, all or none of both: `TransactionFailed` when one of them fails.
    `unsent` says that the call of an outbox item certainly did not happen: its sending is closed, and
    it may be sent again.
    `handled` is the resource of an event that is done, and when it had happened: what is older is stale.
    """

    item_id: int
    fence: int
    resolution: Resolution
    at: Moment
    writes: Writes = ()
    unsent: bool = False
    handled: tuple[str, Moment] | None = None


@dataclass(frozen=True, slots=True)
class Renew(Command[tuple[int, ...]]):
    """Prolong leases (pairs of item and fence) to `now + lease_s`; returns the items it held on to."""

    leases: tuple[tuple[int, int], ...]
    lease_s: float
    now: Moment


@dataclass(frozen=True, slots=True)
class Enlist(Command[None]):
    """Say that a worker is alive, which sources it claims, and which of their types its handlers take
    (pairs of source and pattern); `stopped` says it has ended well."""

    worker: str
    host: str
    pid: int
    sources: tuple[str, ...]
    at: Moment
    stopped: bool = False
    patterns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sweep(Command[int]):
    """Forget what is past its time (dedupe keys, rejections beyond their cap, long-gone workers),
    at most `limit` rows of each; returns how many rows went."""

    at: Moment
    limit: int = 5_000


class Query(Effect[R]):
    """An effect that only reads the store: it may see a state some milliseconds old."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ListItems(Query[tuple[ItemRow, ...]]):
    """The items that match, newest first, at most `limit`, older than item `before` when given."""

    selection: Selection
    limit: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class ShowItem(Query[ItemDetail | None]):
    """One item with its payload and its failed attempts, or None."""

    item_id: int


@dataclass(frozen=True, slots=True)
class KnownKeys(Query[frozenset[str]]):
    """Which of these dedupe keys a source holds already."""

    source: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListRejections(Query[tuple[RejectionRow, ...]]):
    """The newest rejections, of one source or of all."""

    source: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class ShowRejection(Query[RejectionRow | None]):
    """One rejection, or None: only the newest are kept."""

    rejection_id: int


@dataclass(frozen=True, slots=True)
class ListSources(Query[tuple[SourceRow, ...]]):
    """Every source the store knows of, with its keys, by name."""


@dataclass(frozen=True, slots=True)
class Survey(Query[Overview]):
    """Counts per source, the workers seen, and the promises this store keeps."""
