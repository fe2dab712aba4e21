"""What every store must do for the outbox. The class of each store's tests inherits this beside
`StoreContract`."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, notice, settle
from bridgewright.core.effects import ListItems, Renew, ShowItem
from bridgewright.core.lifecycle.lease import MAX_LOST_LEASES
from bridgewright.core.model.item import (
    Bury,
    Cause,
    Claimed,
    Complete,
    Kind,
    Release,
    Retry,
    Sending,
    State,
)
from bridgewright.core.model.moment import Moment, later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanMove
from bridgewright.core.recovery import Advance, Freeze, Steer
from bridgewright.core.sending import ListLanes, MarkSending

if TYPE_CHECKING:
    from bridgewright.core.model.item import Resolution

LANE = "outbox/stripe"


def enqueue(desk: Desk, key: str = "order-17", lane: str = LANE) -> int:
    """Store a call to be made; its item."""
    [receipt] = desk.accept(notice(key, "stripe.refunds.create"), source=lane, kind=Kind.OUTBOX)
    item_id: int = receipt.item_id
    return item_id


def mark(desk: Desk, claimed: Claimed, at: Moment = NOW, *, anew: bool = False) -> Sending | None:
    """Note that a call is about to be sent."""
    marked: Sending | None = desk.do(
        MarkSending(claimed.item.id, claimed.lease.fence, at, anew=anew)
    )
    return marked


def end(desk: Desk, claimed: Claimed, resolution: Resolution, *, unsent: bool = False) -> Any:
    """Settle a call that was made, or was not."""
    made = settle(claimed, resolution)
    return desk.do(type(made)(made.item_id, made.fence, made.resolution, made.at, unsent=unsent))


DAY_S = 86_400.0


def left_open(desk: Desk, key: str, lifetime_s: float | None) -> int:
    """A dead letter whose call may have been made, under a key that is known for so long."""
    enqueue(desk, key)
    claimed = desk.claim_one(LANE)
    desk.do(MarkSending(claimed.item.id, claimed.lease.fence, NOW, lifetime_s=lifetime_s))
    end(desk, claimed, Bury(Cause.AMBIGUOUS, FAILURE))
    return claimed.item.id


def prospects(desk: Desk, at: Moment, selection: Selection) -> dict[str, int]:
    """What a plan expects of what it selects: how many of each."""
    plan = desk.do(Freeze(selection, "why", "ada", at))
    return dict(plan.by_prospect)


class OutboxContract:
    """The suite; `desk` is a new store."""

    def test_a_call_whose_key_has_expired_is_put_back_only_where_a_person_names_it(
        self, desk: Desk
    ) -> None:
        keyed = left_open(desk, "keyed", DAY_S)
        left_open(desk, "unkeyed", None)
        left_open(desk, "for ever", inf)
        soon, late = later(NOW, DAY_S / 2), later(NOW, 0.95 * DAY_S)
        assert prospects(desk, soon, Selection()) == {"will_run": 3}
        assert prospects(desk, late, Selection()) == {"will_run": 2, "key_expired": 1}
        assert prospects(desk, late, Selection(ids=(keyed,))) == {"will_run": 1}

    def test_a_call_whose_key_expires_before_its_turn_is_left_alone(self, desk: Desk) -> None:
        keyed = left_open(desk, "keyed", DAY_S)
        late = later(NOW, DAY_S)
        for ids, state in (((), State.DEAD), ((keyed,), State.WAITING)):
            plan = desk.do(Freeze(Selection(ids=ids), "why", "ada", NOW))
            assert dict(plan.by_prospect) == {"will_run": 1}
            desk.do(Steer(plan.id, PlanMove.RUN, "ada", NOW))
            desk.do(Advance(plan.id, late))
            assert desk.ask(ShowItem(keyed)).row.state is state

    def test_a_call_that_is_known_to_have_ended_needs_no_key(self, desk: Desk) -> None:
        enqueue(desk)
        claimed = desk.claim_one(LANE)
        desk.do(MarkSending(claimed.item.id, claimed.lease.fence, NOW, lifetime_s=DAY_S))
        end(desk, claimed, Bury(Cause.PERMANENT, FAILURE), unsent=True)
        assert prospects(desk, later(NOW, 9 * DAY_S), Selection()) == {"will_run": 1}

    def test_an_intent_is_found_and_claimed_as_what_goes_out(self, desk: Desk) -> None:
        item_id = enqueue(desk)
        [event] = desk.accept(notice("evt"), source="stripe")
        detail = desk.ask(ShowItem(item_id))
        assert (detail.item.kind, detail.row.kind, detail.sending) == (
            Kind.OUTBOX,
            Kind.OUTBOX,
            None,
        )
        assert desk.ask(ShowItem(event.item_id)).item.kind is Kind.INBOX
        assert {row.id: row.kind for row in desk.ask(ListItems(Selection(), 10))} == {
            item_id: Kind.OUTBOX,
            event.item_id: Kind.INBOX,
        }
        claimed = desk.claim_one(LANE)
        assert (claimed.item.kind, claimed.sending) == (Kind.OUTBOX, None)

    def test_a_source_and_its_lane_keep_their_keys_apart(self, desk: Desk) -> None:
        first = enqueue(desk, "same")
        [event] = desk.accept(notice("same"), source="stripe")
        assert not event.duplicate
        assert enqueue(desk, "same") == first

    def test_lanes_are_those_that_ever_held_an_item(self, desk: Desk) -> None:
        assert desk.ask(ListLanes()) == ()
        enqueue(desk, lane="outbox/twilio")
        enqueue(desk)
        desk.accept(notice("evt"), source="stripe")
        assert desk.ask(ListLanes()) == (LANE, "outbox/twilio")
        end(desk, desk.claim_one(LANE), Complete())
        assert desk.ask(ListLanes()) == (LANE, "outbox/twilio")

    def test_a_sending_is_marked_under_a_lease_only(self, desk: Desk) -> None:
        enqueue(desk)
        claimed = desk.claim_one(LANE)
        stranger = Claimed(claimed.item, type(claimed.lease)(claimed.item.id, 99, 1, NOW))
        assert mark(desk, stranger) is None
        assert desk.ask(ShowItem(claimed.item.id)).sending is None
        assert mark(desk, claimed, later(NOW, 1)) == Sending(
            later(NOW, 1), later(NOW, 1), open=True
        )
        assert desk.ask(ShowItem(claimed.item.id)).sending.open

    def test_a_lease_past_its_time_sends_nothing_unless_it_was_renewed(self, desk: Desk) -> None:
        enqueue(desk)
        claimed = desk.claim_one(LANE, lease_s=60.0)
        assert mark(desk, claimed, later(NOW, 60)) is None
        desk.do(Renew(((claimed.item.id, claimed.lease.fence),), 60.0, later(NOW, 30)))
        assert mark(desk, claimed, later(NOW, 60)) is not None

    def test_an_item_that_was_settled_sends_nothing(self, desk: Desk) -> None:
        enqueue(desk)
        claimed = desk.claim_one(LANE)
        end(desk, claimed, Complete())
        assert mark(desk, claimed) is None

    def test_the_next_worker_is_told_that_a_call_may_have_happened(self, desk: Desk) -> None:
        enqueue(desk)
        mark(desk, desk.claim_one(LANE))
        again = desk.claim_one(LANE, now=later(NOW, 61))
        assert again.sending == Sending(NOW, NOW, open=True)

    def test_a_second_sending_keeps_since_when_the_key_lives(self, desk: Desk) -> None:
        enqueue(desk)
        first = desk.claim_one(LANE)
        mark(desk, first)
        end(desk, first, Retry(NOW, FAILURE))
        second = desk.claim_one(LANE, now=later(NOW, 5))
        assert mark(desk, second, later(NOW, 6)) == Sending(NOW, later(NOW, 6), open=True)

    def test_a_fresh_key_lives_from_when_it_was_first_used(self, desk: Desk) -> None:
        enqueue(desk)
        first = desk.claim_one(LANE)
        mark(desk, first)
        end(desk, first, Retry(NOW, FAILURE), unsent=True)
        second = desk.claim_one(LANE, now=later(NOW, 5))
        assert second.sending == Sending(NOW, NOW, open=False)
        at = later(NOW, 6)
        assert mark(desk, second, at, anew=True) == Sending(at, at, open=True, turn=1)

    def test_what_is_not_known_to_be_unsent_stays_open_dead_or_waiting(self, desk: Desk) -> None:
        enqueue(desk)
        first = desk.claim_one(LANE)
        mark(desk, first)
        end(desk, first, Retry(NOW, FAILURE))
        second = desk.claim_one(LANE)
        assert second.sending is not None
        assert second.sending.open
        end(desk, second, Bury(Cause.AMBIGUOUS, FAILURE))
        detail = desk.ask(ShowItem(second.item.id))
        assert (detail.row.cause, detail.sending.open) == (Cause.AMBIGUOUS, True)

    def test_a_late_settlement_closes_no_sending(self, desk: Desk) -> None:
        enqueue(desk)
        slow = desk.claim_one(LANE)
        mark(desk, slow)
        again = desk.claim_one(LANE, now=later(NOW, 61))
        assert end(desk, slow, Retry(NOW, FAILURE), unsent=True) is False
        assert desk.ask(ShowItem(again.item.id)).sending.open

    def test_a_result_is_kept_with_what_ended_well(self, desk: Desk) -> None:
        enqueue(desk)
        claimed = desk.claim_one(LANE)
        mark(desk, claimed)
        assert end(desk, claimed, Complete("re_1é")) is True
        detail = desk.ask(ShowItem(claimed.item.id))
        assert (detail.row.state, detail.row.result) == (State.DONE, "re_1é")
        assert not detail.sending.open

    def test_an_intent_that_is_given_back_unbegun_was_not_sent(self, desk: Desk) -> None:
        enqueue(desk)
        end(desk, desk.claim_one(LANE), Release())
        again = desk.claim_one(LANE)
        assert (again.lease.attempt, again.sending) == (1, None)

    def test_workers_that_vanish_while_they_send_leave_it_open_to_the_end(self, desk: Desk) -> None:
        enqueue(desk)
        at = NOW
        for _ in range(MAX_LOST_LEASES):
            claimed = desk.claim_one(LANE, now=at)
            mark(desk, claimed, at)
            at = later(at, 61)
        claims = desk.claim(LANE, now=at)
        assert claims.poisoned == (claimed.item.id,)
        detail = desk.ask(ShowItem(claimed.item.id))
        assert (detail.row.cause, detail.sending.open) == (Cause.POISONED, True)
