"""Facts as records of the standard library's logging, under the logger `bridgewright`."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import TYPE_CHECKING

from bridgewright.core.model import fact as facts

if TYPE_CHECKING:
    from bridgewright.core.model.fact import Fact

LOGGER = logging.getLogger("bridgewright")

_LEVELS: dict[type[Fact], int] = {
    facts.DeliveryAccepted: logging.DEBUG,
    facts.DeliveryRejected: logging.WARNING,
    facts.DeliveryRefused: logging.INFO,
    facts.StoreFailed: logging.ERROR,
    facts.AttemptStarted: logging.DEBUG,
    facts.LeaseLost: logging.WARNING,
    facts.ItemPoisoned: logging.ERROR,
    facts.WorkerStarted: logging.INFO,
    facts.WorkerStopped: logging.INFO,
    facts.NothingClaims: logging.WARNING,
    facts.PlanAdvanced: logging.INFO,
    facts.CallAttempted: logging.DEBUG,
    facts.CallEnded: logging.DEBUG,
    facts.BreakerMoved: logging.WARNING,
    facts.ThrottleClosed: logging.WARNING,
}
_OUTCOME_LEVELS = {
    "done": logging.DEBUG,
    "released": logging.INFO,
    "retry": logging.WARNING,
    "dead": logging.ERROR,
}


def heeds_successes() -> bool:
    """Whether records of what went well, which are most, would go anywhere."""
    return LOGGER.isEnabledFor(logging.DEBUG)


class LogExporter:
    """One record for each fact: its name as the message, its fields in the text and, for
    structured handlers, as `record.fact`. Facts hold no secrets and no payloads, so neither do
    records."""

    __slots__ = ()

    def __call__(self, fact: Fact) -> None:
        """Log one fact, if its level is on."""
        level = _level(fact)
        if LOGGER.isEnabledFor(level):
            LOGGER.log(
                level, "%s %s", _words(type(fact).__name__), _text(fact), extra={"fact": fact}
            )


def _level(fact: Fact) -> int:
    if isinstance(fact, facts.AttemptEnded):
        return _OUTCOME_LEVELS[fact.outcome]
    return _LEVELS[type(fact)]


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _text(fact: Fact) -> str:
    if isinstance(fact, facts.NothingClaims):
        names = ", ".join(fact.sources)
        return (
            f"for {names}: items will only wait; start `bridgewright worker`, or use the lifespan"
        )
    pairs = ((field.name, getattr(fact, field.name)) for field in fields(fact))
    return " ".join(f"{name}={value}" for name, value in pairs if value not in (None, "", ()))
