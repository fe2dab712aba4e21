"""What every store must do for problems and plans; a store's module inherits it beside `StoreContract`."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgewright.core.effects import Enlist, ListItems, ShowItem, Survey, Sweep
from bridgewright.core.errors import NotFound, Refused
from bridgewright.core.lifecycle import plans
from bridgewright.core.lifecycle.burial import unhandled
from bridgewright.core.model.item import Bury, Called, Cause, Complete, Failure, Retry, State
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
    ListAudit,
    ListPlanned,
    ListPlans,
    ListProblems,
    ShowPlan,
    Steer,
)
from tests.made import FAILURE, NOW, Desk, notice, settle
from tests.tries import tries

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
    given = {
        name: conditions.pop(name) for name in ("limit", "batch", "patterns") if name in conditions
    }
    selection = replace(Selection(), **conditions)
    return Freeze(selection, WHY, "ada@desk", NOW, verb=verb, **given)


def steer(desk: Desk, plan: Plan, move: PlanMove = PlanMove.RUN, **values: Any) -> Plan:
    found: Plan = desk.do(Steer(plan.id, move, "ada@desk", values.pop("at", NOW), **values))
    return found


def run(desk: Desk, plan: Plan, **caution: Any) -> Plan:
    return steer(desk, plan, caution=Caution(**caution))


def to_the_end(desk: Desk, plan: Plan, batch: int = 3) -> Plan:
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
        max_examples=tries(25),
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
        desk, other = Desk(again()), Desk(again())
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

    # -- running

    def test_a_plan_is_put_back_in_batches_with_fresh_attempts(self, desk: Desk) -> None:
        ids = bury(desk, "a", "b", "c")
        plan = run(desk, desk.do(freeze()))
        assert desk.do(Advance(plan.id, NOW, batch=2)).plan.remaining == 1
        assert desk.ask(ListPlans(open_only=True))[0].id == plan.id
        assert desk.do(Advance(plan.id, NOW, batch=2)).plan.state is PlanState.FINISHED
        assert desk.ask(ListPlans(open_only=True)) == ()
        claimed = desk.claim().claimed
        assert sorted(c.item.id for c in claimed) == ids
        assert {c.lease.attempt for c in claimed} == {1}

    def test_a_redriven_item_cannot_be_settled_by_a_worker_of_its_former_life(
        self, desk: Desk
    ) -> None:
        desk.accept()
        old = desk.claim_one()
        desk.do(settle(old, Bury(Cause.EXHAUSTED, FAILURE)))
        to_the_end(desk, run(desk, desk.do(freeze())))
        new = desk.claim_one()
        assert new.lease.fence > old.lease.fence
        assert desk.do(settle(old)) is False
        assert desk.do(settle(new)) is True

    def test_what_is_no_longer_dead_when_its_turn_comes_is_skipped(self, desk: Desk) -> None:
        bury(desk, "a", "b")
        first, second = desk.do(freeze()), desk.do(freeze())
        for plan in (first, second):
            run(desk, plan)
        assert to_the_end(desk, desk.ask(ShowPlan(first.id))).put_back == 2
        plan = to_the_end(desk, desk.ask(ShowPlan(second.id)))
        assert (plan.put_back, plan.skipped, plan.state) == (0, 2, PlanState.FINISHED)
        assert desk.ask(CountPlanned(plan.id, 0, 10)).by_fate == {"gone": 2}
        assert len(desk.claim().claimed) == 2

    def test_a_plan_puts_back_the_death_it_saw_and_no_later_one(self, desk: Desk) -> None:
        bury(desk, "a")
        old, new = desk.do(freeze()), desk.do(freeze())
        for plan in (old, new):
            run(desk, plan)
        assert desk.do(Advance(new.id, NOW)).plan.put_back == 1
        desk.do(settle(desk.claim_one(), Bury(Cause.PERMANENT, FAILURE)))
        plan = desk.do(Advance(old.id, NOW)).plan
        assert (plan.put_back, plan.skipped) == (0, 1)

    def test_rivals_that_advance_one_plan_put_nothing_back_twice(self, again: Open) -> None:
        desk = Desk(again())
        ids = bury(desk, *map(str, range(60)))
        plan = run(desk, desk.do(freeze()))
        rivals = [Desk(again()) for _ in range(4)]
        threads = [threading.Thread(target=to_the_end, args=(one, plan)) for one in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        plan = desk.ask(ShowPlan(plan.id))
        assert (plan.put_back, plan.skipped, plan.state) == (60, 0, PlanState.FINISHED)
        moved = [row.items for row in desk.ask(ListAudit(plan.id, 100)) if row.action == "redrive"]
        assert sum(moved) == 60
        assert sorted(c.item.id for c in desk.claim().claimed) == ids

    def test_a_run_is_refused_when_the_count_is_another(self, desk: Desk) -> None:
        [a] = bury(desk, "a")
        plan = desk.do(freeze())
        with pytest.raises(Refused, match="names 1 items, not the 2 you expect"):
            steer(desk, plan, expect_count=2)
        assert desk.ask(ShowPlan(plan.id)) == plan
        assert states(desk, [a]) == {State.DEAD}
        assert steer(desk, plan, expect_count=1).state is PlanState.RUNNING

    def test_pause_holds_resume_goes_on_and_abort_ends(self, desk: Desk) -> None:
        bury(desk, "a", "b", "c")
        plan = run(desk, desk.do(freeze()))
        desk.do(Advance(plan.id, NOW, batch=1))
        paused = steer(desk, plan, PlanMove.PAUSE, reason="lunch")
        assert (paused.state, paused.why) == (PlanState.PAUSED, "lunch")
        assert desk.do(Advance(plan.id, NOW)).plan == paused
        assert desk.ask(ListPlans(open_only=True)) == ()
        assert steer(desk, plan, PlanMove.RESUME).why == ""
        assert desk.do(Advance(plan.id, NOW, batch=1)).plan.put_back == 2
        ended = steer(desk, plan, PlanMove.ABORT)
        assert (ended.state, ended.remaining) == (PlanState.ABORTED, 1)
        assert desk.do(Advance(plan.id, NOW)).plan == ended
        with pytest.raises(Refused, match="cannot resume; possible: freeze a new one"):
            steer(desk, plan, PlanMove.RESUME)
        assert len(desk.claim().claimed) == 2

    def test_a_finished_plan_is_not_run_again(self, desk: Desk) -> None:
        bury(desk, "a")
        plan = to_the_end(desk, run(desk, desk.do(freeze())))
        with pytest.raises(Refused, match="finished"):
            run(desk, plan)

    def test_a_plan_that_does_not_exist_is_named(self, desk: Desk) -> None:
        assert desk.ask(ShowPlan(7)) is None
        for command in (
            Steer(7, PlanMove.RUN, "ada", NOW),
            Advance(7, NOW),
            Extend(7, NOW),
        ):
            with pytest.raises(NotFound, match="7"):
                desk.do(command)

    # -- caution

    def test_the_rest_waits_until_the_canary_is_done(self, desk: Desk) -> None:
        bury(desk, *map(str, range(5)))
        plan = run(desk, desk.do(freeze()), canary=2)
        for _ in range(2):
            assert desk.do(Advance(plan.id, NOW)).plan.put_back == 2
        first, second = desk.claim().claimed
        desk.do(settle(first))
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == 2
        desk.do(settle(second))
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == 5
        assert len(desk.claim().claimed) == 3

    def test_a_canary_that_fails_pauses_the_plan_until_a_person_lets_it_go_on(
        self, desk: Desk
    ) -> None:
        bury(desk, *map(str, range(5)))
        plan = run(desk, desk.do(freeze()), canary=1)
        desk.do(Advance(plan.id, NOW))
        claimed = desk.claim_one()
        desk.do(settle(claimed, Retry(later(NOW, 5), FAILURE)))
        halted = desk.do(Advance(plan.id, NOW)).plan
        assert (halted.state, halted.put_back, halted.failed) == (PlanState.PAUSED, 1, 1)
        assert "canary of 1 failed" in halted.why
        row = desk.ask(ListAudit(plan.id, 1))[0]
        assert (row.actor, row.action, row.reason) == ("plan", "pause", halted.why)
        steer(desk, plan, PlanMove.RESUME)
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == 5

    def test_a_plan_stops_after_so_many_have_failed(self, desk: Desk) -> None:
        bury(desk, *map(str, range(9)))
        plan = run(desk, desk.do(freeze()), stop_after=2)
        desk.do(Advance(plan.id, NOW, batch=4))
        one, two, three, four = desk.claim().claimed
        desk.do(settle(one, Bury(Cause.PERMANENT, FAILURE)))
        assert desk.do(Advance(plan.id, NOW, batch=1)).plan.failed == 1
        desk.do(settle(two))
        desk.do(settle(three, Retry(later(NOW, 99), FAILURE)))
        plan = desk.do(Advance(plan.id, NOW, batch=1)).plan
        assert (plan.state, plan.failed, plan.put_back) == (PlanState.PAUSED, 2, 5)
        assert "stop after 2" in plan.why
        assert desk.do(settle(four)) is True
        assert steer(desk, plan, PlanMove.RESUME).state is PlanState.RUNNING
        assert desk.do(Advance(plan.id, NOW, batch=1)).plan.state is PlanState.RUNNING

    def test_failures_from_before_a_plan_ran_are_not_its_own(self, desk: Desk) -> None:
        bury(desk, "a", "b")
        plan = run(desk, desk.do(freeze()), stop_after=1)
        assert to_the_end(desk, plan).failed == 0

    def test_a_plan_that_stops_after_failures_has_a_bounded_number_out(self, desk: Desk) -> None:
        bury(desk, *map(str, range(130)))
        plan = run(desk, desk.do(freeze()), stop_after=1)
        desk.do(Advance(plan.id, NOW))
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == plans.LEAST_WINDOW
        for one in desk.claim(limit=1_000).claimed:
            desk.do(settle(one))
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == 130

    def test_a_pace_spreads_items_over_time(self, desk: Desk) -> None:
        bury(desk, *map(str, range(30)))
        plan = run(desk, desk.do(freeze()), pace_per_s=2.0)
        first = desk.do(Advance(plan.id, NOW)).plan
        assert first.put_back == 2 * plans.AHEAD_S + 1
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == first.put_back
        early = [*desk.claim(now=NOW).claimed, *desk.claim(now=later(NOW, 2)).claimed]
        assert len(early) == 5
        for one in early:
            desk.do(settle(one))
        long_after = later(NOW, 3_600)
        assert desk.do(Advance(plan.id, long_after)).plan.put_back == 30
        assert len(desk.claim(now=long_after).claimed) == first.put_back - 5 + 1

    # -- replay

    def test_a_replay_is_a_new_item_that_names_the_old(self, desk: Desk) -> None:
        [old] = finish(desk, "a")
        bury(desk, "b")
        plan = desk.do(freeze(Verb.REPLAY))
        assert (plan.verb, plan.total) == (Verb.REPLAY, 1)
        plan = to_the_end(desk, run(desk, plan))
        assert (plan.put_back, plan.state) == (1, PlanState.FINISHED)
        claimed = desk.claim_one()
        original = desk.ask(ShowItem(old))
        assert claimed.item.id != old
        assert claimed.item.replays == old
        kept = (
            "source",
            "event_type",
            "key",
            "body",
            "event_id",
            "occurred_at",
            "headers",
            "origin",
        )
        for name in kept:
            assert getattr(claimed.item, name) == getattr(original.item, name)
        assert original.row.state is State.DONE
        detail = desk.ask(ShowItem(claimed.item.id))
        assert detail.row.replays == old
        assert [row.action for row in detail.audit] == ["freeze", "run", "replay"]
        assert [row.action for row in original.audit] == ["freeze", "run", "replay"]

    def test_replays_are_counted_apart_from_what_was_accepted(self, desk: Desk) -> None:
        finish(desk, *map(str, range(7)))
        to_the_end(desk, run(desk, desk.do(freeze(Verb.REPLAY, batch=100))))
        for one in desk.claim().claimed:
            desk.do(settle(one))
        [count] = desk.ask(Survey()).sources
        assert (count.accepted, count.replayed, count.done) == (7, 7, 14)

    def test_a_replay_makes_no_delivery_a_duplicate_of_it(self, desk: Desk) -> None:
        [old] = finish(desk, "a")
        to_the_end(desk, run(desk, desk.do(freeze(Verb.REPLAY))))
        [receipt] = desk.accept(notice("a"))
        assert (receipt.duplicate, receipt.item_id) == (True, old)

    def test_a_replay_leaves_out_what_its_plan_did_not_expect_to_run(self, desk: Desk) -> None:
        ids = finish(desk, "a", "b")
        patterns = (("stripe", "nothing.*"),)
        plan = desk.do(freeze(Verb.REPLAY, patterns=patterns))
        assert dict(plan.by_prospect) == {"handler_missing": 2}
        plan = to_the_end(desk, run(desk, plan))
        assert (plan.put_back, plan.skipped) == (0, 2)
        assert desk.claim().claimed == ()
        assert len(desk.ask(ListItems(Selection(), 10))) == len(ids)

    def test_a_canary_of_a_replay_is_looked_at_by_its_new_item(self, desk: Desk) -> None:
        finish(desk, "a", "b", "c")
        plan = run(desk, desk.do(freeze(Verb.REPLAY)), canary=1)
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == 1
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == 1
        desk.do(settle(desk.claim_one()))
        assert desk.do(Advance(plan.id, NOW)).plan.put_back == 3

    # -- what became of it

    def test_a_report_counts_what_became_of_each(self, desk: Desk) -> None:
        bury(desk, *"abcd")
        plan = to_the_end(desk, run(desk, desk.do(freeze(limit=3))))
        done, dead, _ = desk.claim(limit=3).claimed
        desk.do(settle(done, Complete()))
        desk.do(settle(dead, Bury(Cause.EXHAUSTED, FAILURE)))
        whole = desk.ask(CountPlanned(plan.id, 0, 10))
        assert whole.by_fate == {"put_back": 3}
        assert whole.became == {"done": 1, "dead": 1, "leased": 1}
        assert whole.reached is None
        one = desk.ask(CountPlanned(plan.id, 0, 1))
        rest = desk.ask(CountPlanned(plan.id, one.reached or 0, 2))
        assert sum(one.became.values()) + sum(rest.became.values()) == 3
        assert desk.ask(CountPlanned(plan.id, rest.reached or 0, 2)).by_fate == {}

    def test_what_was_done_is_written_down_with_who_why_and_how_many(self, desk: Desk) -> None:
        [first, *_] = bury(desk, "a", "b")
        plan = run(desk, desk.do(freeze()))
        desk.do(Advance(plan.id, NOW, batch=1))
        steer(desk, plan, PlanMove.PAUSE, reason="lunch")
        steer(desk, plan, PlanMove.RESUME)
        steer(desk, plan, PlanMove.ABORT, reason="enough")
        rows = desk.ask(ListAudit(plan.id, 10))[::-1]
        assert [(r.action, r.reason, r.items) for r in rows] == [
            ("freeze", WHY, 2),
            ("run", WHY, 2),
            ("redrive", WHY, 1),
            ("pause", "lunch", 1),
            ("resume", WHY, 1),
            ("abort", "enough", 1),
        ]
        assert {row.actor for row in rows} == {"ada@desk"}
        assert {row.plan_id for row in rows} == {plan.id}
        assert len(desk.ask(ListAudit(None, 3))) == 3
        assert "redrive" in {row.action for row in desk.ask(ShowItem(first)).audit}

    def test_a_plan_of_a_selection_comes_back_as_it_was_written(self) -> None:
        whole = Selection((1, 2), "s", "t.*", None, Cause.PERMANENT, NOW, later(NOW, 1), "p1:x")
        for selection in (Selection(), whole):
            assert plans.read(plans.written(selection)) == selection

    def test_an_unknown_failure_has_no_call(self, desk: Desk) -> None:
        [item_id] = bury(desk, "a", failure=Failure("Odd"))
        assert desk.ask(ShowItem(item_id)).attempts[0].call is None
