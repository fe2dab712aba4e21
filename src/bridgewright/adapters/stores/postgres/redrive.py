"""Redrive plans: freezing, approving and advancing, inside the writer's transaction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.adapters.stores.postgres.selection import conditions
from bridgewright.adapters.stores.rows import plan_row
from bridgewright.core.errors import NotFound, Refused
from bridgewright.core.lifecycle import lease
from bridgewright.core.model.item import State
from bridgewright.core.model.operation import Plan, PlanState

if TYPE_CHECKING:
    from bridgewright.adapters.stores.postgres.batch import Batch
    from bridgewright.core.effects import Advance, Approve, Freeze


def freeze(batch: Batch, command: Freeze) -> Plan:
    """Name the dead letters that match now."""
    row = batch.run("add_plan", command.reason, command.actor, command.at).fetchone()
    [plan_id] = row or (0,)
    where, values = conditions(replace(command.selection, state=State.DEAD))
    sql = batch.sql["add_plan_items"].replace(b"{conditions}", where.encode())
    values |= {"plan_id": plan_id, "limit": command.limit}
    total = batch.execute(sql, values).rowcount
    by_cause: dict[str, int] = dict(batch.run("count_plan", plan_id).fetchall())
    batch.run("set_plan_total", total, json.dumps(by_cause), plan_id)
    return _get(batch, plan_id)[0]


def approve(batch: Batch, command: Approve) -> Plan:
    """Allow a frozen plan to be advanced; approving an approved one changes nothing."""
    plan, _ = _get(batch, command.plan_id)
    if plan.state is PlanState.FINISHED:
        msg = f"plan {plan.id} is finished ({plan.put_back} put back, {plan.skipped} skipped)"
        raise Refused(f"{msg}: freeze a new one with `bridgewright redrive`")
    if plan.state is PlanState.FROZEN:
        batch.run("set_plan_state", str(PlanState.APPROVED), plan.id)
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
    back = [(item_id, fence, source) for item_id, fence, source, _ in rows if fence is not None]
    if back:
        standing = lease.revive(0, command.at)
        ids, fences, sources = (list(column) for column in zip(*back, strict=True))
        batch.run("revive", ids, fences, str(standing.state), standing.due_at)
        batch.lowered.extend((source, standing.due_at) for source in sources)
    if rows:
        last = rows[-1][0]
        batch.run("count_plan_turn", len(back), len(rows) - len(back), last, plan.id)
        who = (command.at, plan.actor, "redrive", plan.reason, plan.id)
        batch.run("add_audit", *who, rows[0][0], last, len(back))
    if len(rows) < command.batch:
        batch.run("set_plan_state", str(PlanState.FINISHED), plan.id)
    batch.due = batch.due or bool(back)
    return _get(batch, plan.id)[0]


def _get(batch: Batch, plan_id: int) -> tuple[Plan, int]:
    """A plan, locked until the transaction ends: of workers that advance it at once, one does."""
    row = batch.run("hold_plan", plan_id).fetchone()
    if row is None:
        msg = f"there is no redrive plan {plan_id}: freeze one with `bridgewright redrive`"
        raise NotFound(msg)
    return plan_row(row), row[9]
