"""The journeys of a worker: claim, attempt, and the chores that keep its promises."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from bridgewright.core.effects import (
    Claim,
    Claims,
    Enlist,
    Invoke,
    Now,
    Pause,
    Raised,
    Ran,
    Renew,
    Returned,
    Roll,
    Settle,
    Sweep,
    Writes,
    ask,
)
from bridgewright.core.errors import StoreClosed, StoreError, TransactionFailed
from bridgewright.core.lifecycle import burial
from bridgewright.core.lifecycle.burial import RetryPolicy
from bridgewright.core.model.fact import (
    AttemptEnded,
    AttemptStarted,
    EventSkipped,
    Fact,
    ItemPoisoned,
    LeaseLost,
    StoreFailed,
)
from bridgewright.core.model.item import (
    Bury,
    Cause,
    Claimed,
    Complete,
    Failure,
    Kind,
    Release,
    Resolution,
    Retry,
)
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.model.ranking import Staleness
from bridgewright.engine import plans
from bridgewright.engine.drive.handlers import is_async
from bridgewright.engine.drive.rules import ERASED, STALE, Rules, is_erased

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.effects import Journey
    from bridgewright.core.lifecycle.routes import Routes
    from bridgewright.core.ports import Observer

FAREWELL_S = 1.0
"""How long a worker that stops tries to give back what it cuts off; the lease does it otherwise."""
SETTLE_AGAIN_S = 0.5
"""Pause before a settlement that the store could not take is tried again."""


class Sent(Protocol):
    """How an attempt at an outbox item is to be settled; see `engine.outbox.Settled`."""

    @property
    def resolution(self) -> Resolution: ...

    @property
    def at(self) -> Moment: ...

    @property
    def elapsed_s(self) -> float: ...

    @property
    def unsent(self) -> bool: ...


class Outbox(Protocol):
    """What makes the calls of outbox items; injected, for a journey knows no other."""

    def lanes(self) -> tuple[str, ...]: ...

    def learn(self) -> Journey[None]: ...

    def attempt(self, claimed: Claimed, policy: RetryPolicy) -> Journey[Sent | None]: ...


@dataclass(frozen=True, slots=True)
class Duty:
    """What one worker is there for: who it is, what it claims, by which rules; and its journeys.

    `lease_s` is how long an item is kept from others without a sign of life (60 s: a dead worker's
    items wait no longer than that; living workers renew). `policies` overrides `policy` by source.
    `watch` looks whether sources are silent, each time this worker tidies. `outbox` makes the calls of
    outbox items; without it none are claimed. `rules` say how much may run, what is stale, and how long
    what is finished is kept.
    """

    worker: str
    host: str
    pid: int
    sources: tuple[str, ...]
    routes: Routes
    tell: Observer
    lease_s: float = 60.0
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    policies: Mapping[str, RetryPolicy] = field(default_factory=lambda: MappingProxyType({}))
    watch: Callable[[], Journey[None]] | None = None
    outbox: Outbox | None = None
    rules: Rules = field(default_factory=Rules)

    @property
    def claims(self) -> tuple[str, ...]:
        """What this worker claims by now: its sources, and the lanes of the outbox it can serve."""
        return self.sources if self.outbox is None else (*self.sources, *self.outbox.lanes())

    def claim(self, limit: int, *, alone: bool = True) -> Journey[Claims]:
        """Lease up to `limit` due items; `alone` says that this worker holds no others."""
        now = yield from ask(Now())
        rules = self.rules
        command = Claim(
            self.worker, self.claims, limit, self.lease_s, now, alone, rules.caps(now), rules.turn
        )
        claims = yield from ask(command)
        for item_id in claims.poisoned:
            self.tell(ItemPoisoned(item_id))
        return rules.claimed(claims, now)

    def ended(self, claimed: Claimed) -> None:
        """An item is no longer held: make room for others like it."""
        self.rules.ended(claimed)

    def attempt(self, claimed: Claimed) -> Journey[None]:
        """Run the handler of one claimed item and settle what came of it."""
        item, lease = claimed.item, claimed.lease
        if item.kind is Kind.OUTBOX and self.outbox is not None:
            yield from self._send(claimed, self.outbox)
            return
        handler = self.routes.find(item.source, item.event_type)
        overdue = burial.overdue(lease.attempt, self._policy(item.source))
        if overdue is not None:
            yield from self._bury(claimed, overdue)
        elif is_erased(item):
            yield from self._bury(claimed, ERASED)
        elif claimed.stale and self.rules.staleness(item.source) is Staleness.SKIP:
            now = yield from ask(Now())
            self.tell(EventSkipped(item.id, item.source, item.event_type))
            yield from self._settle(claimed, Complete(note=STALE), now, 0.0)
        elif handler is None:
            patterns = self.routes.patterns(item.source)
            yield from self._bury(claimed, burial.unhandled(item.event_type, patterns))
        else:
            self.tell(AttemptStarted(item.id, item.source, item.event_type, lease.attempt))
            ran = yield from ask(Invoke(handler, claimed))
            yield from self._resolve(claimed, ran)

    def abandon(self, claimed: Claimed) -> Journey[None]:
        """Settle an attempt that was cut off because this worker stops: another is due at once.

        A blocking handler cannot be cut off: its thread may still be at it, so its item stays leased
        and is due again only when the lease runs out.
        """
        handler = self.routes.find(claimed.item.source, claimed.item.event_type)
        if claimed.item.kind is Kind.OUTBOX:
            return  # a call that may be under way is nobody's to give back
        if handler is not None and not is_async(handler):
            return
        now = yield from ask(Now())
        text = "the worker stopped before the handler had ended"
        resolution: Resolution = Retry(now, Failure(kind="WorkerStopped", text=text))
        if claimed.lease.attempt >= self._policy(claimed.item.source).max_attempts:
            resolution = Release()  # a deployment must not use up the last attempt
        yield from self._settle(claimed, resolution, now, 0.0, patience_s=FAREWELL_S)

    def broke(self, claimed: Claimed, error: Exception) -> Journey[None]:
        """Settle an attempt that a fault outside its handler ended, as a failed one."""
        now = yield from ask(Now())
        failure = Failure(kind=type(error).__name__, text="the attempt broke down")
        yield from self._resolve(claimed, Ran(Raised(failure), now, 0.0))

    def release(self, claimed: Claimed) -> Journey[None]:
        """Give back an item that was claimed and not begun."""
        now = yield from ask(Now())
        yield from self._settle(claimed, Release(), now, 0.0)

    def renew(self, leases: tuple[tuple[int, int], ...]) -> Journey[tuple[int, ...]]:
        """Prolong the leases of what is still being worked on."""
        if not leases:
            return ()
        now = yield from ask(Now())
        return (yield from ask(Renew(leases, self.lease_s, now)))

    def enlist(self, *, stopped: bool = False) -> Journey[None]:
        """Say that this worker is alive, or that it has ended."""
        now = yield from ask(Now())
        patterns = tuple(
            (source, pattern)
            for source in self.sources
            for pattern in sorted(self.routes.patterns(source))
        )
        who = self.worker, self.host, self.pid, self.claims
        yield from ask(Enlist(*who, now, stopped, patterns))

    def tidy(self) -> Journey[None]:
        """Forget what is past its time, and look whether sources are silent."""
        now = yield from ask(Now())
        yield from ask(Sweep(now))
        if self.outbox is not None:
            yield from self.outbox.learn()
        yield from self.rules.retain(now)
        if self.watch is not None:
            yield from self.watch()

    def carry_on(self) -> Journey[None]:
        """Carry on the plans that somebody left freezing or running."""
        yield from plans.carry_on(self.tell)

    def failed(self, errand: str, error: StoreError) -> None:
        """Tell that the store could not do an errand; it will be run again."""
        self.tell(StoreFailed(errand, error.code, str(error)))

    def _policy(self, source: str) -> RetryPolicy:
        return self.policies.get(source, self.policy)

    def _send(self, claimed: Claimed, outbox: Outbox) -> Journey[None]:
        item, lease = claimed.item, claimed.lease
        self.tell(AttemptStarted(item.id, item.source, item.event_type, lease.attempt))
        settled = yield from outbox.attempt(claimed, self._policy(item.source))
        if settled is None:
            self.tell(LeaseLost(item.id, item.source, lease.attempt))
            return
        yield from self._settle(
            claimed, settled.resolution, settled.at, settled.elapsed_s, unsent=settled.unsent
        )

    def _bury(self, claimed: Claimed, bury: Bury) -> Journey[None]:
        now = yield from ask(Now())
        yield from self._settle(claimed, bury, now, 0.0)

    def _resolve(self, claimed: Claimed, ran: Ran) -> Journey[None]:
        resolution: Resolution = Complete()
        if isinstance(ran.handled, Returned) and ran.handled.settled is not None:
            self._tell(claimed, resolution, ran.ended_at, ran.elapsed_s, kept=ran.handled.settled)
            return
        if isinstance(ran.handled, Returned) and ran.handled.writes:
            yield from self._settle_with(claimed, ran, ran.handled.writes)
            return
        if isinstance(ran.handled, Raised):
            roll = yield from ask(Roll())
            policy = self._policy(claimed.item.source)
            attempt = claimed.lease.attempt
            resolution = burial.resolve(ran.handled, attempt, policy, ran.ended_at, roll)
            if isinstance(resolution, Bury) and claimed.item.kind is Kind.OUTBOX:
                # Its attempt broke down somewhere: nobody knows whether it had sent by then.
                resolution = Bury(Cause.AMBIGUOUS, resolution.failure)
        yield from self._settle(claimed, resolution, ran.ended_at, ran.elapsed_s)

    def _settle_with(self, claimed: Claimed, ran: Ran, writes: Writes) -> Journey[None]:
        """Settle with what the handler wrote; where that cannot be applied, the attempt has failed."""
        try:
            yield from self._settle(claimed, Complete(), ran.ended_at, ran.elapsed_s, writes=writes)
        except TransactionFailed as error:
            failure = Failure(kind=type(error).__name__, text=str(error))
            yield from self._resolve(claimed, replace(ran, handled=Raised(failure)))

    def _settle(  # noqa: PLR0913 - all that a settlement is made of
        self,
        claimed: Claimed,
        resolution: Resolution,
        at: Moment,
        elapsed_s: float,
        patience_s: float | None = None,
        *,
        writes: Writes = (),
        unsent: bool = False,
    ) -> Journey[None]:
        item, lease = claimed.item, claimed.lease
        handled = claimed.tells if isinstance(resolution, Complete) else None
        command = Settle(item.id, lease.fence, resolution, at, writes, unsent, handled)
        while True:
            try:
                kept = yield from ask(command)
            except StoreError as error:
                # The handler has run: hold on to its result for as long as the lease may hold.
                self.failed("settle", error)
                now = yield from ask(Now())
                limit_s = self.lease_s if patience_s is None else patience_s
                if isinstance(error, StoreClosed) or seconds_between(at, now) > limit_s:
                    return
                yield from ask(Pause(SETTLE_AGAIN_S))
            else:
                break
        self._tell(claimed, resolution, at, elapsed_s, kept=kept)

    def _tell(
        self, claimed: Claimed, resolution: Resolution, at: Moment, elapsed_s: float, *, kept: bool
    ) -> None:
        if kept:
            self.tell(_ended(claimed, resolution, at, elapsed_s))
        else:
            item = claimed.item
            self.tell(LeaseLost(item.id, item.source, claimed.lease.attempt))


def _ended(claimed: Claimed, resolution: Resolution, at: Moment, elapsed_s: float) -> Fact:
    cause = resolution.cause if isinstance(resolution, Bury) else None
    failure = resolution.failure if isinstance(resolution, Bury | Retry) else None
    retry_in_s = seconds_between(at, resolution.due_at) if isinstance(resolution, Retry) else None
    return AttemptEnded(
        item_id=claimed.item.id,
        source=claimed.item.source,
        event_type=claimed.item.event_type,
        attempt=claimed.lease.attempt,
        outcome=_OUTCOMES[type(resolution)],
        elapsed_s=elapsed_s,
        failure="" if failure is None else _line(failure),
        cause=cause,
        retry_in_s=retry_in_s,
    )


_OUTCOMES: Mapping[type[Resolution], str] = {
    Complete: "done",
    Release: "released",
    Retry: "retry",
    Bury: "dead",
}


def _line(failure: Failure) -> str:
    return " at ".join(part for part in (failure.kind, failure.where) if part)
