"""How a call ended: the report, and the error that a plain client raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.errors import (
    A_YEAR_S,
    CallFailed,
    CallRefused,
    OutcomeUnknown,
    RetryLater,
)
from bridgewright.core.model.call import (
    NS_PER_S,
    Attempt,
    CallReport,
    Outcome,
    Phase,
    Safety,
    Verdict,
)
from bridgewright.core.model.moment import as_datetime, later

if TYPE_CHECKING:
    from datetime import datetime

    from bridgewright.core.errors import CallError
    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.verdict import Judgement
    from bridgewright.engine.call.call import Call

_REFUSALS = {
    "deadline": "its deadline was over before it could be sent",
    "breaker": "the breaker is open: the provider failed too often just now",
    "gate": "the provider asked us to stay away",
    "bulkhead": "too many calls are running and waiting already",
    "limiter": "the rate limit leaves no room before the deadline",
    "shared gate": "the gate that processes share does not answer, and outage is refuse",
    "key": "its idempotency key belongs to another request",
    "cancelled": "it was cancelled",
}
_BAD = 400
_AT_THE_DOOR = frozenset({401, 403, 407})
"""Said before a key is looked at, so they tell of their own attempt alone."""
_SHORT_S = 10


def outcome_of(call: Call) -> Outcome:
    """What became of the call at the provider, over all its attempts."""
    if call.ended_well:
        return Outcome.PROCESSED
    judged = call.judged
    if judged is None:
        return Outcome.UNKNOWN if call.maybe_done else Outcome.NOT_SENT
    said_no = judged.outcome is Outcome.REJECTED and judged.verdict is Verdict.PERMANENT
    if said_no and (not call.maybe_done or _speaks_of_the_key(call)):
        return Outcome.REJECTED
    if call.maybe_done:
        return Outcome.UNKNOWN
    return judged.outcome


def _speaks_of_the_key(call: Call) -> bool:
    """Whether a refusal is the answer to the attempts before it too: it comes from whoever knows the
    key, and not from a door or a redirect before."""
    response = call.response
    if call.safety is not Safety.KEYED or response is None:
        return False
    return response.status not in _AT_THE_DOOR


def report_of(call: Call) -> CallReport:
    """The engine's view of the call."""
    key, response = call.scope.key, call.response
    outcome = outcome_of(call)
    code = None if response is None or response.status < _BAD else call.profile.error_code(response)
    return CallReport(
        connector=key.connector,
        account=key.account,
        operation=call.operation.name,
        outcome=outcome,
        attempts=attempts_of(call),
        status=None if response is None else response.status,
        request_id=_request_id(call),
        retry_after_s=_retry_after_s(call),
        retry_safe=_retry_safe(call, outcome),
        idempotency_key=call.key,
        reason=code or _REFUSALS.get(call.refused, call.refused) or _rule(call),
    )


def told(call: Call, judgement: Judgement, elapsed: Ticks, rule: str) -> Attempt:
    """The attempt that was just judged, as errors and logs tell of it."""
    trouble = call.trouble
    return Attempt(
        call.sent_count,
        Phase.ANSWERED if trouble is None else trouble.phase,
        judgement.verdict,
        elapsed / NS_PER_S,
        rule,
        None if call.response is None else call.response.status,
        None if trouble is None else trouble.trouble,
        None if call.wait_ns is None else call.wait_ns / NS_PER_S,
    )


def error_of(call: Call) -> CallError | RetryLater | None:
    """What a plain client raises; None for a success."""
    if call.ended_well:
        return None
    report = call.report
    text = f"{report.connector} {report.operation}: {_told(call, report)}"
    harmless = call.safety is Safety.SAFE or report.outcome is not Outcome.UNKNOWN
    after_s = report.retry_after_s
    asked = call.refused == "gate" if call.refused else call.asked > 0
    if after_s is not None and asked and (harmless or report.retry_safe):
        after_s = min(after_s, A_YEAR_S)
        return RetryLater(after_s, text, not_before=_instant(call, after_s), report=report)
    if call.refused and call.refused != "cancelled" and harmless:
        return CallRefused(text, report, retry_at=_instant(call, after_s))
    return CallFailed(text, report) if harmless else OutcomeUnknown(text, report)


def attempts_of(call: Call) -> tuple[Attempt, ...]:
    """The attempts so far; that of a success is made here, for most calls nobody asks."""
    if not call.ended_well or call.ended_at is None or call.response is None:
        return call.attempts
    elapsed_s = (call.ended_at - call.sent_at) / NS_PER_S
    last = Attempt(
        call.sent_count,
        Phase.ANSWERED,
        Verdict.SUCCESS,
        elapsed_s,
        "success",
        call.response.status,
    )
    return (*call.attempts, last)


def _request_id(call: Call) -> str | None:
    response = call.response
    if response is None:
        return None
    found = (response.header(name) for name in call.profile.request_id_headers)
    return next((value[:128] for value in found if value), None)


def _retry_after_s(call: Call) -> float | None:
    if call.ended_at is None:
        return None
    if call.refused:
        return max(0, call.wake_at - call.ended_at) / NS_PER_S if call.wake_at else None
    return call.asked / NS_PER_S if call.asked else None


def _retry_safe(call: Call, outcome: Outcome) -> bool:
    """Whether asking again, in a new call, cannot do it twice: a key that we minted dies with the
    call, so a new one would not be recognised."""
    if outcome in (Outcome.NOT_SENT, Outcome.REJECTED):
        return True
    if outcome is Outcome.PROCESSED:
        return call.safety in (Safety.SAFE, Safety.IDEMPOTENT)
    if call.safety is Safety.KEYED:
        return not call.key_is_ours
    return call.safety in (Safety.SAFE, Safety.IDEMPOTENT)


def _instant(call: Call, after_s: float | None) -> datetime | None:
    if after_s is None or call.ended_on is None:
        return None
    return as_datetime(later(call.ended_on, after_s))


def _rule(call: Call) -> str:
    return call.attempts[-1].rule if call.attempts else ""


def _told(call: Call, report: CallReport) -> str:
    """What happened, why, and the next step."""
    attempts = f"{call.sent_count} attempt{'s' if call.sent_count != 1 else ''}"
    if call.refused:
        why = _REFUSALS.get(call.refused, call.refused)
        why = f"not sent, {why}" if not call.sent_count else f"given up after {attempts}, {why}"
    else:
        why = f"{_rule(call)} ({attempts})"
    if report.outcome is Outcome.UNKNOWN and call.safety is not Safety.SAFE:
        return f"{why}. It may have happened: reconcile before you repeat it"
    if report.retry_after_s is not None:
        return f"{why}. Try again in {_length(report.retry_after_s)}"
    return why


def _length(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < _SHORT_S else f"{seconds:.0f} s"
