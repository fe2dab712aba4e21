"""The journeys of what goes out: an intent is stored, and its call is made, at most once where the
provider recognises no repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.core.effects import (
    Accept,
    Compute,
    Invoke,
    Now,
    Raised,
    Ran,
    Receipt,
    Roll,
    ShowItem,
    ask,
)
from bridgewright.core.errors import Refused, StoreError
from bridgewright.core.lifecycle import burial, outbox
from bridgewright.core.lifecycle.outbox import Failed, Standpoint, Step
from bridgewright.core.model.call import Outcome, Verdict
from bridgewright.core.model.item import Complete, Failure, Retry
from bridgewright.core.sending import ListLanes, MarkSending

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.effects import Journey
    from bridgewright.core.lifecycle.burial import RetryPolicy
    from bridgewright.core.model.call import CallReport
    from bridgewright.core.model.item import Claimed, Item, Resolution, Sending
    from bridgewright.core.model.moment import Moment


class Performance(Protocol):
    """One item's call, ready to be made: how long its key lives, and how the world is asked.

    `perform` and `look` give a function of one event, to be run as a handler is, that leaves its
    result with `note`: what is kept of the answer, None from a look that found nothing.
    """

    @property
    def lifetime_s(self) -> float | None: ...

    @property
    def can_look(self) -> bool: ...

    def perform(self, sending: Sending, note: Note) -> Callable[[Any], Any]: ...

    def look(self, sending: Sending, note: Note) -> Callable[[Any], Any]: ...


@dataclass(slots=True)
class Note:
    """What an attempt leaves behind beside how it ended: its result, or the engine's report on the
    error it raised. `told` says that the author of a function said how to go on."""

    result: str | None = None
    report: CallReport | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt at an outbox item is to be settled."""

    resolution: Resolution
    at: Moment
    elapsed_s: float = 0.0
    unsent: bool = False


class Performers(Protocol):
    """Who can make the calls of which lanes."""

    def known(self) -> tuple[str, ...]:
        """The lanes whose calls can be made here."""
        ...

    def learn(self, lanes: tuple[str, ...]) -> None:
        """See which of these lanes can be served, and make their clients; may block."""
        ...

    def find(self, item: Item) -> Performance:
        """How an item's call is made; `ConfigurationError` where it cannot be."""
        ...


def send(entry: Accept) -> Journey[Receipt]:
    """Store an intent. A key that is there already gives the item that holds it."""
    [receipt] = yield from ask(entry)
    if receipt.duplicate:
        detail = yield from ask(ShowItem(receipt.item_id))
        if detail is not None:
            [notice] = entry.notices
            item = detail.item
            refuse_other(receipt, notice.event_type == item.event_type, notice.body == item.body)
    return receipt


def refuse_other(receipt: Receipt, same_operation: bool, same_arguments: bool) -> None:  # noqa: FBT001 - two answers
    """`Refused` for a key that stands for something else already: to take it for the same would drop
    an intent without a word."""
    if same_operation and same_arguments:
        return
    what = "other arguments" if same_operation else "another operation"
    msg = f"this key belongs to item {receipt.item_id} already, with {what}; nothing was stored"
    raise Refused(f"{msg}: give each intent a key of its own")


@dataclass(frozen=True, slots=True)
class Sender:
    """Makes the calls of claimed outbox items."""

    performers: Performers

    def lanes(self) -> tuple[str, ...]:
        """The lanes whose items may be claimed."""
        return self.performers.known()

    def learn(self) -> Journey[None]:
        """Look for lanes that others have filled meanwhile."""
        known = self.performers.known()
        lanes = yield from ask(ListLanes())
        fresh = tuple(lane for lane in lanes if lane not in known)
        if fresh:
            yield from ask(Compute(lambda: self.performers.learn(fresh)))

    def attempt(self, claimed: Claimed, policy: RetryPolicy) -> Journey[Settled | None]:
        """Make the call, or find out whether it was made; None when the lease was lost before."""
        sending, attempt = claimed.sending, claimed.lease.attempt
        now = yield from ask(Now())
        try:
            performance = self.performers.find(claimed.item)
        except Exception as error:  # noqa: BLE001 - what a deployment lacks is a failed attempt
            failure = Failure(type(error).__name__, text=_text(error))
            return _unperformed(claimed, policy, failure, now)
        step = outbox.next_step(sending, attempt, performance.lifetime_s, now)
        if sending is not None and step in (Step.LOOK, Step.LOOK_FIRST):
            settled = yield from self._look(claimed, performance, sending, policy, step)
            if settled is not None:
                return settled
        overdue = burial.overdue(attempt, policy)
        if overdue is not None:
            if sending is not None and sending.open:
                return Settled(outbox.unclear(looked=False), now)
            return Settled(overdue, now, unsent=True)
        anew = step in (Step.SEND_ANEW, Step.LOOK_FIRST)
        return (yield from self._send(claimed, performance, policy, anew=anew))

    def _look(
        self,
        claimed: Claimed,
        performance: Performance,
        sending: Sending,
        policy: RetryPolicy,
        step: Step,
    ) -> Journey[Settled | None]:
        """Ask the provider. None where nothing was found and a person wants it sent again."""
        if performance.can_look:
            note = Note()
            ran = yield from ask(Invoke(performance.look(sending, note), claimed))
            if note.result is not None:
                return Settled(Complete(note.result), ran.ended_at, ran.elapsed_s)
            if isinstance(ran.handled, Raised):
                roll = yield from ask(Roll())
                return _later(claimed, policy, ran.handled, ran.ended_at, roll)
        if step is Step.LOOK_FIRST:
            return None
        now = yield from ask(Now())
        return Settled(outbox.unclear(looked=performance.can_look), now)

    def _send(
        self, claimed: Claimed, performance: Performance, policy: RetryPolicy, *, anew: bool
    ) -> Journey[Settled | None]:
        item, lease, before = claimed.item, claimed.lease, claimed.sending
        now = yield from ask(Now())
        try:
            sending = yield from ask(
                MarkSending(item.id, lease.fence, now, anew, performance.lifetime_s)
            )
        except StoreError as error:
            # Nothing went out, whether the mark was written or not.
            failure = Failure(type(error).__name__, text=_text(error))
            closed = before is None or not before.open
            return Settled(Retry(now, failure), now, unsent=closed)
        if sending is None:
            return None
        note = Note()
        ran = yield from ask(Invoke(performance.perform(sending, note), claimed))
        if not isinstance(ran.handled, Raised):
            return Settled(Complete(note.result or ""), ran.ended_at, ran.elapsed_s)
        at = Standpoint(
            was_open=before is not None and before.open and not anew,
            live=outbox.is_live(sending, performance.lifetime_s, ran.ended_at),
            can_look=performance.can_look,
            attempt=lease.attempt,
        )
        roll = yield from ask(Roll())
        ahead = outbox.resolve(failed_of(ran, note), at, policy, ran.ended_at, roll)
        return Settled(ahead.resolution, ran.ended_at, ran.elapsed_s, ahead.unsent)


def failed_of(ran: Ran, note: Note) -> Failed:
    """What a failed call means. An exception that no report of the engine came with says nothing about
    what happened, unless a function's author raised it to say so."""
    raised = ran.handled
    assert isinstance(raised, Raised)  # noqa: S101 - for the type checker; its callers have looked
    report = note.report
    if report is not None:
        verdict = report.attempts[-1].verdict if report.attempts else None
        permanent = report.outcome is Outcome.REJECTED and verdict is Verdict.PERMANENT
        # A success whose answer could not be read: it happened, and must not happen again.
        done = report.outcome is Outcome.PROCESSED
        outcome = Outcome.UNKNOWN if done else report.outcome
        return Failed(raised.failure, outcome, permanent, raised.after_s)
    if note.told:
        return Failed(raised.failure, Outcome.NOT_SENT, raised.permanent, raised.after_s)
    return Failed(raised.failure, Outcome.UNKNOWN)


def _unperformed(claimed: Claimed, policy: RetryPolicy, failure: Failure, now: Moment) -> Settled:
    """An attempt that could not even begin: nothing went out by it."""
    is_open = claimed.sending is not None and claimed.sending.open
    failed = Failed(failure, Outcome.NOT_SENT)
    at = Standpoint(is_open, live=True, can_look=False, attempt=claimed.lease.attempt)
    ahead = outbox.resolve(failed, at, policy, now, 1.0)
    return Settled(ahead.resolution, now, unsent=ahead.unsent)


def _later(
    claimed: Claimed, policy: RetryPolicy, raised: Raised, now: Moment, roll: float
) -> Settled:
    """Looking failed: it is looked again, and whether it happened stays open."""
    failed = Failed(raised.failure, Outcome.NOT_SENT, after_s=raised.after_s)
    at = Standpoint(was_open=True, live=True, can_look=True, attempt=claimed.lease.attempt)
    return Settled(outbox.resolve(failed, at, policy, now, roll).resolution, now)


def _text(error: BaseException) -> str:
    ours = type(error).__module__ == "bridgewright.core.errors"
    return str(error)[:300] if ours else ""
