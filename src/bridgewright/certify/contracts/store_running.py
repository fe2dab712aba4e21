"""What every store must do for plans that run: batches, caution, replays, and what became of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, notice, settle
from bridgewright.certify.contracts.store_recovery import (
    bury,
    finish,
    freeze,
    run,
    states,
    steer,
    to_the_end,
)
from bridgewright.core.effects import ListItems, ShowItem, Survey
from bridgewright.core.errors import NotFound, Refused
from bridgewright.core.lifecycle import plans
from bridgewright.core.model.item import Bury, Cause, Complete, Failure, Retry, State
from bridgewright.core.model.moment import later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import (
    PlanMove,
    PlanState,
    Verb,
)
from bridgewright.core.recovery import (
    Advance,
    CountPlanned,
    Extend,
    ListAudit,
    ListPlans,
    ShowPlan,
    Steer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.ports import Store

    Open = Callable[[], Store]

WHY = "the provider is back"


class RunningContract:
    """A store's module inherits it beside `StoreContract`."""

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

    def test_what_failed_before_a_person_lets_it_go_on_is_not_held_against_it_after(
        self, desk: Desk
    ) -> None:
        bury(desk, *map(str, range(5)))
        plan = run(desk, desk.do(freeze()), canary=2)
        desk.do(Advance(plan.id, NOW))
        first, second = desk.claim().claimed
        desk.do(settle(first, Bury(Cause.PERMANENT, FAILURE)))
        assert desk.do(Advance(plan.id, NOW)).plan.state is PlanState.PAUSED
        desk.do(settle(second, Bury(Cause.PERMANENT, FAILURE)))
        assert steer(desk, plan, PlanMove.RESUME).failed == 2
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
