"""Answering queries about problems and plans on the reading connection."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bridgewright.adapters.stores.sqlite import recovery_rows as rows
from bridgewright.adapters.stores.sqlite.rows import audit_row
from bridgewright.adapters.stores.sqlite.statements import statements
from bridgewright.core.model.planning import Plan, PlannedRow, Problem, Stretch

if TYPE_CHECKING:
    import sqlite3

    from bridgewright.core.model.operation import AuditRow
    from bridgewright.core.recovery import (
        CountPlanned,
        ListAudit,
        ListPlanned,
        ListPlans,
        ListProblems,
        ShowPlan,
    )


def show_plan(connection: sqlite3.Connection, query: ShowPlan) -> Plan | None:
    """A plan and how far it is, None when the store holds none of that number."""
    row = connection.execute(statements()["get_plan"], (query.plan_id,)).fetchone()
    return None if row is None else rows.plan_row(row)


def list_plans(connection: sqlite3.Connection, query: ListPlans) -> tuple[Plan, ...]:
    """A page of them, newest first."""
    values = {"open_only": int(query.open_only), "limit": query.limit}
    found = connection.execute(statements()["list_plans"], values)
    return tuple(rows.plan_row(row) for row in found)


def list_planned(connection: sqlite3.Connection, query: ListPlanned) -> tuple[PlannedRow, ...]:
    """A few of the items that a plan names."""
    values = {
        "plan_id": query.plan_id,
        "prospect": query.prospect,
        "after": query.after,
        "limit": query.limit,
    }
    found = connection.execute(statements()["list_planned"], values)
    return tuple(rows.planned_row(row) for row in found)


def count_planned(connection: sqlite3.Connection, query: CountPlanned) -> Stretch:
    """What became of a stretch of a plan."""
    values = {"plan_id": query.plan_id, "after": query.after, "limit": query.limit}
    fates: Counter[str] = Counter()
    became: Counter[str] = Counter()
    reached, total = query.after, 0
    for fate, state, n, last in connection.execute(statements()["count_planned"], values):
        fates[fate] += n
        if state is not None:
            became[state] += n
        reached, total = max(reached, last), total + n
    return Stretch(dict(fates), dict(became), reached if total == query.limit else None)


def list_audit(connection: sqlite3.Connection, query: ListAudit) -> tuple[AuditRow, ...]:
    """Rows of the audit, newest first."""
    values = {"plan_id": query.plan_id, "limit": query.limit}
    found = connection.execute(statements()["list_plan_audit"], values)
    return tuple(audit_row(row) for row in found)


def list_problems(connection: sqlite3.Connection, query: ListProblems) -> tuple[Problem, ...]:
    """What has dead letters now, the largest first."""
    values = {"source": query.source, "limit": query.limit}
    found = connection.execute(statements()["list_problems"], values)
    return tuple(rows.problem_row(row) for row in found)
