"""Facts as records of the standard library's logging, under the logger `bridgewright`."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import TYPE_CHECKING

from bridgewright.core.model import fact as facts
from bridgewright.core.model.call import Outcome, Verdict
from bridgewright.core.model.reconciling import Ended

if TYPE_CHECKING:
    from bridgewright.core.model.fact import Fact

LOGGER = logging.getLogger("bridgewright")

_LEVELS: dict[type[Fact], int] = {
    facts.DeliveryAccepted: logging.DEBUG,
    facts.DeadlineNear: logging.WARNING,
    facts.SourceSilent: logging.WARNING,
    facts.SourceHeard: logging.INFO,
    facts.DeliveryRejected: logging.WARNING,
    facts.DeliveryRefused: logging.INFO,
    facts.StoreFailed: logging.ERROR,
    facts.KeyMissing: logging.ERROR,
    facts.AttemptStarted: logging.DEBUG,
    facts.EventSkipped: logging.INFO,
    facts.LeaseLost: logging.WARNING,
    facts.ItemPoisoned: logging.ERROR,
    facts.WorkerStarted: logging.INFO,
    facts.WorkerStopped: logging.INFO,
    facts.NothingClaims: logging.WARNING,
    facts.LaneClosed: logging.WARNING,
    facts.PlanAdvanced: logging.INFO,
    facts.PlanExtended: logging.DEBUG,
    facts.PlanPaused: logging.WARNING,
    facts.BreakerMoved: logging.WARNING,
    facts.ThrottleClosed: logging.WARNING,
    facts.GateLost: logging.ERROR,
    facts.GateRegained: logging.WARNING,
}
_OUTCOME_LEVELS = {
    "done": logging.DEBUG,
    "released": logging.INFO,
    "retry": logging.WARNING,
    "dead": logging.ERROR,
}
_END_LEVELS = {
    Outcome.PROCESSED: logging.DEBUG,
    Outcome.REJECTED: logging.WARNING,
    Outcome.NOT_SENT: logging.ERROR,
    Outcome.UNKNOWN: logging.ERROR,
}


def heeds_successes() -> bool:
    """Whether records of what went well, which are most, would go anywhere."""
    return LOGGER.isEnabledFor(logging.DEBUG)


class LogExporter:
    """One record for each fact: its name as the message, its fields in the text and, for
    structured handlers, as `record.fact`. Facts hold no secrets, and no payloads but those that were
    asked for and redacted, so neither do records.

    An attempt or a call that went well is told at DEBUG, an attempt that is followed by another at
    WARNING, a call that failed once more at its end: at ERROR, or at WARNING when the provider said
    no or a rule of ours kept it back.
    """

    __slots__ = ()

    def __call__(self, fact: Fact) -> None:
        """Log one fact, if its level is on."""
        level = _level(fact)
        if LOGGER.isEnabledFor(level):
            LOGGER.log(
                level, "%s %s", _words(type(fact).__name__), _text(fact), extra={"fact": fact}
            )


def _level(fact: Fact) -> int:
    match fact:
        case facts.AttemptEnded():
            return _OUTCOME_LEVELS[fact.outcome]
        case facts.CallAttempted(attempt=attempt):
            if attempt.verdict is Verdict.SUCCESS:
                return logging.DEBUG
            return logging.INFO if attempt.wait_s is None else logging.WARNING
        case facts.EventsReconciled():
            return logging.WARNING if fact.ended is Ended.FAILED else logging.INFO
        case facts.CallEnded():
            level = _END_LEVELS[fact.outcome]
            return min(level, logging.WARNING) if fact.refused_by else level
        case _:
            return _LEVELS[type(fact)]


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _text(fact: Fact) -> str:
    match fact:
        case facts.NothingClaims():
            return (
                f"for {', '.join(fact.sources)}: items will only wait; start `bridgewright worker`,"
                " or use the lifespan"
            )
        case facts.CallAttempted():
            return _attempted(fact)
        case facts.CallEnded():
            return _ended(fact)
        case _:
            pairs = ((field.name, getattr(fact, field.name)) for field in fields(fact))
            return " ".join(
                f"{name}={value}" for name, value in pairs if value not in (None, "", ())
            )


def _attempted(fact: facts.CallAttempted) -> str:
    attempt = fact.attempt
    came = attempt.status or attempt.trouble or attempt.phase
    answered = attempt.status is not None
    came_back = _size(fact.response_bytes) if answered else "no answer"
    sizes = f"{_size(fact.request_bytes)}, {came_back}"
    parts = [
        f"{_whose(fact)} attempt {attempt.number}: {attempt.verdict}, {came}",
        f"{fact.method} {fact.url} ({sizes}) in {attempt.elapsed_s:.3f} s",
    ]
    if attempt.rule != attempt.verdict:
        parts[0] += f" by {attempt.rule}"
    if attempt.wait_s is not None:
        parts.insert(1, f"again in {attempt.wait_s:.3f} s")
    if fact.request_body is not None:
        parts.append(f"sent {fact.request_body}")
    if fact.response_body is not None:
        parts.append(f"got {fact.response_body}")
    return "; ".join((*parts, f"call={fact.call_id}"))


def _ended(fact: facts.CallEnded) -> str:
    attempts = f"{fact.attempts} attempt{'' if fact.attempts == 1 else 's'}"
    parts = [f"{_whose(fact)}: {fact.outcome} after {attempts} in {fact.elapsed_s:.3f} s"]
    if fact.refused_by:
        parts.append(f"kept back by {fact.refused_by}")
    if fact.status is not None:
        parts.append(f"status {fact.status}")
    if fact.request_id is not None:
        parts.append(f"request {fact.request_id}")
    return "; ".join((*parts, f"call={fact.call_id}"))


def _whose(fact: facts.CallAttempted | facts.CallEnded) -> str:
    account = "" if fact.account in ("", fact.connector) else f" ({fact.account})"
    return f"{fact.connector}{account} {fact.operation}"


def _size(size: int | None) -> str:
    return "a stream" if size is None else f"{size} bytes"
