"""Rows of plans and problems as values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.lifecycle import plans
from bridgewright.core.model.item import State
from bridgewright.core.model.moment import Moment
from bridgewright.core.model.planning import (
    Caution,
    Fate,
    Plan,
    PlannedRow,
    PlanState,
    Problem,
    Prospect,
    Verb,
)

if TYPE_CHECKING:
    from bridgewright.core.model.operation import Selection

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """What the store keeps of a plan beside what is shown: what it is still to name (`most` of them,
    as of `as_of`) and how far freezing, running and looking have come."""

    selection: Selection
    patterns: tuple[tuple[str, str], ...]
    most: int | None
    as_of: int
    frozen_item_id: int
    forgiven: int
    reached_item_id: int
    attempt_mark: int
    next_due_at: Moment


def plan_row(row: Row) -> Plan:
    """The first columns of `get_plan`."""
    (plan_id, verb, state, reason, actor, created_at, total, content_hash, by_cause) = row[:9]
    (by_prospect, canary, pace_per_s, stop_after, put_back, skipped, failed, why) = row[9:17]
    return Plan(
        id=plan_id,
        state=PlanState(state),
        reason=reason,
        actor=actor,
        created_at=Moment(created_at),
        total=total,
        put_back=put_back,
        skipped=skipped,
        by_cause=json.loads(by_cause),
        verb=Verb(verb),
        content_hash=content_hash,
        by_prospect=json.loads(by_prospect),
        failed=failed,
        caution=Caution(canary, pace_per_s, stop_after),
        why=why,
    )


def course_of(row: Row) -> Course:
    """The columns of `get_plan` after those that are shown."""
    selection, patterns, most, as_of, frozen, forgiven, reached, mark, next_due_at = row[17:]
    return Course(
        selection=plans.read(json.loads(selection)),
        patterns=tuple((source, pattern) for source, pattern in json.loads(patterns)),
        most=most,
        as_of=as_of,
        frozen_item_id=frozen,
        forgiven=forgiven,
        reached_item_id=reached,
        attempt_mark=mark,
        next_due_at=Moment(next_due_at),
    )


def problem_row(row: Row) -> Problem:
    """The columns of `list_problems`."""
    problem_id, title, dead, seen, first_seen_at, last_seen_at, sources, causes, sample_id = row
    return Problem(
        id=problem_id,
        title=title,
        dead=dead,
        seen=seen,
        first_seen_at=Moment(first_seen_at),
        last_seen_at=Moment(last_seen_at),
        sources=tuple(sorted(json.loads(sources))),
        causes=tuple(sorted(json.loads(causes))),
        sample_id=sample_id,
    )


def planned_row(row: Row) -> PlannedRow:
    """The columns of `list_planned`."""
    item_id, source, event_type, prospect, fate, state, runs_as = row
    standing = Prospect(prospect), Fate(fate), State(state)
    return PlannedRow(item_id, source, event_type, *standing, runs_as)
