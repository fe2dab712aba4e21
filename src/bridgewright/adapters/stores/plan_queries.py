"""Answering queries about problems and plans: the same for every store, but for its SQL."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bridgewright.adapters.stores import plan_rows as rows
from bridgewright.adapters.stores.rows import audit_row
from bridgewright.core.model.planning import Plan, PlannedRow, Problem, Stretch

if TYPE_CHECKING:
    from bridgewright.adapters.stores.queries import Reading
    from bridgewright.core.model.operation import AuditRow
    from bridgewright.core.recovery import (
        CountPlanned,
        ListAudit,
        ListPlanned,
        ListPlans,
        ListProblems,
        ShowPlan,
    )


def show_plan(reading: Reading, query: ShowPlan) -> Plan | None:
    """A plan and how far it is, None when the store holds none of that number."""
    row = reading.run("get_plan", {"plan_id": query.plan_id}).fetchone()
    return None if row is None else rows.plan_row(row)


def list_plans(reading: Reading, query: ListPlans) -> tuple[Plan, ...]:
    """A page of them, newest first."""
    values = {"open_only": int(query.open_only), "limit": query.limit}
    found = reading.run("list_plans", values)
    return tuple(rows.plan_row(row) for row in found)


def list_planned(reading: Reading, query: ListPlanned) -> tuple[PlannedRow, ...]:
    """A few of the items that a plan names."""
    values = {
        "plan_id": query.plan_id,
        "prospect": query.prospect,
        "after": query.after,
        "limit": query.limit,
    }
    found = reading.run("list_planned", values)
    return tuple(rows.planned_row(row) for row in found)


def count_planned(reading: Reading, query: CountPlanned) -> Stretch:
    """What became of a stretch of a plan."""
    values = {"plan_id": query.plan_id, "after": query.after, "limit": query.limit}
    fates: Counter[str] = Counter()
    became: Counter[str] = Counter()
    reached, total = query.after, 0
    for fate, state, n, last in reading.run("count_planned", values):
        fates[fate] += n
        if state is not None:
            became[state] += n
        reached, total = max(reached, last), total + n
    return Stretch(dict(fates), dict(became), reached if total == query.limit else None)


def list_audit(reading: Reading, query: ListAudit) -> tuple[AuditRow, ...]:
    """Rows of the audit, newest first."""
    values = {"plan_id": query.plan_id, "limit": query.limit}
    found = reading.run("list_plan_audit", values)
    return tuple(audit_row(row) for row in found)


def list_problems(reading: Reading, query: ListProblems) -> tuple[Problem, ...]:
    """What has dead letters now, the largest first."""
    values = {"source": query.source, "limit": query.limit}
    found = reading.run("list_problems", values)
    return tuple(rows.problem_row(row) for row in found)
