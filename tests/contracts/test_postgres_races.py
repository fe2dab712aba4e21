"""Two transactions at once, one of them held just before its commit: what each must see of the other."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bridgewright.adapters.stores.postgres import PostgresStore, controlling, link, ordering
from bridgewright.adapters.stores.postgres.batch import Batch
from bridgewright.adapters.stores.postgres.floors import Floors
from bridgewright.adapters.stores.postgres.session import PostgresSession
from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, accept, notice, settle
from bridgewright.core.control import Cancel, PauseWork, Retain
from bridgewright.core.effects import ListItems
from bridgewright.core.model.item import Bury, Cause, State
from bridgewright.core.model.moment import Moment, later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import Caution, PlanMove
from bridgewright.core.model.ranking import Cap, Rank, Reach
from bridgewright.core.recovery import Advance, Freeze, Steer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from bridgewright.core.model.inbound import Notice
    from bridgewright.core.model.secret import Secret

BURIED = Bury(Cause.PERMANENT, FAILURE)
DAY_S = 86_400.0


@pytest.fixture
def desk(url: Secret) -> Iterator[Desk]:
    store = PostgresStore(url)
    yield Desk(store)
    store.close()


@pytest.fixture
def other(url: Secret) -> Iterator[Desk]:
    store = PostgresStore(url)
    yield Desk(store)
    store.close()


@contextmanager
def held(url: Secret) -> Iterator[Batch]:
    """A transaction of another writer; it commits where the block ends."""
    connection = link.connect(url, pooled=False, writing=True)
    with connection:
        connection.execute(link.begin(pooled=False))
        yield Batch(connection, Floors(), time.monotonic())
        connection.execute(b"COMMIT")


def waiting(url: Secret) -> bool:
    """Whether somebody waits for a lock in this database."""
    with psycopg.connect(url.reveal()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return row is not None and row[0] > 0


def until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not seen():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@contextmanager
def beside(act: Callable[[], Any], url: Secret) -> Iterator[Future[Any]]:
    """Something that is under way, and waits for what the block holds."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(act)
        until(lambda: waiting(url) or future.done())
        yield future


def keyed(key: str, order_key: str = "k", **rank: Any) -> Notice:
    return notice(key, rank=Rank(order_key=order_key, **rank))


def run(desk: Desk, *ids: int, **caution: Any) -> int:
    """The number of a plan that runs."""
    plan = desk.do(Freeze(Selection(ids=ids), "why", "ada", NOW))
    desk.do(Steer(plan.id, PlanMove.RUN, "ada", NOW, caution=Caution(**caution)))
    number: int = plan.id
    return number


def cancel(batch: Batch, item_id: int) -> None:
    controlling.cancel(batch, Cancel(item_id, "why", "ada", NOW))
    batch.finish()


@pytest.mark.slow
def test_a_dead_letter_that_is_being_cancelled_is_not_put_back(url: Secret, desk: Desk) -> None:
    desk.accept(notice("a"))
    dead = desk.claim_one()
    desk.do(settle(dead, BURIED))
    number = run(desk, dead.item.id)
    with held(url) as batch:
        cancel(batch, dead.item.id)
        with beside(lambda: desk.do(Advance(number, NOW)), url) as advancing:
            batch.wire.execute(b"COMMIT")
            assert advancing.result().put_back == 0
    [row] = desk.ask(ListItems(Selection(), 10))
    assert row.state is State.CANCELLED
    assert desk.claim().claimed == ()


@pytest.mark.slow
def test_what_is_parked_can_be_cancelled_while_its_key_is_ranked(
    url: Secret, desk: Desk, other: Desk
) -> None:
    desk.accept(keyed("a"), keyed("b"), keyed("c"))
    first, store = desk.claim_one(), other.store
    assert isinstance(store, PostgresStore)

    def handle() -> bool:
        with store.transactions.begin(first) as transaction:
            return transaction.finish(NOW).settled

    with held(url) as batch:
        controlling.cancel(batch, Cancel(2, "why", "ada", NOW))
        with beside(handle, url) as handling:
            batch.finish()
            batch.wire.execute(b"COMMIT")
            assert handling.result()
    assert [one.item.key for one in desk.claim().claimed] == ["c"]


def default_to_snapshots(url: Secret) -> None:
    """As some set their databases to."""
    name = url.reveal().rpartition("/")[2]
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        level = "default_transaction_isolation = 'repeatable read'"
        connection.execute(f"ALTER DATABASE {name} SET {level}".encode())


def test_whatever_isolation_a_database_defaults_to_nothing_is_left_behind(url: Secret) -> None:
    default_to_snapshots(url)
    store = PostgresStore(url)
    desk = Desk(store)
    desk.accept(keyed("a"))
    with store.transactions.begin(desk.claim_one()) as transaction:
        desk.accept(keyed("b"))
        assert transaction.finish(NOW).settled
    assert [one.item.key for one in desk.claim().claimed] == ["b"]
    store.close()


def test_whatever_isolation_a_database_defaults_to_a_claim_heeds_a_pause(url: Secret) -> None:
    default_to_snapshots(url)
    store = PostgresStore(url)
    desk = Desk(store)
    desk.accept()
    with held(url) as batch:
        batch.hold_pauses()
        with beside(desk.claim, url) as claiming:
            batch.run("add_pause", "stripe", "*", NOW, "ada", "why")
            batch.wire.execute(b"COMMIT")
            assert claiming.result().claimed == ()
    store.close()


def test_a_sweep_leaves_a_dead_letter_alone_that_died_again_meanwhile(
    url: Secret, desk: Desk
) -> None:
    desk.accept(keyed("a"), keyed("b"))
    dead = desk.claim_one()
    desk.do(settle(dead, BURIED))
    desk.do(Advance(run(desk, dead.item.id), NOW))
    again = desk.claim_one()
    with held(url) as batch:
        found = batch.run("find_lifted", 10).fetchall()
        assert len(found) == 1
        desk.do(settle(again, BURIED))
        ordering.sweep(batch, 10)
        columns = (list(column) for column in zip(*found, strict=True))
        assert batch.run("drop_lifted", *columns).rowcount == 0
    assert desk.claim().claimed == ()


def test_a_paced_plan_makes_nobody_else_wait(url: Secret, desk: Desk) -> None:
    desk.accept(*(keyed(f"a{n}", f"k{n}") for n in range(30)))
    for one in desk.claim().claimed:
        desk.do(settle(one, BURIED))
    number = run(desk, pace_per_s=2.0)
    desk.do(Advance(number, NOW, batch=18))
    session = PostgresSession(url, pooled=False)
    session.transact([accept(keyed("new", "another")), Advance(number, NOW)])
    session.rest()
    assert "new" in [one.item.key for one in desk.claim(now=later(NOW, 0.1)).claimed]


def test_what_another_process_stores_for_later_is_known_when_it_is_heard_of(
    desk: Desk, other: Desk
) -> None:
    heard = threading.Event()
    unlisten = desk.store.listen(heard.set)
    assert heard.wait(10)
    assert desk.claim().next_due_at is None
    heard.clear()
    other.accept(notice("a"), due_at=later(NOW, 0.5))
    assert heard.wait(10)
    assert desk.claim().next_due_at == later(NOW, 0.5)
    unlisten()


def test_the_next_of_a_key_is_found_however_late_its_commit_came(desk: Desk, other: Desk) -> None:
    heard = threading.Event()
    desk.accept(keyed("a"), keyed("b"))
    first = desk.claim_one()
    unlisten = other.store.listen(heard.set)
    assert heard.wait(10)
    store = desk.store
    assert isinstance(store, PostgresStore)
    with store.transactions.begin(first) as transaction:
        transaction.finish(NOW)
        assert other.claim(now=later(NOW, 5)).claimed == ()  # it looks back no further than this
        heard.clear()
    assert heard.wait(10)
    found = other.claim(now=later(NOW, 5)).claimed
    assert [one.item.key for one in found] == ["b"]
    unlisten()


def test_what_a_cap_has_cut_short_is_looked_at_again_at_once(desk: Desk) -> None:
    desk.accept(*(notice(f"x{n}", "x.x") for n in range(3)))
    desk.accept(*(notice(f"y{n}", "y.y") for n in range(3)), source="github")
    cap = Cap(1, (Reach("stripe", "x.*"),))
    claims = desk.claim("stripe", "github", limit=4, caps=(cap,), now=later(NOW, 10))
    assert len(claims.claimed) == 3
    assert claims.next_due_at == later(NOW, 10)


def test_two_who_begin_a_round_of_retention_count_each_item_once(url: Secret, desk: Desk) -> None:
    desk.accept(*(notice(f"a{n}") for n in range(5)))
    for one in desk.claim().claimed:
        desk.do(settle(one))
    command = Retain((("stripe", 60.0),), later(NOW, 3_600))
    with held(url) as batch:
        assert controlling.retain(batch, command).gone == 5
        with beside(lambda: desk.do(command), url) as retaining:
            batch.wire.execute(b"COMMIT")
            assert retaining.result().gone == 0


def test_a_reader_of_one_day_keeps_the_others_from_stopping_everybody(
    url: Secret, desk: Desk
) -> None:
    days = [Moment(later(NOW, -DAY_S * n)) for n in range(3, 9)]
    for n, at in enumerate(days):
        desk.accept(notice(f"d{n}"), at=at)
        desk.do(settle(desk.claim_one(now=at), at=at))
    with psycopg.connect(url.reveal()) as reader:
        reader.execute("LOCK TABLE bw_item IN ACCESS SHARE MODE")
        began = statements(url)
        desk.do(Retain((("github", DAY_S), ("stripe", DAY_S)), NOW))
        assert statements(url) - began == 1
    desk.do(PauseWork("stripe", "*", "why", "ada", NOW))


def statements(url: Secret) -> int:
    """How many transactions of this database were rolled back: those that gave a lock up."""
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        connection.execute("SELECT pg_stat_clear_snapshot()")
        row = connection.execute(
            "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return 0 if row is None else int(row[0])
