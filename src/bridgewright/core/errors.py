"""Every error of the product, on one screen, ordered by who must act.

Each class has a stable `code`, which logs, JSON output and documentation use; the message says what
happened, why, and the next step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime

    from bridgewright.core.model.call import CallReport, Phase, Trouble

A_YEAR_S = 31_536_000


class BridgewrightError(Exception):
    """The root of the tree: catch it to catch everything Bridgewright raises on purpose."""

    code: ClassVar[str] = "bridgewright"


class ConfigurationError(BridgewrightError):
    """You must act: a setting, a handler or a command is wrong. Nothing was started.

    `place` is the file and line, or the variable, that has to change.
    """

    code: ClassVar[str] = "configuration"

    def __init__(self, problem: str, *, place: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.place = place
        self.remedy = remedy
        text = f"{place}: {problem}" if place else problem
        super().__init__(f"{text}. {remedy}" if remedy else text)


class NotFound(BridgewrightError):
    """You must act: the item, plan or rejection you named does not exist in this store."""

    code: ClassVar[str] = "not_found"


class Refused(BridgewrightError):
    """Our own rule says no: the state of the item or plan does not allow what was asked."""

    code: ClassVar[str] = "refused"


class StoreError(BridgewrightError):
    """The store did not do it: nothing was written, nothing was acknowledged. Ask again later."""

    code: ClassVar[str] = "store"


class StoreBusy(StoreError):
    """The store's queue is full, or another process held it too long."""

    code: ClassVar[str] = "store_busy"


class StoreClosed(StoreError):
    """The store was closed, and the operation came after."""

    code: ClassVar[str] = "store_closed"


class StoreOutdated(StoreError):
    """The store's schema is older or newer than this release works with: `bridgewright migrate`."""

    code: ClassVar[str] = "store_outdated"


class PermanentFailure(BridgewrightError):
    """Raised by a handler: trying again cannot help; bury the item now, with cause `permanent`.

    The text is kept with the dead letter and shown to operators: put no personal data in it.
    """

    code: ClassVar[str] = "permanent_failure"


class TransactionFailed(BridgewrightError):
    """What a handler wrote through its `tx` could not be applied: all of it was undone, and the attempt
    has failed."""

    code: ClassVar[str] = "transaction_failed"


class RetryLater(BridgewrightError):
    """Try again no sooner than `after_s` seconds from now (0 or more).

    A handler raises it: the attempt counts, the text is kept with the item and shown to operators.
    A call ends in it when the provider asks for a longer wait than the call's deadline leaves: then
    `not_before` is that instant (UTC) and `report` the engine's view. Left alone by a handler, it
    sends the item back to its queue until then.
    """

    code: ClassVar[str] = "retry_later"

    def __init__(
        self,
        after_s: float,
        reason: str = "",
        *,
        not_before: datetime | None = None,
        report: CallReport | None = None,
    ) -> None:
        if not 0 <= after_s <= A_YEAR_S:  # also refuses NaN
            msg = f"RetryLater(after_s={after_s!r}): use seconds from 0 to 31536000 (a year)"
            raise ValueError(msg)
        self.after_s = after_s
        self.not_before = not_before
        self.report = report
        super().__init__(reason or f"retry in {after_s:g} s")


class ForwardRefused(BridgewrightError):
    """The target of a forward answered other than 2xx, or not at all, or its name leads where nothing
    is sent; the attempt failed and another one follows, as for any handler. An operator who mends the
    name or `allow` in time loses nothing, and redrives what died meanwhile."""

    code: ClassVar[str] = "forward_refused"


class KeyUnavailable(BridgewrightError):
    """A key or certificate that a delivery is verified with could not be fetched from its provider:
    the delivery is answered 503, and the provider comes again."""

    code: ClassVar[str] = "key_unavailable"


class GateUnavailable(BridgewrightError):
    """The gate that several processes share (Redis) did not answer in time, or not as it should.
    Calls go on as `[gates] outage` says; `bridgewright doctor` tells what is wrong with it."""

    code: ClassVar[str] = "gate_unavailable"


class CallError(BridgewrightError):
    """A call did not succeed. `report` is the engine's view of it: outcome, status, attempts."""

    code: ClassVar[str] = "call"

    def __init__(self, text: str, report: CallReport) -> None:
        self.report = report
        super().__init__(text)


class CallRefused(CallError):
    """Our own rule kept the call back, and nothing was sent: the breaker is open, the limiter or the
    bulkhead has no room before the deadline, or the deadline is already past.

    `retry_at` is the instant (UTC) from which it is worth asking again, None when nobody knows.
    """

    code: ClassVar[str] = "call_refused"

    def __init__(self, text: str, report: CallReport, *, retry_at: datetime | None = None) -> None:
        self.retry_at = retry_at
        super().__init__(text, report)


class CallFailed(CallError):
    """The provider said no, or could not be reached, within what the call's deadline and attempts
    allow. It did nothing (`report.outcome` is `rejected` or `not_sent`), or it was a read."""

    code: ClassVar[str] = "call_failed"


class OutcomeUnknown(CallError):
    """The call may have happened and nobody can say. Do not repeat it: ask the provider what there
    is (the connector's page says how), or let a person look. Left alone by a handler, it buries the
    item, cause `ambiguous`."""

    code: ClassVar[str] = "outcome_unknown"


class TransportError(BridgewrightError):
    """One attempt got no whole answer. `phase` says how far it came and `trouble` why; the text names
    neither a URL nor a header. A call's error has it as its cause."""

    code: ClassVar[str] = "transport"

    def __init__(self, phase: Phase, trouble: Trouble, detail: str = "") -> None:
        self.phase = phase
        self.trouble = trouble
        super().__init__(f"{trouble.value} ({phase.value}){': ' if detail else ''}{detail}")
