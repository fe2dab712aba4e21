"""What every store must do about order, priority, pauses and cancelling. A module
per store subclasses `StoreControlContract` beside `StoreContract`, and gives it a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, notice, settle
from bridgewright.core.control import (
    Cancel,
    ListPauses,
    PauseWork,
    ResumeWork,
)
from bridgewright.core.effects import ListItems, ShowItem, Survey, Sweep
from bridgewright.core.errors import NotFound, Refused
from bridgewright.core.lifecycle.lease import MAX_LOST_LEASES
from bridgewright.core.model.control import EVERYTHING
from bridgewright.core.model.item import (
    Bury,
    Cause,
    Claimed,
    Release,
    Retry,
    State,
)
from bridgewright.core.model.moment import Moment, later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanMove, Verb
from bridgewright.core.model.ranking import Cap, Rank, Reach
from bridgewright.core.recovery import Advance, Freeze, Steer

if TYPE_CHECKING:
    from bridgewright.certify.contracts.store import Open

BURIED = Bury(Cause.PERMANENT, FAILURE)
DAY_S = 86_400.0


def keyed(key: str, order_key: str | None, **rank: Any) -> Any:
    """An event with a place in the order of a key."""
    return notice(key, rank=Rank(order_key=order_key, **rank))


def keys(claimed: tuple[Claimed, ...]) -> list[str]:
    """The keys of what was claimed, in that order."""
    return [one.item.key for one in claimed]


def redrive(desk: Desk, *ids: int, at: Moment = NOW) -> None:
    """Put dead letters back, by a plan that runs to its end."""
    plan = desk.do(Freeze(Selection(ids=ids), "fixed", "jane", at, 100))
    desk.do(Steer(plan.id, PlanMove.RUN, "jane", at))
    desk.do(Advance(plan.id, at))


class StoreControlContract:
    """The suite. `desk` is a new store."""

    @pytest.fixture
    def control(self, again: Open) -> Desk:
        """A new store, with blocking verbs."""
        return Desk(again())

    # -- order

    def test_of_a_key_one_is_leased_at_a_time_the_oldest_first(self, control: Desk) -> None:
        control.accept(keyed("a1", "a"), keyed("b1", "b"), keyed("a2", "a"), keyed("a3", "a"))
        first = control.claim().claimed
        assert keys(first) == ["a1", "b1"]
        assert control.claim().claimed == ()
        control.do(settle(first[0]))
        [second] = control.claim().claimed
        assert second.item.key == "a2"
        control.do(settle(second))
        assert keys(control.claim().claimed) == ["a3"]

    def test_keys_of_two_sources_are_not_one(self, control: Desk) -> None:
        control.accept(keyed("1", "k"), source="stripe")
        control.accept(keyed("1", "k"), source="github")
        assert len(control.claim("stripe", "github").claimed) == 2

    def test_what_has_no_key_is_held_up_by_nothing(self, control: Desk) -> None:
        control.accept(keyed("a1", "a"), keyed("a2", "a"), notice("free1"), notice("free2"))
        assert keys(control.claim().claimed) == ["a1", "free1", "free2"]

    def test_a_retry_that_waits_blocks_its_key_and_no_other(self, control: Desk) -> None:
        control.accept(keyed("a1", "a"), keyed("a2", "a"), keyed("b1", "b"))
        claimed = control.claim().claimed
        control.do(settle(claimed[0], Retry(later(NOW, 60), FAILURE)))
        claims = control.claim(now=later(NOW, 59))
        assert (claims.claimed, claims.next_due_at) == ((), later(NOW, 60))
        assert keys(control.claim(now=later(NOW, 60)).claimed) == ["a1", "b1"]

    def test_a_release_keeps_its_turn(self, control: Desk) -> None:
        control.accept(keyed("a1", "a"), keyed("a2", "a"))
        control.do(settle(control.claim_one(), Release()))
        assert keys(control.claim().claimed) == ["a1"]

    def test_a_lease_that_was_lost_keeps_its_turn(self, control: Desk) -> None:
        control.accept(keyed("a1", "a"), keyed("a2", "a"))
        control.claim_one(lease_s=10.0)
        assert control.claim(now=later(NOW, 9)).claimed == ()
        assert keys(control.claim(now=later(NOW, 10)).claimed) == ["a1"]

    def test_a_dead_letter_blocks_its_key_until_it_is_redriven(self, control: Desk) -> None:
        [dead, _, _] = control.accept(keyed("a1", "a"), keyed("a2", "a"), keyed("b1", "b"))
        claimed = control.claim().claimed
        control.do(settle(claimed[0], BURIED))
        control.do(settle(claimed[1]))
        assert control.claim().claimed == ()
        control.accept(keyed("a3", "a"))
        assert control.claim().claimed == ()
        redrive(control, dead.item_id)
        for expected in ("a1", "a2", "a3"):
            [claimed_now] = control.claim().claimed
            assert claimed_now.item.key == expected
            control.do(settle(claimed_now))

    def test_replayed_items_keep_their_key_one_at_a_time(self, control: Desk) -> None:
        control.accept(keyed("a1", "a"), keyed("a2", "a"), keyed("b1", "b"))
        while claimed := control.claim().claimed:
            for one in claimed:
                control.do(settle(one))
        plan = control.do(Freeze(Selection(), "again", "jane", NOW, 100, Verb.REPLAY))
        control.do(Steer(plan.id, PlanMove.RUN, "jane", NOW))
        control.do(Advance(plan.id, NOW))
        first = control.claim().claimed
        assert keys(first) == ["a1", "b1"]
        assert all(one.item.replays is not None for one in first)
        assert control.claim().claimed == ()
        control.do(settle(first[0]))
        assert keys(control.claim().claimed) == ["a2"]

    def test_a_dead_letter_that_does_not_block_is_passed(self, control: Desk) -> None:
        control.accept(keyed("a1", "a", blocks=False), keyed("a2", "a", blocks=False))
        control.do(settle(control.claim_one(), BURIED))
        assert keys(control.claim().claimed) == ["a2"]

    def test_a_redriven_item_waits_for_the_one_that_runs_and_goes_before_the_rest(
        self, control: Desk
    ) -> None:
        [dead, *_] = control.accept(*(keyed(f"a{n}", "a", blocks=False) for n in range(1, 4)))
        control.do(settle(control.claim_one(), BURIED))
        running = control.claim_one()
        redrive(control, dead.item_id)
        assert control.claim().claimed == ()
        control.do(settle(running))
        assert keys(control.claim().claimed) == ["a1"]

    def test_a_redriven_item_goes_before_one_that_waits_for_its_retry(self, control: Desk) -> None:
        [dead, _] = control.accept(keyed("a1", "a", blocks=False), keyed("a2", "a", blocks=False))
        control.do(settle(control.claim_one(), BURIED))
        control.do(settle(control.claim_one(), Retry(later(NOW, 60), FAILURE)))
        redrive(control, dead.item_id)
        [first] = control.claim().claimed
        assert first.item.key == "a1"
        control.do(settle(first))
        assert control.claim(now=later(NOW, 59)).claimed == ()
        assert keys(control.claim(now=later(NOW, 60)).claimed) == ["a2"]

    def test_a_poisoned_item_blocks_its_key_as_any_dead_letter_does(self, control: Desk) -> None:
        control.accept(keyed("a1", "a"), keyed("a2", "a"), keyed("p1", "p", blocks=False))
        control.accept(keyed("p2", "p", blocks=False))
        at = NOW
        for _ in range(2 * MAX_LOST_LEASES):  # suspects are leased alone, one after the other
            control.claim(lease_s=1.0, now=at)
            at = later(at, 1)
        states = {row.id: row.state for row in control.ask(ListItems(Selection(), 10))}
        assert (states[1], states[2], states[3]) == (State.DEAD, State.WAITING, State.DEAD)
        assert states[4] is not State.DEAD

    def test_the_rest_of_a_key_is_shown_as_parked(self, control: Desk) -> None:
        control.accept(keyed("a1", "a"), keyed("a2", "a"))
        rows = control.ask(ListItems(Selection(), 10))
        assert [(row.state, row.note) for row in rows] == [
            (State.WAITING, "parked"),
            (State.WAITING, ""),
        ]

    def test_an_item_may_be_due_later(self, control: Desk) -> None:
        control.accept(notice("soon"), due_at=later(NOW, 30))
        claims = control.claim(now=later(NOW, 29))
        assert (claims.claimed, claims.next_due_at) == ((), later(NOW, 30))
        assert keys(control.claim(now=later(NOW, 30)).claimed) == ["soon"]

    def test_what_is_due_at_one_instant_goes_in_the_order_it_came(self, control: Desk) -> None:
        control.accept(notice("1", "z.last"), notice("2", "a.first"), notice("3", "m.middle"))
        assert keys(control.claim().claimed) == ["1", "2", "3"]

    # -- priority

    def test_high_priority_goes_first_and_leaves_normal_its_places(self, control: Desk) -> None:
        control.accept(*(notice(f"n{n}") for n in range(20)))
        control.accept(*(keyed(f"h{n}", None, high=True) for n in range(100)))
        got: list[str] = []
        for turn in range(64):
            [one] = control.claim(limit=1, turn=turn).claimed
            got.append(one.item.key[0])
        assert got[:7] == ["h"] * 7
        assert got.count("n") == 8
        [*rest] = control.claim(limit=16, turn=64).claimed
        assert [one.item.key[0] for one in rest] == ["h"] * 14 + ["n"] * 2

    def test_normal_takes_every_place_that_high_leaves(self, control: Desk) -> None:
        control.accept(keyed("h", None, high=True), notice("n1"), notice("n2"))
        assert keys(control.claim(limit=3).claimed) == ["h", "n1", "n2"]

    # -- caps

    def test_a_cap_bounds_what_one_claim_takes_and_the_rest_is_found(self, control: Desk) -> None:
        control.accept(*(notice(f"a{n}", "a.x") for n in range(5)), notice("b", "b"))
        cap = Cap(2, (Reach("stripe", "a.*"),))
        claims = control.claim(caps=(cap,))
        assert keys(claims.claimed) == ["a0", "a1", "b"]
        assert claims.held_back

    def test_what_is_at_its_cap_neither_comes_nor_is_due(self, control: Desk) -> None:
        control.accept(*(notice(f"a{n}", "a.x") for n in range(5)), notice("b", "a.y"))
        cap = Cap(0, (Reach("stripe", "a.*", ("a.y",)),))
        assert keys(control.claim(caps=(cap,), limit=1).claimed) == ["b"]
        claims = control.claim(caps=(cap,))
        assert (claims.claimed, claims.next_due_at) == ((), later(NOW, 60))
        shut = Cap(0, (Reach("stripe"),))
        assert control.claim(caps=(shut,)).next_due_at is None

    def test_a_cap_of_two_sources_bounds_both_together(self, control: Desk) -> None:
        control.accept(notice("1"), notice("2"), source="stripe")
        control.accept(notice("1"), notice("2"), source="github")
        cap = Cap(3, (Reach("stripe"), Reach("github")))
        assert len(control.claim("stripe", "github", caps=(cap,)).claimed) == 3

    # -- pause

    def test_what_is_paused_is_received_and_not_claimed(self, control: Desk) -> None:
        control.accept(notice("1"))
        row = control.do(PauseWork("stripe", "*", "their outage", "jane", NOW))
        assert control.ask(ListPauses()) == (row,)
        control.accept(notice("2"))
        control.accept(notice("3"), source="github")
        claims = control.claim("stripe", "github")
        assert keys(claims.claimed) == ["3"]
        assert control.claim().next_due_at is None
        control.do(ResumeWork("stripe", "*", "", "joe", NOW))
        assert control.ask(ListPauses()) == ()
        assert keys(control.claim().claimed) == ["1", "2"]

    def test_a_pause_may_hold_some_types_or_everything(self, control: Desk) -> None:
        control.accept(notice("i", "invoice.paid"), notice("c", "charge.failed"))
        control.do(PauseWork("stripe", "invoice.*", "why", "jane", NOW))
        assert keys(control.claim(limit=1).claimed) == ["c"]
        control.do(PauseWork(EVERYTHING, "*", "why", "jane", NOW))
        control.do(ResumeWork("stripe", "invoice.*", "", "jane", NOW))
        assert control.claim(now=later(NOW, 61)).claimed == ()
        control.do(ResumeWork(EVERYTHING, "*", "", "jane", NOW))
        assert set(keys(control.claim(now=later(NOW, 61)).claimed)) == {"i", "c"}

    def test_pausing_twice_keeps_the_first_and_resuming_twice_is_refused(
        self, control: Desk
    ) -> None:
        first = control.do(PauseWork("stripe", "*", "first", "jane", NOW))
        assert control.do(PauseWork("stripe", "*", "second", "joe", later(NOW, 1))) == first
        control.do(ResumeWork("stripe", "*", "", "joe", NOW))
        with pytest.raises(NotFound, match="stripe is not paused"):
            control.do(ResumeWork("stripe", "*", "", "joe", NOW))

    def test_a_pause_wakes_nobody_and_its_end_does(self, control: Desk) -> None:
        control.accept(notice("1"))
        woken: list[int] = []
        unlisten = control.store.listen(lambda: woken.append(1))
        control.do(PauseWork("stripe", "*", "why", "jane", NOW))
        before = len(woken)
        control.do(ResumeWork("stripe", "*", "", "jane", NOW))
        control.ask(ListPauses())
        unlisten()
        assert len(woken) > before

    def test_a_plan_leaves_what_is_paused_alone(self, control: Desk) -> None:
        control.accept(notice("i", "invoice.paid"), notice("c", "charge.failed"))
        for claimed in control.claim().claimed:
            control.do(settle(claimed, BURIED))
        control.do(PauseWork("stripe", "invoice.*", "why", "jane", NOW))
        plan = control.do(Freeze(Selection(), "why", "jane", NOW))
        assert dict(plan.by_prospect) == {"will_run": 1, "paused": 1}
        control.do(Steer(plan.id, PlanMove.RUN, "jane", NOW))
        control.do(Advance(plan.id, NOW))
        assert keys(control.claim().claimed) == ["c"]

    # -- cancel

    def test_what_was_cancelled_is_neither_a_success_nor_replayed(self, control: Desk) -> None:
        control.accept(notice("k"), horizon_s=1.0)
        control.do(settle(control.claim_one(), BURIED))
        control.do(Sweep(later(NOW, 2)))
        [again] = control.accept(notice("k"), at=later(NOW, 2))
        control.do(Cancel(again.item_id, "why", "jane", later(NOW, 2)))
        plan = control.do(Freeze(Selection(), "why", "jane", later(NOW, 3)))
        assert dict(plan.by_prospect) == {"will_run": 1}
        replay = control.do(Freeze(Selection(), "why", "jane", later(NOW, 3), verb=Verb.REPLAY))
        assert replay.total == 0

    def test_a_waiting_item_can_be_cancelled_with_a_reason_that_is_kept(
        self, control: Desk
    ) -> None:
        [receipt] = control.accept()
        row = control.do(Cancel(receipt.item_id, "sent in error", "jane", NOW))
        assert (row.state, row.settled_at) == (State.CANCELLED, NOW)
        detail = control.ask(ShowItem(receipt.item_id))
        [audit] = detail.audit
        assert (audit.action, audit.actor, audit.reason) == ("cancel", "jane", "sent in error")
        assert control.claim().claimed == ()
        [count] = control.ask(Survey()).sources
        assert (count.waiting, count.cancelled, count.done) == (0, 1, 0)
        cancelled = control.ask(ListItems(Selection(state=State.CANCELLED), 10))
        assert [one.id for one in cancelled] == [receipt.item_id]
        assert control.ask(ListItems(Selection(state=State.DONE), 10)) == ()

    def test_a_dead_letter_that_is_cancelled_frees_its_key(self, control: Desk) -> None:
        [dead, _] = control.accept(keyed("a1", "a"), keyed("a2", "a"))
        control.do(settle(control.claim_one(), BURIED))
        control.do(Cancel(dead.item_id, "not needed", "jane", NOW))
        assert keys(control.claim().claimed) == ["a2"]
        assert control.ask(Survey()).dead_by_cause == {}

    def test_cancelling_the_head_of_a_key_lets_the_next_one_go(self, control: Desk) -> None:
        [head, _] = control.accept(keyed("a1", "a"), keyed("a2", "a"))
        control.do(Cancel(head.item_id, "not needed", "jane", NOW))
        assert keys(control.claim().claimed) == ["a2"]

    def test_what_is_leased_or_finished_is_not_cancelled(self, control: Desk) -> None:
        [receipt] = control.accept()
        claimed = control.claim_one()
        with pytest.raises(Refused, match="leased"):
            control.do(Cancel(receipt.item_id, "why", "jane", NOW))
        assert control.do(settle(claimed))
        with pytest.raises(Refused, match="done"):
            control.do(Cancel(receipt.item_id, "why", "jane", NOW))
        with pytest.raises(NotFound):
            control.do(Cancel(77, "why", "jane", NOW))
