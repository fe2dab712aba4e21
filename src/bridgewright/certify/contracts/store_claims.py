"""What every store must do about claims, leases and how they end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bridgewright.certify.contracts.made import (
    FAILURE,
    NOW,
    Desk,
    count_of,
    notice,
    settle,
    state_of,
)
from bridgewright.core.effects import (
    Renew,
    ShowItem,
)
from bridgewright.core.lifecycle.lease import MAX_LOST_LEASES
from bridgewright.core.model.item import Bury, Cause, Complete, Release, Retry, State
from bridgewright.core.model.moment import later

if TYPE_CHECKING:
    from bridgewright.certify.contracts.store import Open


class StoreClaimsContract:
    """A store's module inherits it beside `StoreContract`."""

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
        assert state_of(desk, claimed[0].item.id) is State.LEASED

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
        assert state_of(desk, claimed.item.id) is State.DONE
        assert desk.claim(now=later(NOW, 10**6)).claimed == ()
        assert count_of(desk).done == 1

    def test_a_retry_waits_until_it_is_due_and_counts_on(self, desk: Desk) -> None:
        desk.accept()
        claimed = desk.claim_one()
        desk.do(settle(claimed, Retry(later(NOW, 30), FAILURE)))
        assert state_of(desk, claimed.item.id) is State.WAITING
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
        assert state_of(desk, old.item.id) is State.LEASED
        assert desk.do(settle(new)) is True

    def test_an_item_is_settled_once(self, desk: Desk) -> None:
        desk.accept()
        claimed = desk.claim_one()
        assert [desk.do(settle(claimed)) for _ in range(3)] == [True, False, False]
        assert count_of(desk).done == 1

    # -- renew

    def test_a_renewed_lease_lasts_longer_and_a_lost_one_is_not_renewed(self, desk: Desk) -> None:
        desk.accept(notice("a"), notice("b"))
        a, b = desk.claim(lease_s=10.0).claimed
        held = ((a.item.id, a.lease.fence), (b.item.id, b.lease.fence - 1))
        assert desk.do(Renew(held, 10.0, later(NOW, 5))) == (a.item.id,)
        assert [c.item.id for c in desk.claim(now=later(NOW, 12)).claimed] == [b.item.id]
