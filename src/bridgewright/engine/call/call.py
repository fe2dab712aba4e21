"""One call: from being asked to its end, one step at a time.

The order is fixed and written once, in `step`: deadline, then for each attempt breaker (a look),
gate, place, rate, breaker (the permit, last, so that no probe is held while queueing), send. What
`step` takes, `apply` or `abandon` gives back, in reverse, whatever happens in between.

A driver holds the account's lock around `step`, `succeed`, `apply` and `abandon`, does what `step`
says, and wakes the waiter that is `handed` a place, without the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import (
    NS_PER_S,
    Attempt,
    Limits,
    Outcome,
    Phase,
    Trouble,
    Verdict,
)
from bridgewright.core.policy.breaker import CLOSED
from bridgewright.core.policy.verdict import judge_answer, judge_failure, without_body
from bridgewright.engine.call import ending, rating, retry
from bridgewright.engine.call.stepping import END, PARK, SEND, WAIT, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.errors import CallError, RetryLater
    from bridgewright.core.model.call import CallReport, Operation, Request, Response, Ticks
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.policy.bulkhead import Ticket
    from bridgewright.core.policy.lease import Place
    from bridgewright.core.policy.numbers import CallNumbers
    from bridgewright.core.policy.profile import CallProfile
    from bridgewright.core.policy.verdict import Judgement
    from bridgewright.engine.call.scope import Scope
    from bridgewright.engine.drive.clock import Work

MOST_TOLD = 20
"""Attempts kept for the report."""


class Call:
    """One logical request, its attempts, and what it ends in.

    `response` is an answer of this API, whatever its status; None when there is none. `error` is
    None when the call succeeded, and otherwise what a plain client raises. `report` tells all.
    """

    __slots__ = (
        "_error",
        "asked",
        "attempts",
        "call_id",
        "closed_gate",
        "deadline",
        "ended_at",
        "ended_on",
        "ended_well",
        "handed",
        "judged",
        "key",
        "key_is_ours",
        "limit",
        "maybe_done",
        "numbers",
        "operation",
        "paid",
        "permit",
        "place",
        "placed",
        "places",
        "profile",
        "refused",
        "request",
        "response",
        "safety",
        "scope",
        "sent_at",
        "sent_count",
        "started_at",
        "ticket",
        "trouble",
        "wait_ns",
        "wake_at",
        "work",
    )

    def __init__(  # noqa: PLR0913 - what a call is made of
        self,
        request: Request,
        operation: Operation,
        profile: CallProfile,
        numbers: CallNumbers,
        scope: Scope,
        *,
        now: Ticks,
        deadline: Ticks,
        max_attempts: int,
    ) -> None:
        self.request = request
        self.operation = operation
        self.safety = operation.safety
        self.profile = profile
        self.numbers = numbers
        self.scope = scope
        self.started_at = now
        self.deadline = deadline
        self.limit = max_attempts
        self.sent_count = 0
        self.placed = False
        self.permit: int | None = None
        self.places: tuple[Ticks, ...] = ()
        self.place: Place | None = None
        self.response: Response | None = None
        self.judged: Judgement | None = None
        self.refused = ""
        self.attempts: tuple[Attempt, ...] = ()
        self.maybe_done = False
        self.paid = 0.0
        self.ticket: Ticket | None = None
        self.key: str | None = None
        self.key_is_ours = False
        self.trouble: TransportError | None = None
        self.ended_at: Ticks | None = None
        self.ended_well = False
        self.closed_gate = False
        self.ended_on: Moment | None = None
        self.handed: Ticket | None = None
        self._error: CallError | RetryLater | None = None
        self.wait_ns: Ticks | None = None
        self.asked: Ticks = 0
        self.wake_at: Ticks = 0
        self.sent_at: Ticks = 0
        self.call_id = ""
        self.work: Work | None = None

    def __repr__(self) -> str:
        return f"Call({self.profile.provider} {self.operation.name}, {self.sent_count} attempts)"

    # Under the lock ------------------------------------------------------------------------------

    def step(self, now: Ticks, make_ticket: Callable[[Ticks], Ticket]) -> Step:  # noqa: PLR0911 - one exit for each rule
        """Take what the next attempt needs, in the one order; say what is missing.

        `make_ticket` makes the waiter for a place, of use until the given tick.
        """
        scope = self.scope
        if now > self.deadline - retry.LEAST_USEFUL_NS:
            return self.refuse("deadline", now, None)
        if scope.breaker.state is not CLOSED and scope.breaker.refuses(now):
            return self.refuse("breaker", now, scope.breaker.opens_until)
        if scope.closed_until > now:
            return self._until_open(now)
        if not self.placed and not self._take_place():
            if self.ticket is None and not self._park(make_ticket(self.deadline)):
                return self.refuse("bulkhead", now, None)
            return PARK
        if scope.limiters and not self._passes(now):
            step = rating.wait_for_rate(self, now, make_ticket)
            if step is not None:
                return step
        self.permit = scope.breaker.permit(now)
        if self.permit is None:
            return self.refuse("breaker", now, scope.breaker.opens_until)
        if scope.limiters:
            self.handed = scope.spend(now, self.operation.cost, placed=bool(self.places))
            self.places = ()
            self.place = None
        self.sent_count += 1
        self.sent_at = now
        self.wait_ns = None
        return SEND

    def succeed(self, response: Response, now: Ticks) -> None:
        """The common case: the answer is good, and nothing has to be decided."""
        scope = self.scope
        permit = self.permit
        self.permit = None
        if permit is not None:
            scope.breaker.settle(permit, now, failed=False, elapsed=now - self.sent_at)
        scope.budget.deposit()
        if self.paid:
            scope.budget.refund(self.paid)
        self.response = response
        self.ended_at = now
        self.ended_well = True
        self.placed = False
        self.handed = scope.account.bulkhead.leave(now)

    def apply(self, judgement: Judgement, now: Ticks, roll: float) -> None:
        """Account for an attempt that did not succeed, and decide: `wait_ns`, or the end."""
        scope = self.scope
        self.judged = judgement
        elapsed = now - self.sent_at
        self._tell_breaker(judgement, now, elapsed)
        if judgement.outcome is Outcome.UNKNOWN:
            self.maybe_done = True
        minimum = retry.asked_ns(self, judgement)
        if judgement.verdict is Verdict.THROTTLED:
            self.closed_gate = scope.close_gate(now, now + minimum, judgement.rule)
        self.asked = minimum
        rule = retry.decide(self, judgement, now, minimum, roll)
        if len(self.attempts) < MOST_TOLD:
            self.attempts = (*self.attempts, ending.told(self, judgement, elapsed, rule))
        if self.wait_ns is None:
            self.ended_at = now
        self.placed = False
        self.handed = scope.account.bulkhead.leave(now)

    def abandon(self, now: Ticks) -> None:
        """The caller is gone: give everything back, judge nobody. Safe at any time, and twice."""
        scope = self.scope
        if self.permit is not None:
            scope.breaker.release(self.permit)
            self.permit = None
            self.maybe_done = True
        if self.ended_at is None:
            self.ended_at = now
            self.refused = self.refused or "cancelled"
        self._leave(now)

    def refuse(self, rule: str, now: Ticks, retry_at: Ticks | None) -> Step:
        """End it by a rule of ours, unsent; `retry_at` is when asking again is worth it."""
        self.refused = rule
        self.wake_at = retry_at or 0
        self.ended_at = now
        self._leave(now)
        return END

    # Without it ----------------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether nothing more will be sent."""
        return self.ended_at is not None

    @property
    def error(self) -> CallError | RetryLater | None:
        """What a plain client raises; None when the call succeeded, or goes on."""
        if self._error is None and self.ended_at is not None:
            self._error = ending.error_of(self)
        return self._error

    @property
    def report(self) -> CallReport:
        """The call as it stands."""
        return ending.report_of(self)

    def unwrap(self) -> Response:
        """The answer of a call that succeeded; raises `error` otherwise."""
        if self.error is not None:
            raise self.error from self.trouble
        if self.response is None:
            msg = "the call has not ended"
            raise RuntimeError(msg)
        return self.response

    def limits(self) -> Limits:
        """What the attempt that `step` allowed may take."""
        numbers = self.numbers
        end = self.sent_at + self.scope.account.attempt_ns
        if end > self.deadline:  # noqa: PLR1730 - `min` would cost every call more than the rest of it
            end = self.deadline
        most = self.operation.max_response_bytes or numbers.max_response_bytes
        return Limits(end, numbers.connect_s, numbers.idle_s, most)

    def judge(self, result: Response | TransportError, now: Moment) -> Judgement:
        """The verdict on what an attempt brought."""
        if isinstance(result, TransportError):
            self.trouble, self.response = result, None
            judgement = judge_failure(result, self.safety)
            if result.phase is not Phase.NOT_SENT and not self._body_again():
                return without_body(judgement, self.safety)
            return judgement
        judgement = judge_answer(result, self.operation, self.safety, self.profile, now)
        self.trouble = None
        self.response = result if judgement.honest else None
        if judgement.again and not self._body_again():
            return without_body(judgement, self.safety)
        return judgement

    # What the steps are made of ------------------------------------------------------------------

    def _until_open(self, now: Ticks) -> Step:
        """The provider asked us to stay away: wait if that fits, say until when if it does not."""
        until = self.scope.closed_until
        longest = int(self.numbers.max_wait_s * NS_PER_S)
        if until - now > longest or until > self.deadline - retry.LEAST_USEFUL_NS:
            return self.refuse("gate", now, until)
        self.wake_at = until
        return WAIT

    def _take_place(self) -> bool:
        """A place in the bulkhead: granted while we waited, free now, or to be waited for."""
        ticket = self.ticket
        if ticket is not None and ticket.granted:
            ticket.granted = False
            ticket.gone = True
            self.ticket = None
            self.placed = True
            return True
        if ticket is None or ticket.gone:
            self.ticket = None
            self.placed = self.scope.account.bulkhead.enter()
        return self.placed

    def _park(self, ticket: Ticket) -> bool:
        if self.scope.account.bulkhead.park(ticket):
            self.ticket = ticket
            return True
        return False

    def _passes(self, now: Ticks) -> bool:
        """Whether the rates let it pass at once, as they mostly do."""
        return not self.places and self.scope.passes(now, self.operation.cost)

    def _leave(self, now: Ticks) -> None:
        """Give back what was taken for an attempt that was not sent, in reverse."""
        account = self.scope.account
        if self.wait_ns is not None:
            self.wait_ns = None
            self.scope.budget.refund(self.paid)
            self.paid = 0.0
        if self.places:
            rating.leave(self)
        if self.placed:
            self.placed = False
            self.handed = account.bulkhead.leave(now)
        elif self.ticket is not None:
            ticket, self.ticket = self.ticket, None
            self.handed = account.bulkhead.withdraw(ticket, now)

    def _tell_breaker(self, judgement: Judgement, now: Ticks, elapsed: Ticks) -> None:
        permit, self.permit = self.permit, None
        if permit is None:
            return
        counts = judgement.counts
        if self.trouble is not None and self.trouble.trouble is Trouble.DEADLINE:
            # Our own haste says nothing of the provider, unless it had as long as slow calls have.
            counts = True if elapsed >= self.numbers.breaker.slow_s * NS_PER_S else None
            full = elapsed >= self.numbers.attempt_s * NS_PER_S
            counts = True if full else counts
        if counts is None:
            self.scope.breaker.release(permit)
        else:
            self.scope.breaker.settle(permit, now, failed=counts, elapsed=elapsed)

    def _body_again(self) -> bool:
        body = self.request.body
        return body is None or isinstance(body, bytes) or body.replayable
