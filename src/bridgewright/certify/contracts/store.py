"""What every store must do: take events once, show them, open and close. A module per store subclasses
`StoreContract`, and the chapters beside it, and gives it a store."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bridgewright.certify.contracts.made import (
    FAILURE,
    NOW,
    Desk,
    accept,
    count_of,
    notice,
    settle,
)
from bridgewright.core.effects import (
    Accept,
    Enlist,
    Explain,
    KnownKeys,
    ListItems,
    ListRejections,
    Reject,
    ShowItem,
    ShowRejection,
    Survey,
    Sweep,
)
from bridgewright.core.errors import StoreClosed
from bridgewright.core.model.finding import Finding, Mistake
from bridgewright.core.model.inbound import Origin, Reason
from bridgewright.core.model.item import Bury, Cause, State
from bridgewright.core.model.moment import later
from bridgewright.core.model.operation import Selection
from bridgewright.core.ports import Store
from bridgewright.engine.drive.waiting import Waiting

Open = Callable[[], Store]


class StoreContract:
    """A class that inherits this gives a fixture `again`: called, it opens the same store once more. `desk`
    is a new store; the other chapters ask for it."""

    @pytest.fixture
    def desk(self, again: Open) -> Desk:
        """A new store, with blocking verbs."""
        return Desk(again())

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
        outcomes: list[int | str] = []
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
        assert count_of(desk).accepted == 50
        assert count_of(desk).duplicates == 350

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
        assert count_of(desk).rejected == 1

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
        count = count_of(desk)
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
        assert count_of(Desk(again())).accepted == 6

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
        assert count_of(Desk(again())).accepted == 100
