"""Redrive plans: freezing, approving and advancing, inside the writer's transaction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.adapters.stores.rows import plan_row
from bridgewright.adapters.stores.sqlite.selection import conditions
from bridgewright.core.errors import NotFound, Refused
from bridgewright.core.lifecycle import lease
from bridgewright.core.model.item import State
from bridgewright.core.model.operation import Plan, PlanState

if TYPE_CHECKING:
    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.core.effects import Advance, Approve, Freeze


def freeze(batch: Batch, command: Freeze) -> Plan:
    """Name the dead letters that match now."""
    plan_id = batch.run("add_plan", command.reason, command.actor, command.at).lastrowid
    where, values = conditions(replace(command.selection, state=State.DEAD))
    sql = batch.sql["add_plan_items"].replace("{conditions}", where)
    values |= {"plan_id": plan_id, "limit": command.limit}
    total = batch.connection.execute(sql, values).rowcount
    by_cause = dict(batch.run("count_plan", plan_id).fetchall())
    batch.run("set_plan_total", total, json.dumps(by_cause), plan_id)
    return _get(batch, plan_id)[0]


def approve(batch: Batch, command: Approve) -> Plan:
    """Allow a frozen plan to be advanced; approving an approved one changes nothing."""
    plan, _ = _get(batch, command.plan_id)
    if plan.state is PlanState.FINISHED:
        msg = f"plan {plan.id} is finished ({plan.put_back} put back, {plan.skipped} skipped)"
        raise Refused(f"{msg}: freeze a new one with `bridgewright redrive`")
    if plan.state is PlanState.FROZEN:
        batch.run("set_plan_state", PlanState.APPROVED, plan.id)
        audit = (command.at, command.actor, "approve", plan.reason, plan.id, None, None, plan.total)
        batch.run("add_audit", *audit)
    return _get(batch, plan.id)[0]


def advance(batch: Batch, command: Advance) -> Plan:
    """Put back the next batch of an approved plan, and write down that it was done."""
    plan, reached = _get(batch, command.plan_id)
    if plan.state is PlanState.FROZEN:
        msg = f"plan {plan.id} is only frozen, nothing has moved"
        raise Refused(f"{msg}: approve it with `bridgewright redrive --plan {plan.id} --apply`")
    if plan.state is PlanState.FINISHED:
        return plan
    rows = batch.run("next_plan_items", plan.id, reached, command.batch).fetchall()
    back = [(item_id, fence, source) for item_id, fence, source in rows if fence is not None]
    for item_id, fence, source in back:
        standing = lease.revive(fence, command.at)
        batch.run("drop_dead", item_id)
        batch.run("add_work", item_id, source, standing.state, standing.due_at, standing.fence)
    if rows:
        last = rows[-1][0]
        batch.run("count_plan_turn", len(back), len(rows) - len(back), last, plan.id)
        audit = (
            command.at,
            plan.actor,
            "redrive",
            plan.reason,
            plan.id,
            rows[0][0],
            last,
            len(back),
        )
        batch.run("add_audit", *audit)
    if len(rows) < command.batch:
        batch.run("set_plan_state", PlanState.FINISHED, plan.id)
    batch.due = batch.due or bool(back)
    return _get(batch, plan.id)[0]


def _get(batch: Batch, plan_id: int | None) -> tuple[Plan, int]:
    row = batch.connection.execute(batch.sql["get_plan"], {"plan_id": plan_id}).fetchone()
    if row is None:
        msg = f"there is no redrive plan {plan_id}: freeze one with `bridgewright redrive`"
        raise NotFound(msg)
    return plan_row(row), row[9]
