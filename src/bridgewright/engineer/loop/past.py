"""What a journal says of a run that was interrupted: its task, what it used, what failed, how far it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError, Refused
from bridgewright.engineer.loop.words import Breach, Phase, Spent, Task

if TYPE_CHECKING:
    from bridgewright.engineer.loop.journal import Journal

_REMEDY = "begin anew: bridgewright engineer run"


@dataclass(frozen=True, slots=True)
class Past:
    """`asked` are the options that the run was begun with; `said` what was said at the end of phases;
    `failures` and `breaches` are those since somebody last began or resumed it knowing how it had ended."""

    task: Task
    phase: Phase
    spent: Spent
    asked: dict[str, Any] = field(repr=False)
    said: tuple[tuple[Phase, str], ...] = ()
    refusals: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    breaches: tuple[Breach, ...] = ()


def past(journal: Journal) -> Past:
    """As its journal tells it. `Refused` for a run that delivered its work, `ConfigurationError` for one
    whose journal does not hold its beginning."""
    records = journal.records()
    if not records or records[0]["what"] != "begun":
        raise ConfigurationError(
            "the run was killed before it had begun", place=journal.run, remedy=_REMEDY
        )
    if any(each["what"] == "delivered" for each in records):
        msg = f"run {journal.run} has delivered its work: there is nothing to resume"
        raise Refused(msg)
    begun = records[0]
    task = Task(begun["title"], begun["text"], begun["issue"], begun["author"])
    since = max((at for at, each in enumerate(records) if each["what"] == "stopped"), default=0)
    failed = [each for each in records[since:] if each["what"] == "called" and each["failed"]]
    return Past(
        task,
        _phase(records),
        _spent(records),
        begun["asked"],
        tuple((Phase(each["phase"]), each["said"]) for each in records if each["what"] == "done"),
        _refusals(records),
        tuple(each["mark"] for each in failed),
        tuple(Breach(each["breach"]) for each in failed if each["breach"]),
    )


def _phase(records: list[dict[str, Any]]) -> Phase:
    """The last that was entered. Each life begins with sync, which says nothing of how far the run was."""
    entered = [Phase(each["phase"]) for each in records if each["what"] == "phase"]
    return next((each for each in reversed(entered) if each is not Phase.SYNC), Phase.SYNC)


def _refusals(records: list[dict[str, Any]]) -> tuple[str, ...]:
    told = [each["refusals"] for each in records if each["what"] == "verified"]
    return tuple(told[-1]) if told else ()


def _spent(records: list[dict[str, Any]]) -> Spent:
    answered = [each for each in records if each["what"] == "answered"]
    steps = sum(each["what"] == "asking" for each in records)
    if not answered:
        return Spent(steps, seconds=_seconds(records))
    last = answered[-1]
    cost = None if last["cost"] is None else Decimal(last["cost"])
    return Spent(steps, last["tokens"], _seconds(records), cost, last["counted"])


def _seconds(records: list[dict[str, Any]]) -> float:
    """From record to record, without the pauses before a life begins."""
    times = [datetime.fromisoformat(each["at"]) for each in records]
    gaps = zip(times, times[1:], records[1:], strict=False)
    return sum((then - at).total_seconds() for at, then, each in gaps if each["what"] != "resumed")
