"""Plans inside the writer's transaction: freezing, steering, and giving items their turn; the same for
every store, but for its SQL.

Whatever is done to many items is done by a handful of statements, each over one stretch of the plan.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.adapters.stores.plan_rows import Course, course_of, plan_row
from bridgewright.adapters.stores.rows import worker_row
from bridgewright.core.errors import NotFound
from bridgewright.core.lifecycle import lease, plans
from bridgewright.core.model.planning import Fate, Plan, PlanMove, PlanState, Prospect, Verb
from bridgewright.core.recovery import Advanced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import Selection
    from bridgewright.core.recovery import Advance, Extend, Freeze, Steer

REPLAY_BYTES = 4_194_304
"""Bodies that one transaction copies, or one larger one: milliseconds of writing."""

EVERY = 2**62
"""A limit that is none."""


class Batch(Protocol):
    """What a transaction under way offers here."""

    @property
    def tally(self) -> Counter[tuple[str, str]]: ...

    def named(self, name: str, values: Mapping[str, Any]) -> Any:
        """Execute a named statement with named values."""

    def matching(self, name: str, selection: Selection, values: Mapping[str, Any]) -> Any:
        """Execute a named statement on what a selection means."""

    def hold_plan(self, plan_id: int | None) -> Any:
        """The row of a plan, which nobody else changes until this transaction ends."""

    def woke(self, at: Moment) -> None:
        """Something was put in that is due at this moment, or later."""


_NAMING = {
    Verb.REDRIVE: ("next_dead_stretch", "name_dead"),
    Verb.REPLAY: ("next_done_stretch", "name_done"),
}


def freeze(batch: Batch, command: Freeze) -> Plan:
    """Begin a plan and name its first stretch."""
    workers = (worker_row(row) for row in batch.named("list_workers", {}))
    values = {
        "verb": command.verb,
        "reason": command.reason,
        "actor": command.actor,
        "at": command.at,
        "selection": json.dumps(plans.written(command.selection)),
        "patterns": json.dumps(plans.known_patterns(workers, command.patterns, command.at)),
        "most": command.limit,
    }
    [plan_id] = batch.named("add_plan", values).fetchone()
    plan, course = _get(batch, plan_id)
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
        values: dict[str, Any] = {"plan_id": plan.id, "after": course.frozen_item_id, "upto": upto}
        values |= {"as_of": course.as_of, "at": plan.created_at, "by_hand": _by_hand(course)}
        values["limit"] = EVERY if course.most is None else course.most - plan.total
        entries = sorted(batch.matching(name, course.selection, values).fetchall())
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
    values = {"after": course.frozen_item_id, "limit": size}
    upto, found = batch.named(next_stretch, values).fetchone()
    return upto, found


def _count_named(
    batch: Batch, plan: Plan, course: Course, upto: int, entries: list[tuple[int, int]]
) -> None:
    stretch: dict[str, Any] = {"plan_id": plan.id, "after": course.frozen_item_id, "upto": upto}
    kinds = batch.named("named_types", stretch).fetchall()
    pauses = [(source, pattern) for source, pattern, *_ in batch.named("list_pauses", {})]
    for prospect, those in (
        (Prospect.UNHANDLED, plans.unhandled(kinds, course.patterns)),
        (Prospect.PAUSED, plans.paused(kinds, pauses)),
    ):
        if those:
            values = {"types": json.dumps(those), "prospect": prospect}
            batch.named("expect", stretch | values)
    causes, prospects = Counter(plan.by_cause), Counter(plan.by_prospect)
    for cause, prospect, n in batch.named("count_named", stretch):
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
    batch.named("set_named", named)


def _by_hand(course: Course) -> bool:
    """Whether a person has named each item, and answers for what a repeat does."""
    return bool(course.selection.ids)


def steer(batch: Batch, command: Steer) -> Plan:
    """An operator's move, and its audit row."""
    plan, course = _get(batch, command.plan_id)
    plans.moved(plan, command.move)
    if command.move is PlanMove.RUN:
        plans.expect(plan, command.expect_count)
        care = command.caution
        values = {"canary": care.canary, "pace_per_s": care.pace_per_s}
        values |= {"stop_after": care.stop_after, "plan_id": plan.id}
        batch.named("set_caution", values)
    if command.move is PlanMove.RESUME:
        if plan.caution.watches:
            _look(batch, plan, course)  # what failed before is known to who lets it go on
        batch.named("forgive", {"plan_id": plan.id})
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
    values = {"plan_id": plan.id, "mark": course.attempt_mark}
    failed = batch.named("see_failed", values).rowcount
    batch.named("see_done", values)
    batch.named("add_failed", values | {"failed": failed})
    out: int = batch.named("count_watched", values).fetchone()[0]
    return out


def _take_turn(
    batch: Batch, plan: Plan, course: Course, leave: plans.Leave, at: Moment
) -> tuple[int, int]:
    ahead = {"plan_id": plan.id, "after": course.reached_item_id, "limit": leave.limit}
    copies = plan.verb is Verb.REPLAY
    found = (
        batch.named("next_copies", ahead | {"bytes": REPLAY_BYTES})
        if copies
        else batch.named("next_turn", ahead)
    )
    first, last, n = found.fetchone()
    back = 0
    if n:
        fate = Fate.WATCHED if plan.caution.watches else Fate.PUT_BACK
        turn: dict[str, Any] = {"plan_id": plan.id, "first": first, "last": last, "fate": fate}
        turn |= {"at": at, "by_hand": _by_hand(course)}
        put = _put_back if plan.verb is Verb.REDRIVE else _replay
        back = put(batch, turn, leave, at)
        due_at = plans.next_due(leave, back)
        values = {"plan_id": plan.id, "back": back, "skipped": n - back}
        batch.named("count_plan_turn", values | {"last": last, "due_at": due_at})
        reach = {"first": first, "last": last, "items": back, "skipped": n - back}
        _audit(batch, at, plan.actor, plan.verb, plan, **reach)
        if back:
            batch.woke(leave.first_at)
    if n in (0, plan.remaining):
        _move(batch, plan, PlanMove.FINISH)
    return back, n - back


def _put_back(batch: Batch, turn: dict[str, Any], leave: plans.Leave, at: Moment) -> int:
    batch.named("hold_dead", turn)
    batch.named("decide_redrive", turn)
    fresh = lease.revive(0, at)
    values = {"state": fresh.state, "due_at": leave.first_at, "step": leave.step_us}
    values |= {"attempts": fresh.attempts, "lost": fresh.lost}
    back: int = batch.named("revive", turn | values).rowcount
    batch.named("unbury", turn)
    return back


def _replay(batch: Batch, turn: dict[str, Any], leave: plans.Leave, at: Moment) -> int:
    batch.named("decide_replay", turn)
    batch.named("copy_items", turn)
    batch.named("copy_ranks", turn)
    fresh = lease.fresh(at)
    values = {"state": fresh.state, "due_at": leave.first_at, "step": leave.step_us}
    values |= {"attempts": fresh.attempts, "lost": fresh.lost}
    for source, n in batch.named("count_replays", turn).fetchall():
        batch.tally[source, "replayed"] += n
    added: int = batch.named("add_replays", turn | values).rowcount
    return added


def _move(batch: Batch, plan: Plan, move: PlanMove, why: str = "") -> None:
    values = {"state": plans.moved(plan, move), "why": why, "plan_id": plan.id}
    batch.named("set_plan_state", values)


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
    row = {
        "at": at,
        "actor": actor,
        "action": action,
        "reason": reason or plan.reason,
        "plan_id": plan.id,
        "first": first,
        "last": last,
        "items": items,
        "skipped": skipped,
    }
    batch.named("add_audit", row)


def _get(batch: Batch, plan_id: int | None) -> tuple[Plan, Course]:
    row = batch.hold_plan(plan_id)
    if row is None:
        msg = f"there is no plan {plan_id}: `bridgewright redrive ls` lists those there are"
        raise NotFound(msg)
    return plan_row(row), course_of(row)
