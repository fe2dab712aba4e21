"""What every store must do about stale events, retention, erasure and reading on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, notice, settle
from bridgewright.core.control import (
    Cancel,
    Erase,
    FindBefore,
    FindFrontier,
    ReadIn,
    ReadOn,
    Retain,
)
from bridgewright.core.effects import ListItems, ShowItem, Sweep
from bridgewright.core.lifecycle.retention import LATEST_MEMORY_S
from bridgewright.core.model.control import ERASED_BODY, ERASED_HEADER
from bridgewright.core.model.item import (
    Bury,
    Cause,
    Claimed,
    Complete,
    Kind,
    Release,
    Retry,
    State,
)
from bridgewright.core.model.listening import Frontier
from bridgewright.core.model.moment import Moment, later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.ranking import Rank

if TYPE_CHECKING:
    from bridgewright.certify.contracts.store import Open

BURIED = Bury(Cause.PERMANENT, FAILURE)
DAY_S = 86_400.0


class StoreRetentionContract:
    """A store's module inherits it beside `StoreContract`."""

    @pytest.fixture
    def control(self, again: Open) -> Desk:
        """A new store, with blocking verbs."""
        return Desk(again())

    # -- staleness

    def dated(self, key: str, at: Moment, resource: str | None = "r") -> Any:
        """An event of a resource that happened at an instant."""
        return notice(key, occurred_at=at, rank=Rank(resource=resource))

    def handle(self, control: Desk, claimed: Claimed) -> None:
        """Settle an item, and note what of its resource is handled by it."""
        assert claimed.resource is not None
        assert claimed.item.occurred_at is not None
        command = settle(claimed)
        handled = (claimed.resource, claimed.item.occurred_at)
        control.do(replace(command, handled=handled))

    def test_an_event_older_than_one_handled_of_its_resource_is_stale(self, control: Desk) -> None:
        control.accept(self.dated("new", NOW))
        [new] = control.claim().claimed
        assert (new.resource, new.stale) == ("r", False)
        self.handle(control, new)
        control.accept(
            self.dated("old", later(NOW, -1)),
            self.dated("same", NOW),
            self.dated("newer", later(NOW, 1)),
            self.dated("other", later(NOW, -1), "s"),
            self.dated("none", later(NOW, -1), None),
        )
        stale = {one.item.key: one.stale for one in control.claim().claimed}
        assert stale == {
            "old": True,
            "same": False,
            "newer": False,
            "other": False,
            "none": False,
        }

    def test_what_was_handled_last_is_remembered_for_a_while(self, control: Desk) -> None:
        control.accept(self.dated("new", NOW))
        self.handle(control, control.claim_one())
        control.accept(self.dated("old", later(NOW, -1)))
        control.do(Sweep(later(NOW, LATEST_MEMORY_S - 1)))
        assert control.claim_one(lease_s=1.0).stale
        control.do(Sweep(later(NOW, LATEST_MEMORY_S)))
        assert not control.claim_one(now=later(NOW, 5)).stale

    def test_what_was_skipped_says_so(self, control: Desk) -> None:
        [receipt] = control.accept()
        control.do(settle(control.claim_one(), Complete(note="stale")))
        row = control.ask(ShowItem(receipt.item_id)).row
        assert (row.state, row.note) == (State.DONE, "stale")

    # -- retention

    def test_only_what_is_finished_and_past_its_time_is_forgotten(self, control: Desk) -> None:
        control.accept(*(notice(f"k{n}") for n in range(6)))
        control.accept(notice("other"), source="github")
        done, retried, dead, leased, *_ = control.claim(limit=4, lease_s=9 * DAY_S).claimed
        control.do(settle(done))
        control.do(settle(retried, Retry(later(NOW, 9 * DAY_S), FAILURE)))
        control.do(settle(dead, BURIED))
        control.do(Cancel(5, "why", "jane", NOW))
        control.do(settle(control.claim_one("github")))
        keep = (("stripe", DAY_S),)
        assert control.do(Retain(keep, later(NOW, DAY_S))).gone == 0
        assert control.do(Retain(keep, later(NOW, DAY_S + 1))).gone == 2
        left = {row.id: row.state for row in control.ask(ListItems(Selection(), 10))}
        assert left == {
            retried.item.id: State.WAITING,
            dead.item.id: State.DEAD,
            leased.item.id: State.LEASED,
            6: State.WAITING,
            7: State.DONE,
        }
        assert control.ask(ShowItem(done.item.id)) is None

    def test_a_turn_of_retention_is_bounded_and_the_next_goes_on(self, control: Desk) -> None:
        control.accept(*(notice(f"k{n}") for n in range(10)))
        for claimed in control.claim().claimed:
            control.do(settle(claimed))
        keep, at = (("stripe", DAY_S),), later(NOW, DAY_S + 1)
        turns = [control.do(Retain(keep, at, limit=4)) for _ in range(4)]
        assert [(turn.gone, turn.more) for turn in turns] == [
            (4, True),
            (4, True),
            (2, False),
            (0, False),
        ]

    def test_a_key_that_is_remembered_outlives_its_item(self, control: Desk) -> None:
        control.accept(notice("k"), horizon_s=9 * DAY_S)
        control.do(settle(control.claim_one()))
        control.do(Retain((("stripe", DAY_S),), later(NOW, 2 * DAY_S)))
        assert control.accept(notice("k"), at=later(NOW, 3 * DAY_S))[0].duplicate

    # -- erase, read on

    def test_an_erased_item_keeps_everything_but_its_payload(self, control: Desk) -> None:
        [receipt] = control.accept(notice("k", body=b'{"to": "jane"}', headers=(("x-to", "jane"),)))
        control.do(settle(control.claim_one()))
        assert control.do(Erase((receipt.item_id,), "asked to", "joe", later(NOW, 5))) == (1,)
        detail = control.ask(ShowItem(receipt.item_id))
        assert detail.item.body == ERASED_BODY
        assert [name for name, _ in detail.item.headers] == [ERASED_HEADER]
        assert (detail.row.state, detail.item.key) == (State.DONE, "k")
        [audit] = detail.audit
        assert (audit.action, audit.actor, audit.reason) == ("erase", "joe", "asked to")
        assert control.do(Erase((receipt.item_id,), "again", "joe", NOW)) == ()

    def test_what_is_unfinished_is_not_erased_and_a_dead_letter_is(self, control: Desk) -> None:
        control.accept(notice("waits"), notice("dies"), notice("runs"))
        first, second, _ = control.claim().claimed
        control.do(settle(first, Release()))
        control.do(settle(second, Bury(Cause.PERMANENT, FAILURE)))
        assert control.do(Erase((1, 2, 3, 4), "asked to", "joe", NOW)) == (2,)
        assert control.ask(ShowItem(1)).item.body != ERASED_BODY

    def test_a_source_is_read_from_end_to_end_oldest_first(self, control: Desk) -> None:
        control.accept(*(notice(f"k{n}", body=json.dumps(n).encode()) for n in range(5)))
        control.accept(notice("other"), source="github")
        control.do(settle(control.claim_one()))
        first = control.ask(ReadOn("stripe", 0, 3))
        assert [one.item.body for one in first] == [b"0", b"1", b"2"]
        assert [one.row.state for one in first] == [State.DONE, State.WAITING, State.WAITING]
        rest = control.ask(ReadOn("stripe", first[-1].row.id, 10))
        assert [one.item.key for one in rest] == ["k3", "k4"]
        assert control.ask(ReadOn("stripe", 5, 10)) == ()
        assert len(control.ask(ReadOn("stripe", 0, 10, payload_bytes=1))) == 2

    def test_what_comes_in_is_read_between_two_numbers_and_what_goes_out_is_not(
        self, control: Desk
    ) -> None:
        control.accept(*(notice(f"k{n}", body=json.dumps(n).encode()) for n in range(4)))
        control.accept(notice("out"), kind=Kind.OUTBOX)
        control.accept(notice("other"), source="github")
        found = control.ask(ReadIn("stripe", 1, 6, 10, 1_000))
        assert [(one.id, one.body) for one in found] == [(2, b"1"), (3, b"2"), (4, b"3")]
        assert [one.id for one in control.ask(ReadIn("stripe", 1, 3, 10, 1_000))] == [2, 3]
        assert [one.id for one in control.ask(ReadIn("stripe", 0, 6, 2, 1_000))] == [1, 2]
        assert [one.id for one in control.ask(ReadIn("stripe", 0, 6, 9, 1))] == [1, 2]

    def test_the_frontier_of_a_store_at_rest_is_its_last_number(self, control: Desk) -> None:
        assert control.ask(FindFrontier()) == Frontier(0)
        control.accept(notice("a"), notice("b"))
        assert control.ask(FindFrontier()) == Frontier(2)

    def test_the_newest_item_before_an_instant_is_found(self, control: Desk) -> None:
        for n in range(3):
            control.accept(notice(f"k{n}"), at=later(NOW, n * DAY_S))
        asked = [FindBefore(later(NOW, n * DAY_S)) for n in range(4)]
        assert [control.ask(one) for one in asked] == [0, 1, 2, 3]
