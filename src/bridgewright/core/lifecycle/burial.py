"""What follows from how an attempt failed: another try, or a dead letter and its cause."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.lifecycle.fingerprint import of_event
from bridgewright.core.model.item import Bury, Cause, Failure, Retry
from bridgewright.core.model.moment import Moment, later
from bridgewright.core.timing.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.effects import Raised


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently an item is tried.

    `max_attempts` counts the first one (1 to 100). The default of 8 with the default backoff keeps
    trying for at most about an hour and a half: longer than most outages of a dependency, short
    enough that an operator sees the dead letter the same day.
    """

    max_attempts: int = 8
    backoff: Backoff = field(default_factory=Backoff)


def resolve(
    raised: Raised, attempt: int, policy: RetryPolicy, now: Moment, roll: float
) -> Retry | Bury:
    """What becomes of an item whose attempt number `attempt` raised."""
    if raised.permanent:
        return Bury(Cause.PERMANENT, raised.failure)
    if raised.ambiguous:
        return Bury(Cause.AMBIGUOUS, raised.failure)
    if attempt >= policy.max_attempts:
        return Bury(Cause.EXHAUSTED, raised.failure)
    wait_s = policy.backoff.wait_s(attempt, roll) if raised.after_s is None else raised.after_s
    return Retry(later(now, wait_s), raised.failure)


def overdue(attempt: int, policy: RetryPolicy) -> Bury | None:
    """The burial of an item claimed beyond its last attempt: the worker of the last one vanished."""
    if attempt <= policy.max_attempts:
        return None
    text = f"all {policy.max_attempts} attempts were used; the worker of the last one vanished"
    return Bury(Cause.EXHAUSTED, Failure(kind="WorkerLost", text=text))


def unhandled(event_type: str, patterns: Sequence[str]) -> Bury:
    """The burial of an event nobody registered a handler for."""
    known = ", ".join(sorted(patterns)) or "none"
    text = f"no handler for {event_type!r} (registered: {known})"
    problem, title = of_event("Unhandled", event_type)
    failure = Failure(kind="Unhandled", text=text, problem=problem, title=title)
    return Bury(Cause.UNHANDLED, failure)
