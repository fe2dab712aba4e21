"""What every store must do for problems, and for plans until they run; a store's module inherits it beside
`StoreContract`."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, notice, settle
from bridgewright.core.effects import Enlist, ListItems, ShowItem, Survey, Sweep
from bridgewright.core.lifecycle import plans
from bridgewright.core.lifecycle.burial import unhandled
from bridgewright.core.model.item import Bury, Called, Cause, State
from bridgewright.core.model.moment import later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import (
    Caution,
    Fate,
    Plan,
    PlanMove,
    PlanState,
    Prospect,
    Verb,
)
from bridgewright.core.recovery import (
    Advance,
    CountPlanned,
    Extend,
    Freeze,
    ListPlanned,
    ListPlans,
    ListProblems,
    ShowPlan,
    Steer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bridgewright.core.ports import Store

    Open = Callable[[], Store]

WHY = "the provider is back"


def bury(desk: Desk, *keys: str, cause: Cause = Cause.EXHAUSTED, **values: Any) -> list[int]:
    """Dead letters of these keys; their items."""
    failure = values.pop("failure", FAILURE)
    kind = values.pop("event_type", "invoice.paid")
    desk.accept(*(notice(key, kind) for key in keys), **values)
    claimed = desk.claim(values.get("source", "stripe"), limit=len(keys)).claimed
    for one in claimed:
        desk.do(settle(one, Bury(cause, failure)))
    return [one.item.id for one in claimed]


def finish(desk: Desk, *keys: str, **values: Any) -> list[int]:
    """Done items of these keys."""
    desk.accept(*(notice(key) for key in keys), **values)
    claimed = desk.claim(limit=len(keys)).claimed
    for one in claimed:
        desk.do(settle(one))
    return [one.item.id for one in claimed]


def freeze(verb: Verb = Verb.REDRIVE, **conditions: Any) -> Freeze:
    """A command that freezes a plan of what these conditions select."""
    given = {
        name: conditions.pop(name) for name in ("limit", "batch", "patterns") if name in conditions
    }
    selection = replace(Selection(), **conditions)
    return Freeze(selection, WHY, "ada@desk", NOW, verb=verb, **given)


def steer(desk: Desk, plan: Plan, move: PlanMove = PlanMove.RUN, **values: Any) -> Plan:
    """Have a plan run, pause or end, as a person does."""
    found: Plan = desk.do(Steer(plan.id, move, "ada@desk", values.pop("at", NOW), **values))
    return found


def run(desk: Desk, plan: Plan, **caution: Any) -> Plan:
    """Have a plan run, with caution."""
    return steer(desk, plan, caution=Caution(**caution))


def to_the_end(desk: Desk, plan: Plan, batch: int = 3) -> Plan:
    """Carry a running plan on until it runs no more."""
    while plan.state is PlanState.RUNNING:
        plan = desk.do(Advance(plan.id, NOW, batch)).plan
    return plan


def contents(desk: Desk, plan: Plan) -> list[int]:
    """The items that a plan names, in order."""
    rows = [
        row for prospect in Prospect for row in desk.ask(ListPlanned(plan.id, prospect, 10_000))
    ]
    return sorted(row.item_id for row in rows)


def states(desk: Desk, ids: Iterable[int]) -> set[State]:
    """The states that these items are in."""
    return {desk.ask(ShowItem(item_id)).row.state for item_id in ids}


class RecoveryContract:
    """The suite. `desk` is a new store; `again` opens the same one once more."""

    # -- problems

    def test_dead_letters_that_failed_alike_are_one_problem(self, desk: Desk) -> None:
        same = replace(FAILURE, problem="p1:aa", title="ValueError in remind (handlers.py)")
        bury(desk, "a", "b", failure=same)
        bury(desk, "c", failure=replace(same, where="handlers.py:99 in remind"), source="github")
        [other] = bury(desk, "d", failure=replace(FAILURE, kind="KeyError"), cause=Cause.PERMANENT)
        first, second = desk.ask(ListProblems(None, 10))
        assert (first.id, first.title, first.dead) == ("p1:aa", same.title, 3)
        assert (first.sources, first.causes) == (("github", "stripe"), ("exhausted",))
        assert (second.dead, second.title, second.sample_id) == (1, "KeyError", other)
        assert [p.dead for p in desk.ask(ListProblems("github", 10))] == [1]
        assert len(desk.ask(ListProblems(None, 1))) == 1
        found = desk.ask(ListItems(Selection(problem="p1:aa"), 10))
        assert {row.problem for row in found} == {"p1:aa"}
        assert len(found) == 3

    def test_a_problem_says_how_often_it_was_seen_and_when(self, desk: Desk) -> None:
        bury(desk, "a", "b")
        [before] = desk.ask(ListProblems(None, 10))
        to_the_end(desk, run(desk, desk.do(freeze())))
        assert desk.ask(ListProblems(None, 10)) == ()
        desk.do(settle(desk.claim_one(), Bury(Cause.EXHAUSTED, FAILURE), later(NOW, 9)))
        [after] = desk.ask(ListProblems(None, 10))
        assert (before.dead, before.seen, after.dead, after.seen) == (2, 2, 1, 3)
        assert (after.id, after.first_seen_at, after.last_seen_at) == (
            before.id,
            NOW,
            later(NOW, 9),
        )

    def test_events_of_a_type_that_nobody_handles_are_a_problem_of_their_own(
        self, desk: Desk
    ) -> None:
        for key, kind in (("a", "x.y"), ("b", "x.y"), ("c", "z")):
            desk.accept(notice(key, kind))
            desk.do(settle(desk.claim_one(), unhandled(kind, ())))
        found = {p.title: p.dead for p in desk.ask(ListProblems(None, 10))}
        assert found == {"Unhandled: x.y": 2, "Unhandled: z": 1}

    def test_a_failed_attempt_keeps_the_call_that_ended_it(self, desk: Desk) -> None:
        call = Called(
            "stripe", "charges.create", "rejected", 2, 402, "answered", "card_declined", "r"
        )
        [item_id] = bury(desk, "a", failure=replace(FAILURE, call=call))
        assert desk.ask(ShowItem(item_id)).attempts[0].call == call

    # -- freezing

    def test_a_frozen_plan_names_what_is_dead_now_and_moves_nothing(self, desk: Desk) -> None:
        ids = bury(desk, "a", "b", "c")
        plan = desk.do(freeze())
        assert (plan.state, plan.total, plan.remaining) == (PlanState.FROZEN, 3, 3)
        assert dict(plan.by_cause) == {"exhausted": 3}
        assert dict(plan.by_prospect) == {"will_run": 3}
        assert states(desk, ids) == {State.DEAD}
        assert desk.do(Advance(plan.id, NOW)).plan == plan
        assert desk.do(Extend(plan.id, NOW)) == plan

    @pytest.mark.parametrize("batch", [1, 2, 5, 100])
    def test_a_plan_is_the_same_in_however_many_steps_it_was_frozen(
        self, desk: Desk, batch: int
    ) -> None:
        ids = bury(desk, *map(str, range(7)))
        plan = desk.do(freeze(batch=batch))
        steps = 1
        while plan.state is PlanState.FREEZING:
            plan, steps = desk.do(Extend(plan.id, NOW, batch)), steps + 1
        assert steps >= 7 / batch
        assert contents(desk, plan) == ids
        fences = [(i, 1) for i in ids]
        assert plan.content_hash == plans.folded("", fences)
        assert dict(plan.by_cause) == {"exhausted": 7}

    @settings(
        max_examples=max(1, settings().max_examples // 4),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        doings=st.lists(st.sampled_from(["arrive", "die", "rival", "work", "sweep"]), max_size=12)
    )
    def test_nothing_that_others_do_changes_what_a_plan_contains(
        self, again: Open, doings: list[str]
    ) -> None:
        """Not while it is frozen, and not while it is run: at most it puts back less."""
        with closing(again()) as ours, closing(again()) as theirs:
            self.disturbed(Desk(ours), Desk(theirs), doings)

    def disturbed(self, desk: Desk, other: Desk, doings: list[str]) -> None:
        """Two plans of one desk, while another does those things between its steps."""
        mark = len(desk.ask(ListItems(Selection(), 100_000)))
        named = set(bury(desk, *(f"{mark}-{n}" for n in range(6))))
        plan = desk.do(freeze(ids=tuple(named), batch=2))
        whole = desk.do(freeze(source="stripe", batch=2))
        as_of = {row.id for row in desk.ask(ListItems(Selection(state=State.DEAD), 100_000))}
        for n, doing in enumerate(doings):
            self.meanwhile(other, doing, f"{mark}-x{n}")
            whole = desk.do(Extend(whole.id, NOW, batch=2))
        while whole.state is PlanState.FREEZING:
            whole = desk.do(Extend(whole.id, NOW, batch=2))
        assert set(contents(desk, whole)) <= as_of
        frozen, sealed = contents(desk, plan), whole.content_hash
        assert set(frozen) == named
        steer(desk, plan)
        for n, doing in enumerate(doings):
            self.meanwhile(other, doing, f"{mark}-y{n}")
            desk.do(Advance(plan.id, NOW, batch=1))
        done = to_the_end(desk, desk.ask(ShowPlan(plan.id)))
        assert contents(desk, done) == frozen
        assert (done.content_hash, done.total) == (plan.content_hash, 6)
        assert done.put_back + done.skipped == 6
        assert desk.ask(ShowPlan(whole.id)).content_hash == sealed

    def meanwhile(self, desk: Desk, doing: str, key: str) -> None:
        """What somebody else does to the same store."""
        match doing:
            case "arrive":
                desk.accept(notice(key))
            case "die":
                bury(desk, key)
            case "rival":
                to_the_end(desk, run(desk, desk.do(freeze(limit=2))))
            case "work":
                for one in desk.claim(limit=2).claimed:
                    desk.do(settle(one))
            case _:
                desk.do(Sweep(NOW))

    def test_what_dies_while_a_plan_is_frozen_is_not_named(self, desk: Desk) -> None:
        [late] = [r.item_id for r in desk.accept(notice("late"))]
        claimed = desk.claim_one()
        ids = bury(desk, "a", "b", "c")
        plan = desk.do(freeze(batch=1))
        desk.do(settle(claimed, Bury(Cause.EXHAUSTED, FAILURE), later(NOW, -60)))
        bury(desk, "d")
        while plan.state is PlanState.FREEZING:
            plan = desk.do(Extend(plan.id, NOW, batch=1))
        assert contents(desk, plan) == ids
        assert late not in ids

    def test_a_plan_is_carried_on_by_whoever_comes(self, again: Open) -> None:
        first = Desk(again())
        bury(first, "a", "b", "c")
        plan = first.do(freeze(batch=1))
        first.store.close()
        second = Desk(again())
        [open_one] = second.ask(ListPlans(open_only=True))
        assert open_one.id == plan.id
        while plan.state is PlanState.FREEZING:
            plan = second.do(Extend(plan.id, NOW))
        assert plan.total == 3
        assert second.ask(ListPlans(open_only=True)) == ()

    def test_a_plan_names_only_what_its_selection_says(self, desk: Desk) -> None:
        [a] = bury(desk, "a")
        [b] = bury(desk, "b", cause=Cause.PERMANENT)
        [c] = bury(desk, "c", failure=replace(FAILURE, problem="p1:cc"))
        assert desk.do(freeze(cause=Cause.PERMANENT)).total == 1
        assert desk.do(freeze(problem="p1:cc")).total == 1
        assert desk.do(freeze(ids=(a,))).total == 1
        assert desk.do(freeze(ids=(c, a, b, 99))).total == 3
        assert desk.do(freeze(source="github")).total == 0
        assert desk.do(freeze(event_type="invoice.*")).total == 3
        assert desk.do(freeze(event_type="charge.*")).total == 0
        assert desk.do(freeze(since=later(NOW, 1))).total == 0
        assert desk.do(freeze(until=later(NOW, 1))).total == 3

    @pytest.mark.parametrize("batch", [1, 100])
    def test_a_limit_takes_the_oldest(self, desk: Desk, batch: int) -> None:
        ids = bury(desk, *map(str, range(5)))
        plan = desk.do(freeze(limit=2, batch=batch))
        while plan.state is PlanState.FREEZING:
            plan = desk.do(Extend(plan.id, NOW, batch))
        assert contents(desk, plan) == ids[:2]

    def test_a_plan_that_names_nothing_is_frozen_and_ends_at_once(self, desk: Desk) -> None:
        plan = desk.do(freeze())
        assert (plan.state, plan.total) == (PlanState.FROZEN, 0)
        assert to_the_end(desk, run(desk, plan)).state is PlanState.FINISHED

    # -- prospects

    def test_what_succeeded_since_by_another_item_is_left_alone(self, desk: Desk) -> None:
        [old] = bury(desk, "a", horizon_s=10.0)
        [fresh] = bury(desk, "b", horizon_s=10.0)
        before = desk.do(freeze())
        desk.do(Sweep(later(NOW, 11)))
        finish(desk, "a")
        after = desk.do(freeze())
        assert dict(after.by_prospect) == {"already_succeeded": 1, "will_run": 1}
        [row] = desk.ask(ListPlanned(after.id, Prospect.SUCCEEDED, 5))
        assert (row.item_id, row.fate) == (old, Fate.PENDING)
        assert dict(before.by_prospect) == {"will_run": 2}
        plan = to_the_end(desk, run(desk, before))
        assert (plan.put_back, plan.skipped) == (1, 1)
        assert states(desk, [old]) == {State.DEAD}
        assert states(desk, [fresh]) == {State.WAITING}
        assert desk.ask(CountPlanned(plan.id, 0, 10)).by_fate == {
            "put_back": 1,
            "already_succeeded": 1,
        }

    def test_what_no_living_worker_handles_is_left_alone(self, desk: Desk) -> None:
        bury(desk, "a")
        [b] = bury(desk, "b", event_type="charge.failed")
        bury(desk, "c", source="github")
        desk.do(Enlist("w", "h", 1, ("stripe",), NOW, patterns=(("stripe", "invoice.*"),)))
        plan = desk.do(freeze())
        assert dict(plan.by_prospect) == {"will_run": 2, "handler_missing": 1}
        assert dict(desk.do(freeze(patterns=(("stripe", "charge.*"),))).by_prospect) == {
            "will_run": 3
        }
        plan = to_the_end(desk, run(desk, plan))
        assert (plan.put_back, plan.skipped) == (2, 1)
        assert states(desk, [b]) == {State.DEAD}

    def test_a_worker_that_is_gone_or_tells_no_handlers_makes_none_missing(
        self, desk: Desk
    ) -> None:
        bury(desk, "a")
        none = (("stripe", "nothing.*"),)
        desk.do(Enlist("gone", "h", 1, ("stripe",), later(NOW, -999), patterns=none))
        desk.do(Enlist("ended", "h", 2, ("stripe",), NOW, stopped=True, patterns=none))
        assert dict(desk.do(freeze()).by_prospect) == {"will_run": 1}
        desk.do(Enlist("new", "h", 3, ("stripe",), NOW, patterns=none))
        assert dict(desk.do(freeze()).by_prospect) == {"handler_missing": 1}
        desk.do(Enlist("old", "h", 4, ("stripe",), NOW))
        assert dict(desk.do(freeze()).by_prospect) == {"will_run": 1}
        [worker] = [w for w in desk.ask(Survey()).workers if w.id == "new"]
        assert worker.patterns == none
