"""The PostgreSQL store keeps the contract of stores."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from bridgewright.adapters.stores import postgres
from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.adapters.stores.postgres.apart import Apart
from bridgewright.adapters.stores.postgres.floors import LAG_S
from bridgewright.adapters.stores.postgres.partitions import PARENTS
from bridgewright.adapters.stores.postgres.texts import statements
from bridgewright.certify.contracts.made import NOW, Desk, accept, notice, settle
from bridgewright.certify.contracts.store import Open, StoreContract
from bridgewright.certify.contracts.store_claims import StoreClaimsContract
from bridgewright.certify.contracts.store_control import StoreControlContract
from bridgewright.certify.contracts.store_outbox import OutboxContract
from bridgewright.certify.contracts.store_recovery import RecoveryContract
from bridgewright.certify.contracts.store_retention import StoreRetentionContract
from bridgewright.certify.contracts.store_running import RunningContract
from bridgewright.certify.contracts.store_watching import StoreWatchingContract
from bridgewright.core.effects import KnownKeys, ListItems, ListSources, Survey, Sweep
from bridgewright.core.errors import ConfigurationError, StoreError, StoreOutdated
from bridgewright.core.model.moment import as_datetime, later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.ranking import Rank
from bridgewright.core.model.secret import Secret
from bridgewright.engine.drive.waiting import Waiting
from tests.contracts.cluster import Cluster
from tests.contracts.pooler import Pooler, pooling

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def pooler(cluster: Cluster) -> Iterator[Pooler]:
    yield from pooling(cluster)


class Opened:
    """Once with the server itself, and once behind a PgBouncer that pools transactions."""

    @pytest.fixture(params=["direct", pytest.param("pooled", marks=pytest.mark.slow)])
    def again(self, url: Secret, request: pytest.FixtureRequest) -> Iterator[Open]:
        opened: list[PostgresStore] = []
        pooled = request.param == "pooled"
        where = request.getfixturevalue("pooler").before(url) if pooled else url

        def make() -> PostgresStore:
            opened.append(PostgresStore(where, pooled=pooled))
            return opened[-1]

        yield make
        for store in opened:
            store.close()


class TestPostgresStore(Opened, StoreWatchingContract, StoreClaimsContract, StoreContract):
    """Receiving, working and being asked."""


@pytest.mark.slow
class TestPostgresStoreInFull(
    Opened,
    RunningContract,
    RecoveryContract,
    OutboxContract,
    StoreRetentionContract,
    StoreControlContract,
):
    """Redriving, sending, order and control."""


@pytest.mark.slow
def test_the_pooler_of_these_tests_hands_out_another_session_for_each_transaction(
    url: Secret, pooler: Pooler
) -> None:
    through = pooler.before(url).reveal()
    database = url.reveal().rpartition("/")[2]
    with (
        psycopg.connect(through, prepare_threshold=None) as one,
        psycopg.connect(through, prepare_threshold=None) as other,
    ):
        seen = set()
        for _ in range(3):
            for connection in (one, other):
                seen.add(connection.execute("SELECT pg_backend_pid()").fetchone())
            one.commit()
            other.commit()
    assert len(seen) > 1
    assert pooler.totals(database) >= 6


@pytest.mark.slow
def test_a_schema_apart_behind_a_pooler_is_refused(url: Secret, pooler: Pooler) -> None:
    with pytest.raises(ConfigurationError, match="does not pass on a connection's options"):
        Apart.make(pooler.before(url), "played")


def test_the_statements_are_all_used() -> None:
    folder = Path(postgres.__file__).parent
    joins = folder.parents[1] / "joins"
    files = (*folder.glob("*.py"), *folder.parent.glob("*.py"), *joins.glob("*.py"))
    code = "\n".join(path.read_text("utf-8") for path in files)
    assert [name for name in statements() if f'"{name}"' not in code] == []


def open_store(url: Secret, **values: bool) -> PostgresStore:
    return PostgresStore(url, **values)


FORKING = """
import os, sys
from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.core.effects import ListItems
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.secret import Secret
from bridgewright.certify.contracts.made import Desk, notice

store = PostgresStore(Secret(sys.argv[1]))
store.listen(lambda: None)
desk = Desk(store)
desk.accept(notice("before"))
desk.ask(ListItems(Selection(), 10))
children = []
for n in range(3):
    child = os.fork()
    if child == 0:
        desk.accept(*(notice(f"child-{n}-{i}") for i in range(20)))
        assert desk.accept(notice("before"))[0].duplicate
        store.close()
        os._exit(0)
    desk.accept(*(notice(f"parent-{n}-{i}") for i in range(20)))
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
print(len(desk.ask(ListItems(Selection(), 1000))))
store.close()
"""


@pytest.mark.slow
def test_a_store_in_use_survives_forks_in_parent_and_children(url: Secret) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING, url.reveal()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "121"), done.stderr


@pytest.fixture
def desk(url: Secret) -> Iterator[Desk]:
    store = open_store(url)
    yield Desk(store)
    store.close()


def test_each_day_has_partitions_and_the_next_day_has_them_already(url: Secret, desk: Desk) -> None:
    days = (0.0, 86_400.0, 400 * 86_400.0, -90 * 86_400.0)
    for n, offset_s in enumerate(days):
        desk.accept(notice(f"k{n}"), at=later(NOW, offset_s))
    with psycopg.connect(url.reveal()) as connection:
        names = {
            name
            for (name,) in connection.execute(
                "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                " WHERE c.relname LIKE 'bw_item_%' AND c.relkind = 'r'"
            )
        }
    for offset_s in (*days, 2 * 86_400.0):
        assert f"bw_item_{as_datetime(later(NOW, offset_s)):%Y%m%d}" in names
    assert len(desk.ask(ListItems(Selection(), 10))) == len(days)


def test_a_day_that_another_process_dropped_is_made_again(url: Secret, desk: Desk) -> None:
    desk.accept(notice("a"))
    desk.do(settle(desk.claim_one()))
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        for parent in PARENTS:
            connection.execute(f"DROP TABLE {parent}_{as_datetime(NOW):%Y%m%d}".encode())
    [receipt] = desk.accept(notice("b"))
    assert desk.claim_one().item.id == receipt.item_id


def test_counts_that_were_added_up_are_the_counts(url: Secret, desk: Desk) -> None:
    for n in range(20):
        desk.accept(notice(str(n)), key_name="env:A", at=later(NOW, n))
    before = desk.ask(Survey()).sources, desk.ask(ListSources())
    desk.do(Sweep(later(NOW, 30)))
    assert (desk.ask(Survey()).sources, desk.ask(ListSources())) == before
    with psycopg.connect(url.reveal()) as connection:
        [rows] = connection.execute("SELECT count(*) FROM bw_tally").fetchone() or (None,)
    assert rows == 2


def test_numbers_rise_as_deliveries_came_whatever_their_keys(desk: Desk) -> None:
    receipts = desk.accept(*(notice(key) for key in ("z", "a", "m", "b")))
    ids = [receipt.item_id for receipt in receipts]
    assert ids == sorted(ids)


def test_rivals_that_store_the_same_keys_in_any_order_store_each_once(url: Secret) -> None:
    keys = [f"k{n:03}" for n in range(60)]
    stores = [open_store(url) for _ in range(4)]
    got: list[tuple[str, int, bool]] = []

    def deliver(n: int) -> None:
        desk, order = Desk(stores[n]), random.Random(n)
        for _ in range(15):
            some = order.sample(keys, 20)
            receipts = desk.accept(*(notice(key) for key in some))
            got.extend(
                (key, one.item_id, one.duplicate) for key, one in zip(some, receipts, strict=True)
            )

    threads = [threading.Thread(target=deliver, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [key for key, _, duplicate in got if not duplicate]
    assert sorted(stored) == sorted(set(stored)) == keys
    assert len({(key, number) for key, number, _ in got}) == len(keys)
    for store in stores:
        store.close()


@pytest.mark.slow
def test_a_server_that_is_away_is_a_store_error_and_a_restart_is_survived() -> None:
    cluster = Cluster.make(durable=True)
    try:
        store = open_store(cluster.database())
        desk = Desk(store)
        desk.accept(notice("before"))
        desk.ask(Survey())
        cluster.stop("immediate")
        with pytest.raises(StoreError) as caught:
            desk.accept(notice("meanwhile"))
        assert "cannot be reached" in str(caught.value) or "takes no writes" in str(caught.value)
        with pytest.raises(StoreError):
            desk.ask(Survey())
        cluster.start()
        assert desk.accept(notice("before"))[0].duplicate
        assert not desk.accept(notice("after"))[0].duplicate
        assert desk.ask(Survey()).broken_promises == ()
        store.close()
    finally:
        cluster.remove()


@pytest.mark.slow
def test_what_was_acknowledged_under_load_survives_the_servers_crashes() -> None:
    """Four writers, and a server that crashes and comes back three times: whatever was answered is
    there, and nothing is there twice."""
    cluster = Cluster.make(durable=True)
    try:
        url = cluster.database()
        stores = [open_store(url) for _ in range(4)]
        answered: list[str] = []
        over = threading.Event()

        def deliver(n: int) -> None:
            desk, number = Desk(stores[n]), 0
            while not over.is_set():
                number += 1
                key = f"{n}-{number}"
                with contextlib.suppress(StoreError):
                    desk.accept(notice(key))
                    answered.append(key)

        threads = [threading.Thread(target=deliver, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for mode in ("immediate", "fast", "immediate"):
            enough = len(answered) + 50
            while len(answered) < enough:
                over.wait(0.01)
            cluster.stop(mode)
            cluster.start()
        enough = len(answered) + 50
        while len(answered) < enough:
            over.wait(0.01)
        over.set()
        for thread in threads:
            thread.join()
        keys = Desk(stores[0]).ask(KnownKeys("stripe", tuple(answered)))
        assert set(answered) == keys
        with psycopg.connect(url.reveal()) as connection:
            row = connection.execute(
                "SELECT count(*), count(DISTINCT dedupe_key), (SELECT count(*) FROM bw_work),"
                " (SELECT sum(n) FROM bw_tally WHERE what = 'accepted') FROM bw_item"
            ).fetchone()
        assert row is not None
        items, distinct, waiting, tally = row
        assert items == distinct == waiting == tally >= len(answered)
        for store in stores:
            store.close()
    finally:
        cluster.remove()


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_a_server_that_breaks_the_promise_is_named(setting: str) -> None:
    cluster = Cluster.make(durable=True)
    try:
        cluster.stop()
        cluster.extra[setting] = "off"
        cluster.start()
        store = open_store(cluster.database())
        [broken] = Desk(store).ask(Survey()).broken_promises
        assert setting in broken
        store.close()
    finally:
        cluster.remove()


@pytest.mark.slow
def test_more_keys_than_the_server_has_locks_for_are_stored_one_by_one() -> None:
    cluster = Cluster.make()
    try:
        cluster.stop()
        cluster.extra |= {"max_locks_per_transaction": "10", "max_connections": "10"}
        cluster.start()
        store = open_store(cluster.database())
        desk, replies = Desk(store), []
        desk.accept(notice("first"))
        for n in range(2_000):
            replies.append(Waiting())
            store.submit(accept(notice(f"k{n}", rank=Rank(order_key=f"k{n}"))), replies[-1])
        assert not any(reply.result()[0].duplicate for reply in replies)
        many = (notice(f"m{n}", rank=Rank(order_key=f"m{n}")) for n in range(2_000))
        with pytest.raises(StoreError, match="max_locks_per_transaction"):
            desk.accept(*many)
        store.close()
    finally:
        cluster.remove()


def test_the_oldest_open_transaction_is_named(url: Secret, desk: Desk) -> None:
    desk.accept()
    assert desk.ask(Survey()).oldest_transaction is None
    with psycopg.connect(url.reveal(), application_name="a forgotten report") as connection:
        connection.execute("SELECT 1")
        found = desk.ask(Survey()).oldest_transaction
        assert found is not None
        assert "a forgotten report" in found.who
        assert found.age_s >= 0


@pytest.mark.slow
def test_a_claim_does_not_walk_over_what_a_snapshot_keeps(url: Secret, desk: Desk) -> None:
    """Finished work that vacuum may not remove: the claim reads a few pages, not all of it."""
    with psycopg.connect(url.reveal()) as holder:
        holder.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        holder.execute("SELECT 1")
        for n in range(30):
            at = later(NOW, n)
            desk.accept(*(notice(f"{n}-{i}") for i in range(100)), at=at)
            for claimed in desk.claim(now=at).claimed:
                desk.store.submit(settle(claimed, at=at), Waiting())
        now = later(NOW, 30)
        desk.accept(notice("last"), at=now)
        floors, whole = desk.store._session._floors.begin(("stripe",), now, 0.0)  # type: ignore[attr-defined]  # noqa: SLF001
        assert not whole
        assert floors[0] >= later(NOW, 29 - LAG_S)
        assert [c.item.key for c in desk.claim(now=now).claimed] == ["last"]


def test_an_unknown_newer_schema_is_refused(url: Secret, desk: Desk) -> None:
    desk.accept()
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("INSERT INTO bw_migration VALUES (9999, '9999_later.pre', 0)")
    newer = open_store(url)
    with pytest.raises(StoreOutdated, match="9999"):
        Desk(newer).accept()
    newer.close()


def test_looking_for_a_store_makes_none(url: Secret) -> None:
    store = open_store(url)
    assert not store.exists()
    store.migrate()
    assert store.exists()
    assert store.migrate(post=True) == ("0001_first.pre",)
    store.close()


def test_a_server_that_was_never_there_is_named_without_its_password() -> None:
    store = open_store(Secret("postgresql://app:hunter2@127.0.0.1:1/shop"))
    with pytest.raises(StoreError) as caught:
        Desk(store).accept()
    assert "shop at 127.0.0.1" in str(caught.value)
    assert "hunter2" not in f"{caught.value!r} {store!r}"
    store.close()


def test_a_url_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="postgresql://user@host"):
        open_store(Secret("postgresql://app:hunter2@host:port/shop?nonsense=1"))
