"""What every store must do. A module per store subclasses `StoreContract` and gives it a store."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bridgewright.core.effects import (
    Accept,
    Enlist,
    Explain,
    KnownKeys,
    ListItems,
    ListRejections,
    ListSources,
    Reject,
    Renew,
    ShowItem,
    ShowRejection,
    Survey,
    Sweep,
    Watch,
)
from bridgewright.core.errors import StoreClosed
from bridgewright.core.lifecycle.lease import MAX_LOST_LEASES
from bridgewright.core.model.finding import Finding, Mistake
from bridgewright.core.model.inbound import Origin, Reason
from bridgewright.core.model.item import Bury, Cause, Complete, Release, Retry, State
from bridgewright.core.model.moment import later
from bridgewright.core.model.operation import Overview, Selection, SourceCount
from bridgewright.core.model.watching import Turn, Watched
from bridgewright.core.ports import Store
from bridgewright.engine.drive.waiting import Waiting
from tests.made import FAILURE, NOW, Desk, accept, notice, settle

Open = Callable[[], Store]


class StoreContract:
    """The suite. `desk` is a new store; `again` opens the same one once more."""

    @pytest.fixture
    def desk(self, again: Open) -> Desk:
        return Desk(again())

    def state(self, desk: Desk, item_id: int) -> State:
        state: State = desk.ask(ShowItem(item_id)).row.state
        return state

    def count(self, desk: Desk, source: str = "stripe") -> SourceCount:
        overview: Overview = desk.ask(Survey())
        return next(c for c in overview.sources if c.source == source)

    # -- accept

    def test_what_was_accepted_is_found_as_it_came(self, desk: Desk) -> None:
        sent = notice(
            "evt_9",
            "invoice.paid",
            body=b"\x00\xff{}",
            event_id="evt_9",
            occurred_at=later(NOW, -5),
            headers=(("content-type", "application/json; é"),),
        )
        [receipt] = desk.accept(sent)
        item = desk.ask(ShowItem(receipt.item_id)).item
        assert (item.key, item.event_type, item.body) == (sent.key, sent.event_type, sent.body)
        assert (item.event_id, item.occurred_at, item.headers) == (
            sent.event_id,
            sent.occurred_at,
            sent.headers,
        )
        assert item.received_at == NOW
        assert item.coverage == accept().coverage

    def test_a_second_delivery_of_a_key_is_a_duplicate_of_the_first(self, desk: Desk) -> None:
        [first] = desk.accept()
        [second] = desk.accept(at=later(NOW, 10))
        assert not first.duplicate
        assert second.duplicate
        assert second.item_id == first.item_id
        assert len(desk.ask(ListItems(Selection(), 10))) == 1

    def test_a_key_is_unique_within_its_source_only(self, desk: Desk) -> None:
        [first] = desk.accept(source="stripe")
        [second] = desk.accept(source="github")
        assert not second.duplicate
        assert second.item_id != first.item_id

    def test_a_key_that_comes_twice_in_one_delivery_is_stored_once(self, desk: Desk) -> None:
        receipts = desk.accept(notice("a"), notice("b"), notice("a"))
        assert [r.duplicate for r in receipts] == [False, False, True]
        assert receipts[2].item_id == receipts[0].item_id

    def test_a_key_is_forgotten_after_its_horizon_and_not_before(self, desk: Desk) -> None:
        desk.accept(horizon_s=100.0)
        desk.do(Sweep(later(NOW, 99)))
        assert desk.accept()[0].duplicate
        desk.do(Sweep(later(NOW, 100)))
        assert not desk.accept()[0].duplicate

    def test_an_unreadable_event_is_dead_at_once(self, desk: Desk) -> None:
        [receipt] = desk.accept(notice("k", "unreadable"), unreadable="not JSON")
        row = desk.ask(ShowItem(receipt.item_id)).row
        assert (row.state, row.cause) == (State.DEAD, Cause.UNREADABLE)
        assert "not JSON" in row.failure
        assert desk.claim().claimed == ()

    def test_a_command_that_cannot_be_stored_takes_no_other_down(self, desk: Desk) -> None:
        poisoned = accept(notice("bad", "\ud800"))
        replies = [Waiting() for _ in range(40)]
        for n, reply in enumerate(replies):
            command = poisoned if n == 20 else accept(notice(f"good-{n}"))
            desk.store.submit(command, reply)
        outcomes = []
        for reply in replies:
            try:
                outcomes.append(len(reply.result()))
            except Exception as error:  # noqa: BLE001 - which error it is differs by store
                outcomes.append(type(error).__name__)
        assert outcomes[:20] + outcomes[21:] == [1] * 39
        assert outcomes[20] == "StoreError"

    def test_deliveries_from_many_threads_are_each_stored_once(self, desk: Desk) -> None:
        got: list[bool] = []

        def deliver() -> None:
            got.extend(desk.accept(notice(f"k{n}"))[0].duplicate for n in range(50))

        threads = [threading.Thread(target=deliver) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got.count(False) == 50
        assert got.count(True) == 350
        assert self.count(desk).accepted == 50
        assert self.count(desk).duplicates == 350

    def test_an_item_says_how_it_came(self, desk: Desk) -> None:
        [delivered] = desk.accept(notice("a"))
        [reconciled] = desk.accept(notice("b"), origin=Origin.RECONCILED)
        for receipt, origin in ((delivered, Origin.DELIVERED), (reconciled, Origin.RECONCILED)):
            detail = desk.ask(ShowItem(receipt.item_id))
            assert (detail.item.origin, detail.row.origin) == (origin, origin)
        assert [row.origin for row in desk.ask(ListItems(Selection(), 10))] == [
            Origin.RECONCILED,
            Origin.DELIVERED,
        ]
        assert {c.item.key: c.item.origin for c in desk.claim().claimed} == {
            "a": Origin.DELIVERED,
            "b": Origin.RECONCILED,
        }

    def test_however_an_event_came_first_it_is_stored_once(self, desk: Desk) -> None:
        desk.accept(notice("a"))
        assert desk.accept(notice("a"), origin=Origin.RECONCILED)[0].duplicate
        [receipt] = desk.accept(notice("b"), origin=Origin.RECONCILED)
        assert desk.accept(notice("b"))[0].duplicate
        assert desk.ask(ShowItem(receipt.item_id)).item.origin is Origin.RECONCILED

    def test_known_keys_are_those_of_their_source_that_would_be_duplicates(
        self, desk: Desk
    ) -> None:
        desk.accept(notice("a"), notice("quote\"'é"), horizon_s=100.0)
        desk.accept(notice("c"), source="github")
        assert desk.ask(KnownKeys("stripe", ("a", "c", "quote\"'é", "x"))) == {"a", "quote\"'é"}
        assert desk.ask(KnownKeys("stripe", ())) == frozenset()
        many = tuple(str(number) for number in range(2_000))
        assert desk.ask(KnownKeys("stripe", (*many, "a"))) == {"a"}
        desk.do(Sweep(later(NOW, 100)))
        assert desk.ask(KnownKeys("stripe", ("a",))) == frozenset()

    # -- reject

    def test_a_rejection_is_counted_and_shown_without_its_body(self, desk: Desk) -> None:
        desk.do(Reject("stripe", Reason.STALE, "signed 400 s ago", 1234, NOW))
        desk.do(Reject("github", Reason.MISMATCH, "", 5, NOW))
        [row] = desk.ask(ListRejections("stripe", 10))
        assert (row.reason, row.detail, row.body_bytes, row.at) == (
            Reason.STALE,
            "signed 400 s ago",
            1234,
            NOW,
        )
        assert len(desk.ask(ListRejections(None, 10))) == 2
        assert self.count(desk).rejected == 1

    def test_a_rejection_is_explained_once_somebody_has_looked(self, desk: Desk) -> None:
        number = desk.do(Reject("stripe", Reason.MISMATCH, "", 5, NOW))
        other = desk.do(Reject("stripe", Reason.MISMATCH, "", 5, NOW))
        assert desk.ask(ShowRejection(number)).finding is None
        finding = Finding(Mistake.CLOCK, "é was wrong", "", "see")
        desk.do(Explain(number, finding))
        assert desk.ask(ShowRejection(number)).finding == finding
        assert [row.finding for row in desk.ask(ListRejections(None, 10))] == [None, finding]
        assert desk.ask(ShowRejection(other)).id == other

    def test_what_explains_a_rejection_that_is_gone_is_dropped(self, desk: Desk) -> None:
        desk.do(Explain(77, Finding(Mistake.CLOCK, "a", "b", "c")))
        assert desk.ask(ShowRejection(77)) is None

    # -- watch

    def test_deliveries_are_counted_by_the_key_that_verified_them(self, desk: Desk) -> None:
        desk.accept(notice("1"), notice("2"), key_name="env:NEW", at=later(NOW, 5))
        desk.accept(notice("1"), key_name="env:NEW", at=later(NOW, 3))
        desk.accept(notice("3"), key_name="env:OLD")
        desk.accept(notice("3"), source="github", key_name="env:NEW")
        [github, stripe] = desk.ask(ListSources())
        assert [key.hits for key in github.keys] == [1]
        assert [(key.name, key.hits, key.used_at) for key in stripe.keys] == [
            ("env:NEW", 2, later(NOW, 5)),
            ("env:OLD", 1, NOW),
        ]
        assert stripe.heard_at == later(NOW, 5)

    def test_an_event_that_no_key_verified_is_not_heard(self, desk: Desk) -> None:
        desk.do(Watch((Watched("stripe", ("env:A",)),), NOW))
        desk.accept(at=later(NOW, 5))
        [source] = desk.ask(ListSources())
        assert source.heard_at is None
        assert [key.hits for key in source.keys] == [0]

    def test_a_source_and_its_keys_are_known_from_when_they_were_first_watched(
        self, desk: Desk
    ) -> None:
        desk.do(Watch((Watched("stripe", ("env:A",)),), NOW))
        desk.do(Watch((Watched("stripe", ("env:A", "env:B")),), later(NOW, 9)))
        [source] = desk.ask(ListSources())
        assert source.seen_at == NOW
        assert {key.name: key.seen_at for key in source.keys} == {
            "env:A": NOW,
            "env:B": later(NOW, 9),
        }

    def turns(self, desk: Desk, after_s: float, longest_gap_s: float | None = 100.0) -> list[Turn]:
        watched = Watched("stripe", ("env:A",), longest_gap_s)
        return list(desk.do(Watch((watched,), later(NOW, after_s))))

    def test_a_source_that_never_sent_anything_counts_from_when_it_was_known(
        self, desk: Desk
    ) -> None:
        assert self.turns(desk, 0) == []
        assert self.turns(desk, 100) == []
        [turn] = self.turns(desk, 101)
        assert (turn.heard, turn.gap_s, turn.longest_gap_s) == (False, 101, 100)

    def test_a_silence_is_told_once_and_its_end_once(self, again: Open) -> None:
        desk, rival = Desk(again()), Desk(again())
        desk.accept(key_name="env:A")
        assert self.turns(desk, 100) == []
        [silent] = self.turns(desk, 150)
        assert not silent.heard
        assert self.turns(desk, 160) == []
        assert self.turns(rival, 170) == []
        assert rival.ask(ListSources())[0].silent_at == later(NOW, 150)
        desk.accept(notice("2"), key_name="env:A", at=later(NOW, 200))
        [heard] = self.turns(rival, 205)
        assert (heard.heard, heard.gap_s) == (True, 200)
        assert self.turns(desk, 210) == []
        assert desk.ask(ListSources())[0].silent_at is None
        assert not self.turns(desk, 301)[0].heard

    def test_a_silence_that_settings_end_is_not_told_as_heard(self, desk: Desk) -> None:
        self.turns(desk, 0)
        assert len(self.turns(desk, 150)) == 1
        assert self.turns(desk, 160, longest_gap_s=None) == []
        assert desk.ask(ListSources())[0].silent_at is None

    def test_rivals_that_look_at_once_tell_a_silence_once(self, again: Open) -> None:
        desk = Desk(again())
        self.turns(desk, 0)
        told: list[Turn] = []
        rivals = [Desk(again()) for _ in range(4)]
        threads = [
            threading.Thread(target=lambda one=one: told.extend(self.turns(one, 500)))
            for one in rivals
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 1

    # -- claim

    def test_a_claim_takes_what_is_due_oldest_first_and_counts_the_attempt(
        self, desk: Desk
    ) -> None:
        desk.accept(notice("late"), at=later(NOW, -1))
        desk.accept(notice("early"), at=later(NOW, -2))
        desk.accept(notice("future"), at=later(NOW, 1))
        claimed = desk.claim().claimed
        assert [c.item.key for c in claimed] == ["early", "late"]
        assert [c.lease.attempt for c in claimed] == [1, 1]
        assert all(c.lease.until == later(NOW, 60) for c in claimed)
        assert self.state(desk, claimed[0].item.id) is State.LEASED

    def test_a_claim_takes_no_more_than_its_limit(self, desk: Desk) -> None:
        desk.accept(*(notice(str(n)) for n in range(5)))
        assert len(desk.claim(limit=3).claimed) == 3
        assert len(desk.claim(limit=3).claimed) == 2

    def test_a_claim_takes_only_its_sources(self, desk: Desk) -> None:
        desk.accept(source="github")
        assert desk.claim("stripe", "standard").claimed == ()
        assert len(desk.claim("github").claimed) == 1

    def test_a_burst_of_one_source_does_not_starve_another(self, desk: Desk) -> None:
        desk.accept(*(notice(str(n)) for n in range(50)), at=later(NOW, -9))
        desk.accept(notice("one"), source="github")
        sources = [c.item.source for c in desk.claim("stripe", "github", limit=4).claimed]
        assert "github" in sources

    def test_nobody_else_gets_a_leased_item_until_its_lease_runs_out(self, desk: Desk) -> None:
        desk.accept()
        first = desk.claim_one(lease_s=10.0)
        assert desk.claim(now=later(NOW, 9.999)).claimed == ()
        second = desk.claim_one(now=later(NOW, 10))
        assert second.lease.fence > first.lease.fence
        assert second.lease.attempt == 2

    def test_a_claim_says_when_to_look_again(self, desk: Desk) -> None:
        assert desk.claim().next_due_at is None
        desk.accept(at=later(NOW, 7))
        assert desk.claim().next_due_at == later(NOW, 7)
        desk.claim_one(now=later(NOW, 8), lease_s=30.0)
        assert desk.claim(now=later(NOW, 8)).next_due_at == later(NOW, 38)

    def test_an_item_that_loses_its_worker_three_times_is_poisoned(self, desk: Desk) -> None:
        [receipt] = desk.accept()
        now = NOW
        for _ in range(MAX_LOST_LEASES):
            assert len(desk.claim(now=now, lease_s=1.0).claimed) == 1
            now = later(now, 2)
        claims = desk.claim(now=now, lease_s=1.0)
        assert claims.claimed == ()
        assert claims.poisoned == (receipt.item_id,)
        detail = desk.ask(ShowItem(receipt.item_id))
        assert (detail.row.state, detail.row.cause) == (State.DEAD, Cause.POISONED)
        assert [a.outcome for a in detail.attempts] == ["lost"] * MAX_LOST_LEASES

    def test_an_item_on_its_last_life_is_leased_by_itself_to_a_worker_that_is_alone(
        self, desk: Desk
    ) -> None:
        [suspect] = desk.accept(notice("suspect"))
        now = NOW
        for _ in range(MAX_LOST_LEASES - 1):
            desk.claim_one(now=now, lease_s=1.0)
            now = later(now, 2)
        desk.accept(notice("innocent"), at=now)
        busy = desk.claim(now=now, alone=False)
        assert [c.item.key for c in busy.claimed] == ["innocent"]
        assert busy.suspects
        alone = desk.claim(now=later(now, 61), alone=True)
        assert [c.item.id for c in alone.claimed] == [suspect.item_id]
        assert alone.suspects

    def test_a_settled_attempt_clears_the_count_of_lost_leases(self, desk: Desk) -> None:
        desk.accept()
        now = NOW
        for _ in range(MAX_LOST_LEASES - 1):
            desk.claim_one(now=now, lease_s=1.0)
            now = later(now, 2)
        claimed = desk.claim_one(now=now, lease_s=1.0)
        desk.do(settle(claimed, Retry(now, FAILURE), now))
        for _ in range(MAX_LOST_LEASES):
            assert len(desk.claim(now=now, lease_s=1.0).claimed) == 1
            now = later(now, 2)

    def test_rival_workers_never_hold_the_same_lease(self, again: Open) -> None:
        first, second = Desk(again()), Desk(again())
        first.accept(*(notice(str(n)) for n in range(200)))
        got: list[int] = []

        def work(desk: Desk) -> None:
            while claimed := desk.claim(limit=7).claimed:
                got.extend(c.item.id for c in claimed)

        threads = [threading.Thread(target=work, args=(d,)) for d in (first, second, first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == len(set(got)) == 200

    # -- settle

    def test_a_completed_item_is_done_and_not_claimed_again(self, desk: Desk) -> None:
        desk.accept()
        claimed = desk.claim_one()
        assert desk.do(settle(claimed)) is True
        assert self.state(desk, claimed.item.id) is State.DONE
        assert desk.claim(now=later(NOW, 10**6)).claimed == ()
        assert self.count(desk).done == 1

    def test_a_retry_waits_until_it_is_due_and_counts_on(self, desk: Desk) -> None:
        desk.accept()
        claimed = desk.claim_one()
        desk.do(settle(claimed, Retry(later(NOW, 30), FAILURE)))
        assert self.state(desk, claimed.item.id) is State.WAITING
        assert desk.claim(now=later(NOW, 29)).claimed == ()
        assert desk.claim_one(now=later(NOW, 30)).lease.attempt == 2
        [attempt] = desk.ask(ShowItem(claimed.item.id)).attempts
        assert (attempt.number, attempt.outcome) == (1, "retry")
        assert "ValueError" in attempt.failure

    def test_a_buried_item_is_a_dead_letter_with_its_cause(self, desk: Desk) -> None:
        desk.accept()
        claimed = desk.claim_one()
        desk.do(settle(claimed, Bury(Cause.PERMANENT, FAILURE), later(NOW, 1)))
        row = desk.ask(ShowItem(claimed.item.id)).row
        assert (row.state, row.cause, row.attempts) == (State.DEAD, Cause.PERMANENT, 1)
        assert row.settled_at == later(NOW, 1)
        assert "handlers.py:7" in row.failure

    def test_a_released_item_waits_again_with_its_attempt_uncounted(self, desk: Desk) -> None:
        desk.accept()
        desk.do(settle(desk.claim_one(), Release()))
        assert desk.claim_one().lease.attempt == 1

    def test_a_settlement_under_an_old_lease_changes_nothing(self, desk: Desk) -> None:
        desk.accept()
        old = desk.claim_one(lease_s=1.0)
        new = desk.claim_one(now=later(NOW, 2))
        for resolution in (
            Complete(),
            Retry(NOW, FAILURE),
            Bury(Cause.EXHAUSTED, FAILURE),
            Release(),
        ):
            assert desk.do(settle(old, resolution)) is False
        assert self.state(desk, old.item.id) is State.LEASED
        assert desk.do(settle(new)) is True

    def test_an_item_is_settled_once(self, desk: Desk) -> None:
        desk.accept()
        claimed = desk.claim_one()
        assert [desk.do(settle(claimed)) for _ in range(3)] == [True, False, False]
        assert self.count(desk).done == 1

    # -- renew

    def test_a_renewed_lease_lasts_longer_and_a_lost_one_is_not_renewed(self, desk: Desk) -> None:
        desk.accept(notice("a"), notice("b"))
        a, b = desk.claim(lease_s=10.0).claimed
        held = ((a.item.id, a.lease.fence), (b.item.id, b.lease.fence - 1))
        assert desk.do(Renew(held, 10.0, later(NOW, 5))) == (a.item.id,)
        assert [c.item.id for c in desk.claim(now=later(NOW, 12)).claimed] == [b.item.id]

    # -- look

    def test_lists_are_newest_first_and_paged(self, desk: Desk) -> None:
        desk.accept(*(notice(str(n)) for n in range(5)))
        page = desk.ask(ListItems(Selection(), 2))
        rest = desk.ask(ListItems(Selection(), 10, before=page[-1].id))
        ids = [row.id for row in page + rest]
        assert ids == sorted(ids, reverse=True)
        assert len(set(ids)) == 5

    def test_lists_filter_by_state(self, desk: Desk) -> None:
        desk.accept(*(notice(str(n)) for n in range(4)))
        first, second, _ = desk.claim(limit=3).claimed
        desk.do(settle(first))
        desk.do(settle(second, Bury(Cause.PERMANENT, FAILURE)))
        found = {s: len(desk.ask(ListItems(Selection(state=s), 10))) for s in State}
        assert found == dict.fromkeys(State, 1) | {State.CANCELLED: 0}

    @pytest.mark.parametrize("hostile", ["x?y", "[a-z]", "a[", "*'; DROP TABLE bw_item; --"])
    def test_a_pattern_means_its_characters_but_for_the_star(
        self, desk: Desk, hostile: str
    ) -> None:
        literal = hostile.replace("*", "")
        desk.accept(notice("1", literal), notice("2", "xzy"), notice("3", "b"))
        rows = desk.ask(ListItems(Selection(event_type=literal), 10))
        assert [row.event_type for row in rows] == [literal]

    def test_a_survey_counts_everything_and_names_the_workers(self, desk: Desk) -> None:
        desk.do(Enlist("w1", "host", 7, ("stripe",), NOW))
        desk.do(Enlist("w1", "host", 7, ("stripe", "github"), later(NOW, 5)))
        desk.do(Enlist("w2", "host", 8, ("stripe",), NOW, stopped=True))
        desk.accept(notice("a"), notice("b"), at=later(NOW, -3))
        desk.claim_one()
        overview = desk.ask(Survey())
        one, two = overview.workers
        assert (one.sources, one.started_at, one.seen_at, one.stopped) == (
            ("stripe", "github"),
            NOW,
            later(NOW, 5),
            False,
        )
        assert two.stopped
        count = self.count(desk)
        assert (count.accepted, count.waiting, count.leased) == (2, 1, 1)
        assert count.oldest_waiting_at == later(NOW, -3)

    def test_an_item_that_does_not_exist_is_none(self, desk: Desk) -> None:
        assert desk.ask(ShowItem(99)) is None

    # -- opening, listening, closing

    def test_what_is_on_disk_is_there_for_the_next_process(self, again: Open) -> None:
        first = Desk(again())
        first.accept()
        first.store.close()
        assert Desk(again()).claim_one().item.key == "evt_1"

    def test_several_can_open_a_new_store_at_once(self, again: Open) -> None:
        barrier = threading.Barrier(6)
        failures: list[BaseException] = []

        def begin(n: int) -> None:
            desk = Desk(again())
            barrier.wait()
            try:
                desk.accept(notice(str(n)))
            except BaseException as error:  # noqa: BLE001 - reported by the assertion below
                failures.append(error)

        threads = [threading.Thread(target=begin, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert self.count(Desk(again())).accepted == 6

    def test_a_listener_hears_of_new_work_from_its_own_and_other_processes(
        self, again: Open
    ) -> None:
        here, there = Desk(again()), Desk(again())
        heard = threading.Event()
        unlisten = here.store.listen(heard.set)
        here.claim()
        for desk, key in ((here, "mine"), (there, "theirs")):
            heard.clear()
            desk.accept(notice(key))
            assert heard.wait(5), f"nothing was heard of {key}"
        unlisten()

    def test_a_closed_store_says_so(self, desk: Desk) -> None:
        desk.accept()
        desk.store.close()
        desk.store.close()
        with pytest.raises(StoreClosed):
            desk.do(Accept("stripe", (), accept().coverage, NOW, 1.0))

    def test_what_was_queued_before_closing_is_stored(self, again: Open) -> None:
        desk = Desk(again())
        replies = [Waiting() for _ in range(100)]
        for n, reply in enumerate(replies):
            desk.store.submit(accept(notice(str(n))), reply)
        desk.store.close()
        assert all(len(reply.result()) == 1 for reply in replies)
        assert self.count(Desk(again())).accepted == 100
