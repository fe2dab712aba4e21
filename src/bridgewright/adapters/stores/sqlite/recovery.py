"""Plans inside the writer's transaction: freezing, steering, and giving items their turn.

Whatever is done to many items is done by a handful of statements, each over one stretch of the plan.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.sqlite.recovery_rows import Course, course_of, plan_row
from bridgewright.adapters.stores.sqlite.rows import worker_row
from bridgewright.adapters.stores.sqlite.selection import conditions
from bridgewright.core.errors import NotFound
from bridgewright.core.lifecycle import lease, plans
from bridgewright.core.model.planning import Fate, Plan, PlanMove, PlanState, Verb
from bridgewright.core.recovery import Advanced

if TYPE_CHECKING:
    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.recovery import Advance, Extend, Freeze, Steer

REPLAY_BYTES = 4_194_304
"""Bodies that one transaction copies, or one larger one: milliseconds of writing."""

_NAMING = {
    Verb.REDRIVE: ("next_dead_stretch", "name_dead"),
    Verb.REPLAY: ("next_done_stretch", "name_done"),
}


def freeze(batch: Batch, command: Freeze) -> Plan:
    """Begin a plan and name its first stretch."""
    workers = (worker_row(row) for row in batch.run("list_workers"))
    values = {
        "verb": command.verb,
        "reason": command.reason,
        "actor": command.actor,
        "at": command.at,
        "selection": json.dumps(plans.written(command.selection)),
        "patterns": json.dumps(plans.known_patterns(workers, command.patterns, command.at)),
        "most": command.limit,
    }
    added = batch.connection.execute(batch.sql["add_plan"], values)
    plan, course = _get(batch, added.lastrowid)
    return _name(batch, plan, course, command.at, command.batch)


def extend(batch: Batch, command: Extend) -> Plan:
    """Name the next stretch of a plan that is not frozen yet."""
    plan, course = _get(batch, command.plan_id)
    if plan.state is not PlanState.FREEZING:
        return plan
    return _name(batch, plan, course, command.at, command.batch)


def _name(batch: Batch, plan: Plan, course: Course, at: Moment, size: int) -> Plan:
    """Name what matches in the next stretch of candidates; the last stretch freezes the plan."""
    next_stretch, name = _NAMING[plan.verb]
    upto, found = _stretch(batch, next_stretch, course, size)
    if upto is not None:
        where, values = conditions(course.selection)
        values |= {"plan_id": plan.id, "after": course.frozen_item_id, "upto": upto}
        values |= {"as_of": course.as_of, "at": plan.created_at}
        values["limit"] = -1 if course.most is None else course.most - plan.total
        sql = batch.sql[name].replace("{conditions}", where)
        entries = sorted(batch.connection.execute(sql, values).fetchall())
        _count_named(batch, plan, course, upto, entries)
    plan, _ = _get(batch, plan.id)
    full = course.most is not None and plan.total >= course.most
    if upto is None or found < size or full:
        _move(batch, plan, PlanMove.SEAL)
        _audit(batch, at, plan.actor, "freeze", plan, items=plan.total)
    return _get(batch, plan.id)[0]


def _stretch(batch: Batch, next_stretch: str, course: Course, size: int) -> tuple[int | None, int]:
    """Where the next stretch of candidates ends, and how many are in it."""
    if course.selection.ids:  # few, and known: no need to look through everything
        return max(course.selection.ids), 0
    upto, found = batch.run(next_stretch, course.frozen_item_id, size).fetchone()
    return upto, found


def _count_named(
    batch: Batch, plan: Plan, course: Course, upto: int, entries: list[tuple[int, int]]
) -> None:
    stretch: dict[str, Any] = {"plan_id": plan.id, "after": course.frozen_item_id, "upto": upto}
    run, sql = batch.connection.execute, batch.sql
    missing = plans.unhandled(run(sql["named_types"], stretch).fetchall(), course.patterns)
    if missing:
        run(sql["miss_handlers"], stretch | {"types": json.dumps(missing)})
    causes, prospects = Counter(plan.by_cause), Counter(plan.by_prospect)
    for cause, prospect, n in run(sql["count_named"], stretch):
        prospects[prospect] += n
        if cause is not None:
            causes[cause] += n
    named = {
        "id": plan.id,
        "reached": upto,
        "total": plan.total + len(entries),
        "content_hash": plans.folded(plan.content_hash, entries),
        "by_cause": json.dumps(causes),
        "by_prospect": json.dumps(prospects),
    }
    run(sql["set_named"], named)


def steer(batch: Batch, command: Steer) -> Plan:
    """An operator's move, and its audit row."""
    plan, _ = _get(batch, command.plan_id)
    plans.moved(plan, command.move)
    if command.move is PlanMove.RUN:
        plans.expect(plan, command.expect_count)
        care = command.caution
        batch.run("set_caution", care.canary, care.pace_per_s, care.stop_after, plan.id)
    if command.move is PlanMove.RESUME:
        batch.run("forgive", plan.id)
    _move(batch, plan, command.move, "" if command.move is PlanMove.RESUME else command.reason)
    reason = command.reason or plan.reason
    items = plan.total if command.move is PlanMove.RUN else plan.remaining
    _audit(batch, command.at, command.actor, command.move, plan, reason=reason, items=items)
    return _get(batch, plan.id)[0]


def advance(batch: Batch, command: Advance) -> Advanced:
    """Give the next items of a running plan their turn."""
    plan, course = _get(batch, command.plan_id)
    if plan.state is not PlanState.RUNNING:
        return Advanced(plan)
    out = _look(batch, plan, course) if plan.caution.watches else 0
    plan, course = _get(batch, plan.id)
    standing = plans.Standing(plan.put_back, plan.failed - course.forgiven, out, course.next_due_at)
    leave = plans.ahead(plan.caution, standing, command.at, command.batch)
    back = skipped = 0
    if isinstance(leave, plans.Halt):
        _move(batch, plan, PlanMove.HALT, leave.why)
        _audit(batch, command.at, "plan", "pause", plan, reason=leave.why, items=plan.remaining)
    elif leave.limit:
        back, skipped = _take_turn(batch, plan, course, leave, command.at)
    return Advanced(_get(batch, plan.id)[0], back, skipped, isinstance(leave, plans.Halt))


def _look(batch: Batch, plan: Plan, course: Course) -> int:
    """See what became of those put back under caution; how many have not settled."""
    failed = batch.run("see_failed", plan.id, course.attempt_mark).rowcount
    batch.run("see_done", plan.id)
    batch.run("add_failed", failed, plan.id)
    out: int = batch.run("count_watched", plan.id).fetchone()[0]
    return out


def _take_turn(
    batch: Batch, plan: Plan, course: Course, leave: plans.Leave, at: Moment
) -> tuple[int, int]:
    ahead = plan.id, course.reached_item_id, leave.limit
    copies = plan.verb is Verb.REPLAY
    found = (
        batch.run("next_copies", *ahead, REPLAY_BYTES) if copies else batch.run("next_turn", *ahead)
    )
    first, last, n = found.fetchone()
    back = 0
    if n:
        fate = Fate.WATCHED if plan.caution.watches else Fate.PUT_BACK
        turn: dict[str, Any] = {"plan_id": plan.id, "first": first, "last": last, "fate": fate}
        put = _put_back if plan.verb is Verb.REDRIVE else _replay
        back = put(batch, turn, leave, at)
        due_at = plans.next_due(leave, back)
        batch.run("count_plan_turn", back, n - back, last, due_at, plan.id)
        reach = {"first": first, "last": last, "items": back, "skipped": n - back}
        _audit(batch, at, plan.actor, plan.verb, plan, **reach)
        batch.due = batch.due or back > 0
    if n in (0, plan.remaining):
        _move(batch, plan, PlanMove.FINISH)
    return back, n - back


def _put_back(batch: Batch, turn: dict[str, Any], leave: plans.Leave, at: Moment) -> int:
    run, sql = batch.connection.execute, batch.sql
    run(sql["decide_redrive"], turn)
    fresh = lease.revive(0, at)
    values = {"state": fresh.state, "due_at": leave.first_at, "step": leave.step_us}
    values |= {"attempts": fresh.attempts, "lost": fresh.lost}
    back = run(sql["revive"], turn | values).rowcount
    run(sql["unbury"], turn)
    return back


def _replay(batch: Batch, turn: dict[str, Any], leave: plans.Leave, at: Moment) -> int:
    run, sql = batch.connection.execute, batch.sql
    last = batch.run("last_item").fetchone()
    run(sql["decide_replay"], turn | {"last_id": last[0] if last else 0})
    run(sql["copy_items"], turn | {"at": at})
    fresh = lease.fresh(at)
    values = {"state": fresh.state, "due_at": leave.first_at, "step": leave.step_us}
    values |= {"attempts": fresh.attempts, "lost": fresh.lost}
    for source, n in run(sql["count_replays"], turn).fetchall():
        batch.tally[source, "replayed"] += n
    return run(sql["add_replays"], turn | values).rowcount


def _move(batch: Batch, plan: Plan, move: PlanMove, why: str = "") -> None:
    batch.run("set_plan_state", plans.moved(plan, move), why, plan.id)


def _audit(  # noqa: PLR0913 - the columns of a row
    batch: Batch,
    at: Moment,
    actor: str,
    action: str,
    plan: Plan,
    *,
    reason: str = "",
    first: int | None = None,
    last: int | None = None,
    items: int = 0,
    skipped: int = 0,
) -> None:
    row = (at, actor, action, reason or plan.reason, plan.id, first, last, items, skipped)
    batch.run("add_audit", *row)


def _get(batch: Batch, plan_id: int | None) -> tuple[Plan, Course]:
    row = batch.run("get_plan", plan_id).fetchone()
    if row is None:
        msg = f"there is no plan {plan_id}: `bridgewright redrive ls` lists those there are"
        raise NotFound(msg)
    return plan_row(row), course_of(row)
