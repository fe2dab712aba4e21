"""Days of history are dropped whole, and never one that somebody still needs."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from bridgewright.adapters.stores.postgres import PostgresStore, partitions
from bridgewright.adapters.stores.postgres.partitions import PARENTS, day_of
from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, notice, settle
from bridgewright.core.control import Retain
from bridgewright.core.effects import ListItems, Survey, Sweep
from bridgewright.core.errors import StoreError
from bridgewright.core.model.item import Bury, Cause, Retry
from bridgewright.core.model.moment import Moment, later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from bridgewright.core.effects import Receipt

DAY_S = 86_400.0
YESTERDAY, TOMORROW = later(NOW, -DAY_S), later(NOW, DAY_S)


@pytest.fixture(params=["direct", pytest.param("pooled", marks=pytest.mark.slow)])
def store(url: Secret, request: pytest.FixtureRequest) -> Iterator[PostgresStore]:
    made = PostgresStore(url, pooled=request.param == "pooled")
    yield made
    made.close()


@pytest.fixture
def desk(store: PostgresStore) -> Desk:
    return Desk(store)


def finish(desk: Desk, key: str, at: Moment) -> None:
    desk.accept(notice(key), at=at)
    desk.do(settle(desk.claim_one(now=at), at=at))


def drop_days(store: PostgresStore, before: Moment) -> tuple[date, ...]:
    """Drop what is over, whatever anybody wants to keep."""
    store.migrate()
    with psycopg.connect(store._url.reveal(), autocommit=True) as connection:  # noqa: SLF001
        return partitions.drop(connection, day_of(before))


def keys(desk: Desk) -> list[str]:
    return sorted(str(row.event_id) for row in desk.ask(ListItems(Selection(), 100)))


def partitions_of(url: Secret, at: Moment) -> list[str]:
    wanted = [f"{parent}_{day_of(at):%Y%m%d}" for parent in PARENTS]
    with psycopg.connect(url.reveal()) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY (%s)", [wanted]
        )
        return sorted(name for (name,) in found)


@pytest.mark.slow
def test_finished_days_go_and_later_ones_stay(
    url: Secret, store: PostgresStore, desk: Desk
) -> None:
    for at, key in ((YESTERDAY, "old"), (NOW, "new")):
        desk.accept(notice(key, event_id=key), at=at)
        desk.do(settle(desk.claim_one(now=at), at=at))
    before = desk.ask(Survey()).sources
    assert drop_days(store, NOW) == (day_of(YESTERDAY),)
    assert keys(desk) == ["new"]
    assert partitions_of(url, YESTERDAY) == []
    assert len(partitions_of(url, NOW)) == len(PARENTS)
    assert desk.ask(Survey()).sources == before
    assert drop_days(store, NOW) == ()


@pytest.mark.slow
def test_today_is_not_over_and_stays(store: PostgresStore, desk: Desk) -> None:
    finish(desk, "a", NOW)
    assert drop_days(store, later(NOW, 60.0)) == ()


@pytest.mark.parametrize("fate", ["waiting", "leased", "to be retried", "dead"])
def test_a_day_that_holds_anything_unfinished_is_kept(
    fate: str, store: PostgresStore, desk: Desk
) -> None:
    finish(desk, "done", NOW)
    desk.accept(notice("held"), at=NOW)
    if fate != "waiting":
        claimed = desk.claim_one(now=NOW)
        if fate == "dead":
            desk.do(settle(claimed, Bury(Cause.PERMANENT, FAILURE)))
        elif fate == "to be retried":
            desk.do(settle(claimed, Retry(later(NOW, 30 * DAY_S), FAILURE)))
    assert drop_days(store, later(NOW, 9 * DAY_S)) == (day_of(TOMORROW),)
    assert len(desk.ask(ListItems(Selection(), 10))) == 2


def test_a_day_that_was_kept_goes_once_its_last_item_is_done(
    store: PostgresStore, desk: Desk
) -> None:
    desk.accept(notice("a"), at=YESTERDAY)
    claimed = desk.claim_one(now=NOW)
    assert drop_days(store, NOW) == ()
    desk.do(settle(claimed))
    assert drop_days(store, NOW) == (day_of(YESTERDAY),)


def test_a_day_older_than_a_kept_one_and_one_newer_go(store: PostgresStore, desk: Desk) -> None:
    for days in (-9, -5, -2):
        at = later(NOW, days * DAY_S)
        desk.accept(notice(str(days)), at=at)
        if days != -5:
            desk.do(settle(desk.claim_one(now=at), at=at))
        else:
            desk.do(settle(desk.claim_one(now=at), Retry(later(NOW, DAY_S), FAILURE), at=at))
    gone = drop_days(store, NOW)
    assert day_of(later(NOW, -9 * DAY_S)) in gone
    assert day_of(later(NOW, -5 * DAY_S)) not in gone
    assert day_of(later(NOW, -2 * DAY_S)) in gone


def test_a_day_that_somebody_reads_is_left_to_the_next_time(
    url: Secret, store: PostgresStore, desk: Desk
) -> None:
    finish(desk, "a", YESTERDAY)
    with psycopg.connect(url.reveal()) as reader:
        reader.execute("SELECT count(*) FROM bw_item")
        assert drop_days(store, NOW) == ()
        assert not desk.accept(notice("b"), at=NOW)[0].duplicate
    assert drop_days(store, NOW) == (day_of(YESTERDAY),)


def accepted(desk: Desk, key: str) -> Receipt:
    """A receipt, from a store that may refuse while its day is dropped again and again."""
    for _ in range(100):
        with contextlib.suppress(StoreError):
            [receipt] = desk.accept(notice(key), at=YESTERDAY)
            assert not receipt.duplicate, "what was refused was written"
            return receipt
    raise AssertionError(key)


@pytest.mark.slow
def test_what_comes_into_a_day_while_it_is_dropped_is_never_lost(url: Secret) -> None:
    """A clock that is a day behind, and a person who drops that day all the time."""
    writing, dropping = PostgresStore(url), PostgresStore(url)
    desk, over = Desk(writing), threading.Event()
    dropped = 0

    def drop() -> None:
        nonlocal dropped
        while not over.is_set():
            dropped += len(drop_days(dropping, NOW))

    thread = threading.Thread(target=drop)
    thread.start()
    try:
        for n in range(3_000):
            if n >= 60 and dropped:
                break
            receipt = accepted(desk, str(n))
            claimed = desk.claim_one(now=NOW)
            assert claimed.item.id == receipt.item_id
            desk.do(settle(claimed))
    finally:
        over.set()
        thread.join()
        writing.close()
        dropping.close()
    assert dropped > 0


def kept(source: str, days: float) -> tuple[tuple[str, float], ...]:
    return ((source, days * DAY_S),)


def test_retention_drops_a_day_that_nobody_keeps_and_counts_what_went(
    url: Secret, store: PostgresStore, desk: Desk
) -> None:
    for n in range(5):
        finish(desk, f"old{n}", YESTERDAY)
    finish(desk, "new", NOW)
    turn = desk.do(Retain(kept("stripe", 1.0), later(NOW, 0.99 * DAY_S)))
    assert (turn.gone, turn.more) == (5, False)
    assert partitions_of(url, YESTERDAY) == []
    assert len(desk.ask(ListItems(Selection(), 10))) == 1


@pytest.mark.parametrize("reason", ["another source", "ended late", "a longer time"])
def test_retention_keeps_a_day_of_which_anything_is_kept_and_takes_the_rest_one_by_one(
    reason: str, url: Secret, store: PostgresStore, desk: Desk
) -> None:
    finish(desk, "goes", YESTERDAY)
    desk.accept(notice("stays"), at=YESTERDAY, source="github")
    ended_at = later(NOW, DAY_S) if reason == "ended late" else YESTERDAY
    desk.do(settle(desk.claim_one("github", now=YESTERDAY, lease_s=9 * DAY_S), at=ended_at))
    others = {"another source": (), "ended late": kept("github", 1.0)}
    keep = kept("stripe", 1.0) + others.get(reason, kept("github", 30.0))
    assert desk.do(Retain(keep, later(NOW, DAY_S))).gone == 1
    [left] = desk.ask(ListItems(Selection(), 10))
    assert left.source == "github"
    assert len(partitions_of(url, YESTERDAY)) == len(PARENTS)


def test_a_day_is_looked_at_where_a_round_begins_and_not_at_each_of_its_turns(
    url: Secret, store: PostgresStore, desk: Desk
) -> None:
    finish(desk, "old", YESTERDAY)
    finish(desk, "new", NOW)
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("INSERT INTO bw_round VALUES ('retention', 2)")
    assert desk.do(Retain(kept("stripe", 1.0), later(NOW, 0.99 * DAY_S))).gone == 0
    assert len(partitions_of(url, YESTERDAY)) == len(PARENTS)
    assert desk.do(Retain(kept("stripe", 1.0), later(NOW, 0.99 * DAY_S))).gone == 1


def test_retention_answers_with_what_keeps_the_database_from_it(url: Secret) -> None:
    store = PostgresStore(Secret("postgresql://app@127.0.0.1:1/shop"))
    with pytest.raises(StoreError, match="cannot be reached"):
        Desk(store).do(Retain(kept("stripe", 1.0), NOW))
    store.close()


def test_what_was_sent_is_forgotten_after_its_day(
    url: Secret, store: PostgresStore, desk: Desk
) -> None:
    finish(desk, "old", YESTERDAY)
    finish(desk, "new", NOW)
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("INSERT INTO bw_sending VALUES (1, 0, 0, 0, 0), (2, 0, 0, 0, 0)")
        desk.do(Retain(kept("stripe", 1.0), later(NOW, 0.99 * DAY_S)))
        desk.do(Sweep(NOW))
        left = connection.execute("SELECT item_id FROM bw_sending").fetchall()
    assert left == [(2,)]
