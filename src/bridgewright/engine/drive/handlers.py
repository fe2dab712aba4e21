"""Running a user's handler: on the loop when it is async, in a thread when it is not."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.core.effects import Handled, Invoke, Raised, Ran, Returned
from bridgewright.core.errors import (
    A_YEAR_S,
    BridgewrightError,
    ConfigurationError,
    PermanentFailure,
    RetryLater,
)
from bridgewright.core.lifecycle import fingerprint
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.item import Failure
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.engine.drive.clock import Chance, Time
from bridgewright.engine.drive.cutoff import bounded
from bridgewright.engine.drive.frames import called_of, frames_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from bridgewright.core.model.call import CallReport
    from bridgewright.core.model.item import Claimed
    from bridgewright.core.ports import Transactions
    from bridgewright.engine.drive.lanes import Lanes
    from bridgewright.engine.drive.waiting import Expected, Mailbox

KEPT_TEXT = 300
"""Characters kept of what a failure says."""


@dataclass(frozen=True, slots=True)
class Invoker:
    """Calls handlers and turns whatever they do into a value.

    `make_event` builds what a handler is given. `timeout_s` bounds async handlers (a thread cannot
    be interrupted: blocking handlers bound their own calls). `keep_messages` keeps the messages of
    foreign exceptions, which may hold personal data and are withheld otherwise. `outcome_of` finds
    what became of a call whose exception, of whatever SDK, ended a handler. `transactions` are for
    handlers that take `tx`; `asking` remembers which do.
    """

    make_event: Callable[[Claimed], Any]
    lanes: Lanes
    mailbox: Mailbox
    transactions: Transactions
    chance: Chance = field(default_factory=Chance)
    timeout_s: float | None = None
    keep_messages: bool = False
    outcome_of: Callable[[BaseException], CallReport | None] = lambda _error: None
    asking: dict[int, tuple[Callable[..., Any], bool]] = field(default_factory=dict)
    time: Time = field(default_factory=Time)

    async def invoke(self, effect: Invoke) -> Ran:
        """Run a handler to its end, on the loop or in a lane."""
        if is_async(effect.handler):
            return await self._on_loop(effect)
        expected = self.mailbox.expect()
        watch = self.time.watch
        if watch is None:
            self.lanes.put(lambda: self._in_lane(effect, expected))
        else:
            self.lanes.put(watch.carried(lambda: self._in_lane(effect, expected)))
        ran: Ran = await expected.future
        return ran

    async def _on_loop(self, effect: Invoke) -> Ran:
        started_at = self.chance.now()
        handled: Handled = Returned()
        try:
            async with self._bounded():
                handled = await self._await(effect)
        except asyncio.CancelledError as error:
            # Ours, when this worker stops; else the handler awaited something that was cancelled.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            handled = self.raised(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a handler raises is a result
            handled = self.raised(error)
        return self._ran(handled, started_at)

    def _bounded(self) -> AbstractAsyncContextManager[object]:
        if self.time.watch is None or self.timeout_s is None:
            return asyncio.timeout(self.timeout_s)
        return bounded(self.time.watch, self.time.ticks, self.timeout_s)

    def _asks_for_tx(self, handler: Callable[..., Any]) -> bool:
        """`takes_tx`, looked up once for each handler; by identity, for not all can be hashed."""
        known = self.asking.get(id(handler))
        if known is None:
            known = self.asking[id(handler)] = handler, takes_tx(handler)
        return known[1]

    async def _await(self, effect: Invoke) -> Returned:
        event = self.make_event(effect.claimed)
        if not self._asks_for_tx(effect.handler):
            await effect.handler(event)
            return Returned()
        async with self.transactions.begin_async(effect.claimed) as tx:
            await effect.handler(event, tx=tx.handle)
            return await tx.finish(self.chance.now())

    def _call(self, effect: Invoke) -> Returned:
        event = self.make_event(effect.claimed)
        if not self._asks_for_tx(effect.handler):
            refuse_unawaited(effect.handler(event))
            return Returned()
        with self.transactions.begin(effect.claimed) as tx:
            refuse_unawaited(effect.handler(event, tx=tx.handle))
            return tx.finish(self.chance.now())

    def _in_lane(self, effect: Invoke, expected: Expected) -> None:
        started_at = self.chance.now()
        handled: Handled = Returned()
        try:
            handled = self._call(effect)
        except BaseException as error:  # noqa: BLE001 - even SystemExit ends an attempt, not a lane
            handled = self.raised(error)
        expected.resolve(self._ran(handled, started_at))()

    def _ran(self, handled: Handled, started_at: Moment) -> Ran:
        ended_at = self.chance.now()
        return Ran(handled, ended_at, seconds_between(started_at, ended_at))

    def raised(self, error: BaseException) -> Raised:
        """What an exception means for the item, in words that may be kept."""
        ours = isinstance(error, BridgewrightError)  # whose text its author wrote to be kept
        text = _kept(_said(error)) if ours or self.keep_messages else ""
        report = self.outcome_of(error)
        failure = _failure(error, text, report)
        if isinstance(error, PermanentFailure):
            return Raised(failure, permanent=True)
        if isinstance(error, RetryLater):
            return Raised(failure, after_s=_after_s(error))
        if report is None:
            return Raised(failure)
        if report.outcome is Outcome.UNKNOWN and not report.retry_safe:
            return Raised(failure, ambiguous=True)
        return Raised(failure, after_s=report.retry_after_s)


def _failure(error: BaseException, text: str, report: CallReport | None) -> Failure:
    """A failure in words that may be kept, with what makes it the same problem as others."""
    kind, called = type(error).__name__, None if report is None else called_of(report, error)
    if called is None:
        problem, title = fingerprint.of_frames(kind, frames_of(error))
    else:
        problem, title = fingerprint.of_call(called)
    return Failure(kind, _place(error), text, problem, title, called)


def refuse_unawaited(result: object) -> None:
    """Fail an attempt whose plain function only made something to await, or to iterate: nothing of
    the handler has run yet, and to call that done would lose the event."""
    if inspect.iscoroutine(result) or inspect.isgenerator(result):
        result.close()
    elif not (inspect.isawaitable(result) or inspect.isasyncgen(result)):
        return
    problem = f"the handler returned a {type(result).__name__} and ran nothing"
    raise ConfigurationError(
        problem, remedy="register a plain function, or one made with async def"
    )


def takes_tx(handler: Callable[..., Any]) -> bool:
    """Whether a handler asks for the transaction that its settlement is part of: by an argument `tx`."""
    try:
        parameters = inspect.signature(handler).parameters
    except (TypeError, ValueError):  # what is written in C has no signature
        return False
    return "tx" in parameters


def is_async(handler: Callable[..., Any]) -> bool:
    """Whether calling `handler` gives something to await."""
    method = type(handler).__call__
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(method)


def _place(error: BaseException) -> str:
    """File, line and function where the error arose, as far down as the handler's own frames go."""
    frames = list(traceback.walk_tb(error.__traceback__))  # reads no source files
    if len(frames) < 2:  # noqa: PLR2004 - the first frame is ours
        return ""
    frame, line = frames[-1]
    return f"{Path(frame.f_code.co_filename).name}:{line} in {frame.f_code.co_name}"


def _said(error: BaseException) -> str:
    """The message; "" for an exception that cannot even say it, which must not end more than itself."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - code of the handler's author
        return ""


def _after_s(error: RetryLater) -> float | None:
    """The wait it asks for; None, the usual backoff, when a subclass left or made it unusable."""
    after_s = getattr(error, "after_s", None)
    usable = isinstance(after_s, int | float) and 0 <= after_s <= A_YEAR_S
    return after_s if usable else None


def _kept(text: str) -> str:
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean if len(clean) <= KEPT_TEXT else clean[: KEPT_TEXT - 1] + "…"
