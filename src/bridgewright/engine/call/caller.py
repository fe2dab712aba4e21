"""The one way out: every call of a connection, from threads and from event loops, by the same rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError, TransportError
from bridgewright.core.model.call import NS_PER_S, Request, Response, Safety, Verdict
from bridgewright.core.redact.redaction import Redaction
from bridgewright.engine.call import record
from bridgewright.engine.call.call import Call
from bridgewright.engine.call.key import give_key
from bridgewright.engine.call.scope import Account
from bridgewright.engine.call.sharing import Sharing
from bridgewright.engine.call.stepping import PARK, SEND, WAIT
from bridgewright.engine.drive.aside import Aside
from bridgewright.engine.drive.calling import (
    LoopTicket,
    ThreadTicket,
    Timing,
    attempt_under_way,
    begin_anew_after_fork,
    deadline_at,
    make_lock,
)
from bridgewright.engine.drive.clock import Chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.call import Limits, Operation, Ticks
    from bridgewright.core.model.fact import CallAttempted
    from bridgewright.core.policy.numbers import CallNumbers, Quota
    from bridgewright.core.policy.profile import CallProfile
    from bridgewright.core.ports import AsyncTransport, Observer, Transport
    from bridgewright.engine.call.record import Content
    from bridgewright.engine.call.scope import Scope
    from bridgewright.engine.call.sharing import Terms
    from bridgewright.engine.drive.keeper import Keeper


_KEYED = Safety.KEYED


def always() -> bool:
    """Every attempt is wanted."""
    return True


class Caller:
    """Calls of one connection: a provider's profile, an account, and what is below.

    `numbers` and `quotas` replace the profile's own. `share` is how many processes divide the quotas
    among them. `observer` hears of attempts, calls and breakers; None costs nothing. `heeds` says
    whether anybody wants to hear of attempts that went well, which are most. `redaction` is how
    what they hear is redacted; with `bodies` they hear of bodies too, a little later. `keeper` asks the
    gate that processes share, on `terms`; without one everything is this process's own.

    `call` and `call_async` never raise for what the wire or the provider did: the call that they
    return tells. Callers that keep their own loop around attempts go step by step: `begin`, then
    `admit`, `attempt`, `settle` until one says that the call has ended; `abandon` when they give up.
    """

    __slots__ = (
        "__weakref__",
        "_aside",
        "_async_transport",
        "_chance",
        "_deadline_ns",
        "_heeds",
        "_observer",
        "_redaction",
        "_ticks",
        "_timing",
        "_transport",
        "_watch",
        "account",
        "numbers",
        "profile",
    )

    def __init__(  # noqa: PLR0913 - what a connection's calls depend on
        self,
        profile: CallProfile,
        *,
        account: str = "",
        numbers: CallNumbers | None = None,
        quotas: Mapping[str, tuple[Quota, ...]] | None = None,
        share: int = 1,
        transport: Transport | None = None,
        async_transport: AsyncTransport | None = None,
        observer: Observer | None = None,
        heeds: Callable[[], bool] = always,
        redaction: Redaction | None = None,
        bodies: bool = False,
        chance: Chance | None = None,
        timing: Timing | None = None,
        keeper: Keeper | None = None,
        terms: Terms | None = None,
    ) -> None:
        self.profile = profile
        self.numbers = numbers or profile.numbers
        self._deadline_ns = int(self.numbers.deadline_s * NS_PER_S)
        self._transport = transport
        self._async_transport = async_transport
        self._observer = observer
        self._heeds = heeds
        self._chance = chance or Chance()
        self._timing = timing or Timing()
        self._ticks = self._timing.ticks
        self._watch = self._timing.watch
        self._redaction = redaction or Redaction(self._timing.mint().encode())
        self._aside = Aside() if bodies else None
        self.account = Account(
            profile.provider,
            account,
            self.numbers,
            profile.quotas if quotas is None else quotas,
            share=share,
            roll=self._chance.roll,
            make_lock=make_lock,
            now=self._ticks(),
        )
        if keeper is not None and terms is not None:
            self.account.share_by(Sharing(self.account, keeper, terms))
        begin_anew_after_fork(self)

    def __repr__(self) -> str:
        return f"Caller({self.account})"

    def now(self) -> Ticks:
        """The instant by the clock that calls go by."""
        return self._ticks()

    def call(self, request: Request) -> Call:
        """Make one call from this thread, to its end."""
        call = self.begin(request)
        try:
            while (limits := self.admit(call)) is not None:
                wait_s = self.settle(call, self.attempt(call, limits))
                if wait_s is None:
                    break
                if wait_s:
                    self._timing.pause(call.work, wait_s)
        except BaseException:
            self.abandon(call)
            raise
        return call

    async def call_async(self, request: Request) -> Call:
        """Make one call from the running loop, to its end; being cancelled gives everything back."""
        call = self.begin(request)
        try:
            while (limits := await self._admit_async(call)) is not None:
                result = await self._attempt_async(call, limits)
                wait_s = self.settle(call, result)
                if wait_s is None:
                    break
                if wait_s:
                    await self._timing.pause_async(call.work, wait_s)
        except BaseException:
            self.abandon(call)
            raise
        return call

    def begin(self, request: Request, operation: Operation | None = None) -> Call:
        """Begin a call: its operation, its deadline, its idempotency key, minted once.

        `operation` comes from an SDK that knows what it asks for; without it the profile classifies.
        """
        now = self._ticks()
        profile = self.profile
        if operation is None:
            operation = profile.classify(request)
        deadline = now + self._deadline_ns
        outer = deadline_at.get()
        if outer is not None and self._watch is not None:
            outer = self._timing.deadline(outer)
        if outer is not None and outer < deadline:
            deadline = outer
        attempts = self.numbers.max_attempts
        around: Call | None = attempt_under_way.get()
        if around is not None:  # one layer resends, and it is the outer one
            attempts = 1
            deadline = min(deadline, around.deadline)
        call = Call(
            request,
            operation,
            profile,
            self.numbers,
            self.account.scope(self.account.host_of(request.url), operation.group, now),
            now=now,
            deadline=deadline,
            max_attempts=attempts,
        )
        if operation.safety is _KEYED and profile.idempotency is not None:
            give_key(call, profile.idempotency, self._timing.mint, self._chance.now)
        if self._watch is not None:
            call.work = self._watch.begin(f"call {profile.provider} {operation.name}")
        return call

    def admit(self, call: Call) -> Limits | None:
        """Wait for whatever the next attempt needs; None when the call has ended instead."""
        while call.ended_at is None:
            now = self._ticks()
            with self.account.lock:
                step = call.step(now, ThreadTicket)
            if call.handed or call.scope.breaker.moves:
                self._tidy(call)
            if step is SEND:
                limits = call.limits()
                return limits if call.work is None else self._timing.limits(call.work, limits)
            if step is WAIT:
                self._timing.pause(call.work, (call.wake_at - now) / NS_PER_S)
            elif step is PARK and isinstance(call.ticket, ThreadTicket):
                self._timing.park(call.work, call.ticket, (call.deadline - now) / NS_PER_S)
        self._finish(call)
        return None

    def attempt(self, call: Call, limits: Limits) -> Response | TransportError:
        """Send once. What went wrong on the wire is returned."""
        if self._transport is None:
            raise _no_transport("threads", "async")
        token = attempt_under_way.set(call)
        try:
            return self._transport.send(call.request, limits)
        except TransportError as error:
            return error
        finally:
            attempt_under_way.reset(token)

    def settle(self, call: Call, result: Response | TransportError) -> float | None:
        """Account for an attempt. The pause before the next, in seconds; None at the end."""
        now = self._ticks()
        if type(result) is Response and 200 <= result.status < 300:  # noqa: PLR2004 - the class of success
            accepts = call.operation.accepts
            if accepts is None or accepts(result) is None:
                with self.account.lock:
                    call.succeed(result, now)
                if call.handed or call.scope.breaker.moves:
                    self._tidy(call)
                if self._observer is not None and self._heeds():
                    self._record(call, result)
                if call.work is not None:
                    call.work.end()
                return None
        return self._settle_otherwise(call, result, now)

    def pause(self, call: Call, wait_s: float) -> None:
        """Wait between two attempts, in this thread."""
        self._timing.pause(call.work, wait_s)

    def abandon(self, call: Call) -> None:
        """Give everything back: the caller was cancelled. Safe at any time, and twice."""
        began = call.ended_at is None
        with self.account.lock:
            call.abandon(self._ticks())
        self._tidy(call)
        if began:
            self._finish(call)
        elif call.work is not None:
            call.work.end()

    def keep_time(self, timing: Timing, chance: Chance) -> None:
        """Begin anew by another clock."""
        self._timing, self._chance = timing, chance
        self._ticks, self._watch = timing.ticks, timing.watch
        self.account.reset(self._ticks())

    def scopes(self) -> tuple[Scope, ...]:
        """What this connection's calls share, as it stands."""
        return self.account.scopes()

    def finish_telling(self) -> None:
        """Wait until everything that bodies were put aside for is told."""
        if self._aside is not None:
            self._aside.join()

    def after_fork(self) -> None:
        """Begin anew in a child: the parent's calls are not its own."""
        self.account.reset(self._ticks())

    async def _admit_async(self, call: Call) -> Limits | None:
        while call.ended_at is None:
            now = self._ticks()
            with self.account.lock:
                step = call.step(now, LoopTicket)
            if call.handed or call.scope.breaker.moves:
                self._tidy(call)
            if step is SEND:
                limits = call.limits()
                return limits if call.work is None else self._timing.limits(call.work, limits)
            if step is WAIT:
                await self._timing.pause_async(call.work, (call.wake_at - now) / NS_PER_S)
            elif step is PARK and isinstance(call.ticket, LoopTicket):
                left_s = (call.deadline - now) / NS_PER_S
                await self._timing.park_async(call.work, call.ticket, left_s)
        self._finish(call)
        return None

    async def _attempt_async(self, call: Call, limits: Limits) -> Response | TransportError:
        if self._async_transport is None:
            raise _no_transport("the event loop", "blocking")
        token = attempt_under_way.set(call)
        try:
            return await self._async_transport.send(call.request, limits)
        except TransportError as error:
            return error
        finally:
            attempt_under_way.reset(token)

    def _settle_otherwise(
        self, call: Call, result: Response | TransportError, now: int
    ) -> float | None:
        judgement = call.judge(result, self._chance.now())
        if judgement.verdict is Verdict.SUCCESS and isinstance(result, Response):
            with self.account.lock:
                call.succeed(result, now)
        else:
            roll = self._chance.roll()
            with self.account.lock:
                call.apply(judgement, now, roll)
        if call.ended_at is not None:
            call.ended_on = self._chance.now()
        self._tidy(call)
        if call.closed_gate:
            self._tell_throttle(call)
        if self._observer is not None:
            self._record(call, result)
        if call.ended_at is not None and call.work is not None:
            call.work.end()
        return None if call.wait_ns is None else call.wait_ns / NS_PER_S

    def _tidy(self, call: Call) -> None:
        """What follows from a step, without the lock: wake who got a place, tell what moved."""
        ticket, call.handed = call.handed, None
        while ticket is not None and not ticket.wake():
            with self.account.lock:
                ticket = self.account.bulkhead.withdraw(ticket, self._ticks())
        if call.scope.breaker.moves:
            self._tell_moves(call.scope)

    def _tell_moves(self, scope: Scope) -> None:
        with self.account.lock:
            moves, scope.breaker.moves = scope.breaker.moves, []
        if self._observer is None:
            return
        for move in moves:
            self._observer(record.moved(scope.key, move))

    def _tell_throttle(self, call: Call) -> None:
        call.closed_gate = False
        if call.scope.party is not None:
            call.scope.party.shut(call.asked)
        if self._observer is not None:
            self._observer(record.throttled(call))

    def _record(self, call: Call, result: Response | TransportError) -> None:
        if self._observer is None:
            return
        call.call_id = call.call_id or self._timing.mint()
        fact = record.attempted(call, result, self._redaction)
        if self._aside is None:
            self._observer(fact)
        else:
            self._record_late(fact, record.contents(call.request, result))
        if call.ended:
            self._tell_end(call)

    def _record_late(self, fact: CallAttempted, bodies: tuple[Content, Content]) -> None:
        """Tell of an attempt when its bodies are redacted, which takes longer than a call may wait."""
        observer, aside, redaction = self._observer, self._aside, self._redaction
        if observer is None or aside is None:
            return
        if not aside.put(lambda: observer(record.with_bodies(fact, bodies, redaction))):
            observer(record.without_bodies(fact))

    def _finish(self, call: Call) -> None:
        if call.ended_on is None:
            call.ended_on = self._chance.now()
            self._tell_end(call)
        if call.work is not None:
            call.work.end()

    def _tell_end(self, call: Call) -> None:
        if self._observer is not None:
            call.call_id = call.call_id or self._timing.mint()
            self._observer(record.ended(call, self._redaction))


def _no_transport(world: str, other: str) -> ConfigurationError:
    problem = f"this connection was made for {other} calls and cannot call from {world}"
    return ConfigurationError(
        problem, remedy="use Bridge for threads and AsyncBridge for coroutines"
    )
