"""The SQLite store keeps the contract of stores."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.stores import sqlite
from bridgewright.adapters.stores.planning import REPLAY_BYTES
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.adapters.stores.sqlite.receiving import KEPT_REJECTIONS
from bridgewright.adapters.stores.sqlite.texts import migrations, statements
from bridgewright.certify.contracts.made import NOW, Desk, notice, settle
from bridgewright.certify.contracts.store import Open, StoreContract
from bridgewright.certify.contracts.store_claims import StoreClaimsContract
from bridgewright.certify.contracts.store_control import StoreControlContract
from bridgewright.certify.contracts.store_outbox import OutboxContract
from bridgewright.certify.contracts.store_recovery import RecoveryContract
from bridgewright.certify.contracts.store_retention import StoreRetentionContract
from bridgewright.certify.contracts.store_running import RunningContract
from bridgewright.certify.contracts.store_watching import StoreWatchingContract
from bridgewright.core.effects import (
    ListRejections,
    ListSources,
    Reject,
    ShowItem,
    Survey,
)
from bridgewright.core.errors import StoreBusy, StoreError, StoreOutdated
from bridgewright.core.model.inbound import Origin, Reason
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanMove, PlanState, Verb
from bridgewright.core.recovery import Advance, Freeze, ListAudit, ListPlans, ListProblems, Steer
from bridgewright.engine.drive.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestSqliteStore(
    RunningContract,
    RecoveryContract,
    OutboxContract,
    StoreRetentionContract,
    StoreControlContract,
    StoreWatchingContract,
    StoreClaimsContract,
    StoreContract,
):
    @pytest.fixture
    def again(self, tmp_path: Path) -> Iterator[Open]:
        opened: list[SqliteStore] = []

        def make() -> SqliteStore:
            opened.append(SqliteStore(tmp_path / "store.db"))
            return opened[-1]

        yield make
        for store in opened:
            store.close()


FORKING = """
import os, sys
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.effects import ListItems
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.inbound import Reason
from bridgewright.engine.drive.waiting import Waiting
from bridgewright.certify.contracts.made import NOW, Desk, notice, settle

store = SqliteStore(sys.argv[1])
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
def test_a_store_that_was_used_before_a_fork_works_on_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING, path],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "121"), done.stderr
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


INHERITING = """
import os, sys
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.model.inbound import Reason
from bridgewright.engine.drive.waiting import Waiting
from bridgewright.certify.contracts.made import NOW, Desk, notice, settle

store = SqliteStore(sys.argv[1])
Desk(store).accept(notice("before"))
if os.fork() == 0:
    names = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")[:-1]]
    os._exit(any(sys.argv[1] in name for name in names))
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at open files in /proc")
def test_a_child_inherits_no_open_database(tmp_path: Path) -> None:
    command = [sys.executable, "-c", INHERITING, tmp_path / "store.db"]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2], timeout=60)
    assert done.returncode == 0


def test_a_key_that_sqlite_would_cut_is_refused(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    with pytest.raises(StoreError, match="nothing was written"):
        Desk(store).accept(notice("a\0b"))
    store.close()


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to look like one" * 9]
)
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    store = SqliteStore(path)
    with pytest.raises(StoreError, match=r"store\.db.*not a database"):
        Desk(store).accept()
    store.close()
    assert path.read_bytes() == content


def test_a_store_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = SqliteStore(path)
    first.migrate()
    first.close()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO bw_migration VALUES (9999, 'from the future', 0)")
        database.commit()
    store = SqliteStore(path)
    with pytest.raises(StoreOutdated, match="upgrade bridgewright"):
        Desk(store).accept()
    store.close()


def test_a_database_that_goes_away_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    desk = Desk(store)
    desk.accept()
    for file in tmp_path.iterdir():
        file.unlink()
    many = (notice(str(n)) for n in range(100_000))
    with pytest.raises(StoreError, match="is gone"):
        any(not desk.accept(one) for one in many)  # until the writer looks, a moment later
    assert not path.exists()
    store.close()


def test_a_database_that_went_away_is_not_made_anew_by_reading_either(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    desk = Desk(store)
    desk.accept()
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(StoreError, match="nothing was written"):
        desk.ask(Survey())
    assert list(tmp_path.iterdir()) == []
    store.close()


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "a?mode=memory.db", "a#b.db", "\u2603.db"])
def test_any_name_is_the_name_of_a_file(tmp_path: Path, name: str) -> None:
    store = SqliteStore(tmp_path / name)
    desk = Desk(store)
    desk.accept()
    assert len(desk.ask(Survey()).sources) == 1
    assert (tmp_path / name).exists()
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_database_that_another_process_holds_is_busy_and_then_usable(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    desk = Desk(store)
    desk.accept()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="held by another process"):
            desk.accept(notice("2"))
        other.execute("ROLLBACK")
    assert not desk.accept(notice("2"))[0].duplicate
    store.close()


def test_a_full_disk_acknowledges_nothing_and_recovers(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    desk = Desk(store)
    desk.accept()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = sum(file.stat().st_size for file in tmp_path.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(StoreError, match="disk has room"):
            desk.accept(notice("big", body=b"x" * 4 * size))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [r.duplicate for r in desk.accept(notice("big"), notice())] == [False, True]
    store.close()


def test_a_store_stays_the_same_file_wherever_the_process_goes(tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        store = SqliteStore("store.db")
    Desk(store).accept()
    store.close()
    assert (tmp_path / "store.db").exists()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_listener_that_raises_is_not_the_end_of_the_writer(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.listen(partial(int, "no number"))
    desk = Desk(store)
    assert not desk.accept(notice("1"))[0].duplicate
    assert not desk.accept(notice("2"))[0].duplicate
    store.close()


@pytest.mark.slow
def test_rejections_are_bounded_where_nobody_sweeps(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    desk = Desk(store)
    replies = [Waiting() for _ in range(KEPT_REJECTIONS + 1_200)]
    for reply in replies:
        store.submit(Reject("stripe", Reason.MISMATCH, "", 1, NOW), reply)
    for reply in replies:
        reply.result()
    assert len(desk.ask(ListRejections(None, 1_000_000))) < KEPT_REJECTIONS + 600
    store.close()


def test_a_store_that_gives_up_its_promise_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db", synchronous="NORMAL")
    assert any("NORMAL" in broken for broken in Desk(store).ask(Survey()).broken_promises)
    store.close()


def test_a_store_of_the_first_schema_is_brought_up_to_date_with_all_it_holds(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    with contextlib.closing(sqlite3.connect(path)) as old, old:
        old.executescript(migrations()[0][2])
        old.execute("CREATE TABLE bw_migration (number INTEGER PRIMARY KEY, name TEXT, applied_at)")
        old.execute("INSERT INTO bw_migration VALUES (1, '0001_items', 0)")
        old.execute("INSERT INTO bw_rejection VALUES (1, 'stripe', 7, 'stale', 'old', 9)")
        old.execute("INSERT INTO bw_tally VALUES ('stripe', 'rejected', 1)")
    store = SqliteStore(path)
    assert "0002_watch" in store.migrate()
    desk = Desk(store)
    [row] = desk.ask(ListRejections(None, 10))
    assert (row.id, row.detail, row.finding) == (1, "old", None)
    assert desk.ask(ListSources()) == ()
    desk.accept(key_name="env:A")
    assert desk.ask(ListSources())[0].keys[0].hits == 1
    store.close()


def test_the_statements_are_all_used() -> None:
    folder = Path(sqlite.__file__).parent
    joins = folder.parents[1] / "joins"
    files = (*folder.glob("*.py"), *folder.parent.glob("*.py"), *joins.glob("*.py"))
    code = "\n".join(path.read_text("utf-8") for path in files)
    assert [name for name in statements() if f'"{name}"' not in code] == []


def test_items_of_a_store_from_before_origins_were_delivered(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(migrations()[0][2])
        database.execute(
            "CREATE TABLE bw_migration (number INTEGER PRIMARY KEY, name TEXT, applied_at INTEGER)"
        )
        database.execute("INSERT INTO bw_migration VALUES (1, '0001_items', 0)")
        database.execute(
            "INSERT INTO bw_item (source, event_type, dedupe_key, received_at, coverage, headers, body)"
            " VALUES ('stripe', 'invoice.paid', 'k', 1, 1, '[]', x'7b7d')"
        )
        database.execute("INSERT INTO bw_outcome VALUES (1, 2, 1)")
        database.commit()
    store = SqliteStore(path)
    assert "0003_origin" in store.migrate()
    detail = store.answer(ShowItem(1))
    assert detail is not None
    assert (detail.item.origin, detail.row.origin) == (Origin.DELIVERED, Origin.DELIVERED)
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bw_audit SET reason = 'another'",
        "UPDATE OR IGNORE bw_audit SET actor = 'nobody'",
        "DELETE FROM bw_audit",
        "REPLACE INTO bw_audit SELECT 1, 0, 'nobody', 'run', 'none', 1, NULL, NULL, 0, 0, ''",
    ],
)
def test_the_audit_refuses_every_change_whoever_asks(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    Desk(store).do(Freeze(Selection(), "why", "ann", NOW))
    before = store.answer(ListAudit(None, 10))
    assert len(before) == 1
    with contextlib.closing(sqlite3.connect(path)) as other:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(statement)
        other.commit()
    assert store.answer(ListAudit(None, 10)) == before
    store.close()


def test_plans_and_dead_letters_of_an_older_schema_are_carried_on(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with contextlib.closing(sqlite3.connect(path)) as old, old:
        old.execute("CREATE TABLE bw_migration (number INTEGER PRIMARY KEY, name TEXT, applied_at)")
        for number, name, text in migrations()[:3]:
            old.executescript(text)
            old.execute("INSERT INTO bw_migration VALUES (?, ?, 0)", (number, name))
        for item_id in (1, 2, 3):
            old.execute(
                "INSERT INTO bw_item (id, source, event_type, dedupe_key, received_at, coverage,"
                " headers, body) VALUES (?, 'stripe', 'invoice.paid', ?, 1, 1, '[]', x'7b7d')",
                (item_id, f"k{item_id}"),
            )
        for item_id, kind in ((2, "KeyError"), (3, "KeyError")):
            old.execute(
                "INSERT INTO bw_dead VALUES (?, 'stripe', 'permanent', ?, 1, 1, ?, '', '')",
                (item_id, item_id, kind),
            )
        old.execute("INSERT INTO bw_work VALUES (1, 'stripe', 'waiting', 0, 1, 0, 0, NULL)")
        old.execute("INSERT INTO bw_tally VALUES ('stripe', 'accepted', 3)")
        old.execute("INSERT INTO bw_plan VALUES (4, 'approved', 'why', 'ann', 7, 2, 1, 0, '{}', 1)")
        old.execute("INSERT INTO bw_plan_item VALUES (4, 1, 1), (4, 2, 1)")
        old.execute("INSERT INTO bw_audit VALUES (1, 7, 'ann', 'approve', 'why', 4, NULL, NULL, 2)")
    store = SqliteStore(path)
    assert "0004_recovery" in store.migrate()
    desk = Desk(store)
    [problem] = desk.ask(ListProblems(None, 10))
    assert (problem.id, problem.title, problem.dead) == ("p0:KeyError", "KeyError", 2)
    [plan] = desk.ask(ListPlans(open_only=True))
    assert (plan.id, plan.state, plan.total, plan.put_back) == (4, PlanState.RUNNING, 2, 1)
    plan = desk.do(Advance(4, NOW)).plan
    assert (plan.state, plan.put_back, plan.skipped) == (PlanState.FINISHED, 2, 0)
    assert desk.do(Freeze(Selection(), "rest", "ann", NOW)).total == 1
    assert desk.do(Freeze(Selection(), "rest", "ann", NOW)).id == 6
    assert desk.ask(Survey()).sources[0].accepted == 3
    assert sorted(c.item.id for c in desk.claim().claimed) == [1, 2]
    store.close()


def test_a_replay_copies_a_bounded_number_of_bytes_at_a_time(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    desk = Desk(store)
    size = REPLAY_BYTES // 2 + 1
    desk.accept(*(notice(str(n), body=b"x" * size) for n in range(5)))
    for one in desk.claim().claimed:
        desk.do(settle(one))
    plan = desk.do(Freeze(Selection(), "why", "ann", NOW, verb=Verb.REPLAY))
    desk.do(Steer(plan.id, PlanMove.RUN, "ann", NOW))
    turns = [desk.do(Advance(plan.id, NOW)) for _ in range(3)]
    assert [turn.put_back for turn in turns] == [2, 2, 1]
    assert turns[-1].plan.state is PlanState.FINISHED
    bodies = [claimed.item.body for claimed in desk.claim().claimed]
    assert bodies == [b"x" * size] * 5
    store.close()
