"""Order within keys, on either store: for random lives of items, for processes that deliver and work at once,
and with two real workers of which one is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, notice, settle
from bridgewright.core.control import Cancel
from bridgewright.core.effects import ListItems
from bridgewright.core.model.item import Bury, Cause, Claimed, Complete, Release, Retry, State
from bridgewright.core.model.moment import Moment, later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanMove
from bridgewright.core.model.ranking import Rank
from bridgewright.core.recovery import Advance, Freeze, Steer
from bridgewright.engine.drive.clock import now as clock
from tests.contracts.cluster import Cluster, running
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.inbound import Notice
    from bridgewright.core.ports import Store

LEASE_S = 60.0
ENDS = ("done", "retry", "dead", "release")

# Most of it is arriving, claiming and ending: a key that is never crowded says nothing about order.
often = (
    st.tuples(st.just("accept"), st.sampled_from(("a", "a", "a", "b", "passing", None))),
    st.tuples(st.just("claim"), st.integers(1, 4)),
    st.tuples(st.just("end"), st.tuples(st.integers(0, 1), st.sampled_from(ENDS))),
)
seldom = (
    st.tuples(st.just("wait"), st.sampled_from([1.0, 10.0, LEASE_S])),
    st.tuples(st.just("redrive"), st.none()),
    st.tuples(st.just("cancel"), st.integers(1, 12)),
)
moves = st.one_of(*often, *often, *often, *seldom)
beginning: list[tuple[str, Any]] = [
    ("accept", key) for key in ("a", "a", "passing", "passing", "a")
]


@dataclass(slots=True)
class Life:
    """What two workers and a person do to a store, and what must hold of each step."""

    desk: Desk
    now: Moment = NOW
    count: int = 0
    key_of: dict[int, str | None] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    dead: set[int] = field(default_factory=set)
    held: list[Claimed] = field(default_factory=list)

    def do(self, move: str, value: Any) -> None:
        getattr(self, f"_{move}")(value)

    def _accept(self, key: str | None) -> None:
        self.count += 1
        rank = Rank(order_key=key, blocks=key != "passing")
        [receipt] = self.desk.accept(notice(f"k{self.count}", rank=rank), at=self.now)
        self.key_of[receipt.item_id] = key
        self.open.add(receipt.item_id)

    def _claim(self, limit: int) -> None:
        alone = not self._living()
        claims = self.desk.claim(limit=limit, now=self.now, lease_s=LEASE_S, alone=alone)
        for item_id in claims.poisoned:
            self.open.discard(item_id)
            self.dead.add(item_id)
        for claimed in claims.claimed:
            self._check(claimed)
            self.held = [one for one in self.held if one.item.id != claimed.item.id]
            self.held.append(claimed)

    def _check(self, claimed: Claimed) -> None:
        """One at a time, the oldest first, and none behind a dead letter that blocks it."""
        key = self.key_of[claimed.item.id]
        if key is None:
            return
        peers = {n for n in self.open if self.key_of[n] == key}
        # What was begun goes on to its end, with another worker if need be, though an older one was
        # redriven meanwhile: the first worker may still be at it.
        lost = {one.item.id for one in self.held}
        assert claimed.item.id == min(peers) or claimed.item.id in lost
        running = {c.item.id for c in self._living() if self.key_of[c.item.id] == key}
        assert not running - {claimed.item.id}
        stops = {n for n in self.dead if self.key_of[n] == key and key != "passing"}
        assert not {n for n in stops if n < claimed.item.id}

    def _living(self) -> list[Claimed]:
        return [one for one in self.held if one.lease.until > self.now]

    def _end(self, given: tuple[int, str]) -> None:
        place, how = given
        if place >= len(self.held):
            return
        claimed = self.held.pop(place)
        resolution = {
            "done": Complete(),
            "retry": Retry(later(self.now, 5), FAILURE),
            "dead": Bury(Cause.PERMANENT, FAILURE),
            "release": Release(),
        }[how]
        if not self.desk.do(settle(claimed, resolution, self.now)):
            return
        if how in {"done", "dead"}:
            self.open.discard(claimed.item.id)
        if how == "dead":
            self.dead.add(claimed.item.id)

    def _wait(self, seconds: float) -> None:
        self.now = later(self.now, seconds)

    def _redrive(self, _: None) -> None:
        plan = self.desk.do(Freeze(Selection(), "fixed", "jane", self.now, 100))
        self.desk.do(Steer(plan.id, PlanMove.RUN, "jane", self.now))
        self.desk.do(Advance(plan.id, self.now))
        self.open |= self.dead
        self.dead.clear()

    def _cancel(self, item_id: int) -> None:
        leased = {one.item.id for one in self.held}
        if item_id in (self.open | self.dead) - leased:
            self.desk.do(Cancel(item_id, "why", "jane", self.now))
            self.open.discard(item_id)
            self.dead.discard(item_id)

    def finish(self) -> None:
        """Handle what is left: nothing is stuck that no dead letter blocks."""
        self._redrive(None)
        for _ in range(8 * len(self.key_of) + 20):
            self._wait(LEASE_S)
            self._claim(10)
            while self.held:
                self._end((0, "done"))
            if self.dead:
                self._redrive(None)
        assert self.open == set()


@pytest.mark.slow
@given(st.lists(moves, max_size=40).map(lambda script: beginning + script))
def test_whatever_happens_each_key_is_handled_in_order_and_nothing_is_stuck(
    script: list[tuple[str, Any]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "order.db", synchronous="OFF")
        life = Life(Desk(store))
        try:
            for move, value in script:
                life.do(move, value)
            life.finish()
        finally:
            store.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.mark.slow
@settings(
    max_examples=tries(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(moves, max_size=40).map(lambda script: beginning + script))
def test_and_so_it_is_where_two_processes_take_turns_on_postgresql(
    cluster: Cluster, script: list[tuple[str, Any]]
) -> None:
    """Each move by the one or the other, which know nothing of each other but what the database says."""
    url = cluster.database()
    stores = PostgresStore(url), PostgresStore(url)
    life = Life(Desk(stores[0]))
    try:
        for n, (move, value) in enumerate(script):
            life.desk = Desk(stores[n % 2])
            life.do(move, value)
        life.finish()
    finally:
        for store in stores:
            store.close()


@pytest.mark.slow
def test_rivals_that_deliver_and_work_at_once_keep_each_key_in_order(cluster: Cluster) -> None:
    """Two who deliver, each its own keys and one that both share, and three who work."""
    url = cluster.database()
    stores = [PostgresStore(url) for _ in range(5)]
    each, keys = 30, ("a", "b", "c")
    over, mutex = threading.Event(), threading.Lock()
    running: dict[str, int] = {}
    ended: dict[str, list[int]] = defaultdict(list)

    def deliver(who: int) -> None:
        desk = Desk(stores[who])
        for n in range(each):
            ranks = [(f"{key}{who}", Rank(order_key=f"{key}{who}")) for key in keys]
            ranks.append((f"both{who}", Rank(order_key="both")))
            desk.accept(*(notice(f"{name}-{n}", rank=rank) for name, rank in ranks), at=clock())

    def work(who: int) -> None:
        desk = Desk(stores[who])
        while not over.is_set():
            at = clock()
            for claimed in desk.claim(limit=3, now=at, worker=f"w{who}").claimed:
                name, _, n = claimed.item.key.rpartition("-")
                key = "both" if name.startswith("both") else name
                with mutex:
                    assert key not in running
                    running[key] = claimed.item.id
                    ended[name].append(int(n))
                with mutex:
                    del running[key]
                assert desk.do(settle(claimed, at=clock()))

    with ThreadPoolExecutor(5) as pool:
        workers = [pool.submit(work, who) for who in (2, 3, 4)]
        deliveries = [pool.submit(deliver, who) for who in (0, 1)]
        try:
            for one in deliveries:
                one.result()
            total = 2 * each * (len(keys) + 1)
            until(lambda: any(map(is_over, workers)) or len_of(ended) == total, 60)
        finally:
            over.set()
        for one in workers:
            one.result()
    for numbers in ended.values():
        assert numbers == list(range(each))
    for store in stores:
        store.close()


@pytest.mark.slow
def test_what_comes_just_when_the_last_of_its_key_ends_is_not_left_behind(cluster: Cluster) -> None:
    """Who ends an item sees nothing behind it, and who puts one in sees one before it: whoever of the two
    commits last has to see the other."""
    url = cluster.database()
    stores = PostgresStore(url), PostgresStore(url)
    ending, coming = (Desk(store) for store in stores)
    starting = threading.Barrier(2)

    def come(n: int) -> None:
        starting.wait()
        coming.accept(keyed_notice(n))

    coming.accept(keyed_notice(0))
    with ThreadPoolExecutor(1) as pool:
        for n in range(1, 200):
            [last] = ending.claim().claimed
            arrival = pool.submit(come, n)
            starting.wait()
            assert ending.do(settle(last))
            arrival.result()
    for store in stores:
        store.close()


def keyed_notice(n: int) -> Notice:
    return notice(f"k{n}", rank=Rank(order_key="k"))


def is_over(future: Future[None]) -> bool:
    return future.done()


def len_of(ended: dict[str, list[int]]) -> int:
    return sum(len(numbers) for numbers in tuple(ended.values()))


APP = """
import json, os, random, threading
from bridgewright import Bridge, PermanentFailure

bridge = Bridge.from_env()
dice = random.Random(os.getpid())

@bridge.on("stripe")
def handle(event):
    body = event.json()
    key, number = body["data"]["object"]["customer"], body["n"]
    line = lambda what: os.write(journal, json.dumps([what, key, number, os.getpid()]).encode() + b"\\n")
    line("begin")
    threading.Event().wait(dice.random() * 0.004)
    if dice.random() < 0.1:
        line("fail")
        raise ValueError("again")
    line("end")

journal = os.open("journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
"""
SETTINGS = """
[work]
concurrency = 8
lease_s = 1
max_attempts = 50
backoff_base_s = 0.02
backoff_cap_s = 0.05
[sources.stripe]
order = "connector"
"""
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Store]:
    """A folder with an application, and its store."""
    (tmp_path / "app.py").write_text(APP)
    store: Store
    if request.param == "sqlite":
        where = 'path = "work.db"'
        store = SqliteStore(tmp_path / "work.db")
    else:
        url = request.getfixturevalue("cluster").database()
        (tmp_path / "url").write_text(url.reveal())
        where = 'url = "file:url"'
        store = PostgresStore(url)
    (tmp_path / "bridgewright.toml").write_text(f"[store]\n{where}\n{SETTINGS}")
    return tmp_path, store


def deliver(store: Store, keys: int, each: int) -> Desk:
    desk = Desk(store)
    for n in range(each):
        sent = []
        for k in range(keys):
            body = {"n": n, "data": {"object": {"customer": f"cus_{k}"}}}
            rank = Rank(order_key=f"cus_{k}")
            sent.append(notice(f"{k}-{n}", body=json.dumps(body).encode(), rank=rank))
        desk.accept(*sent, at=clock())
    return desk


def worker(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    program = "from bridgewright.cli import main; main()"
    environ = {"STRIPE_WEBHOOK_SECRET": KEY, "PATH": ""}
    command = [sys.executable, "-c", program, "worker", "app:bridge", *more]
    with (folder / "errors").open("ab") as errors:
        return subprocess.Popen(command, cwd=folder, env=environ, stderr=errors)


def entries(folder: Path) -> Iterator[tuple[str, str, int, int]]:
    journal = folder / "journal"
    for line in journal.read_text().splitlines() if journal.exists() else ():
        what, key, number, pid = json.loads(line)
        yield what, key, number, pid


def until(condition: Any, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "nothing moved on"
        threading.Event().wait(0.02)


@pytest.mark.slow
def test_two_workers_handle_each_key_in_order_though_one_is_killed(
    place: tuple[Path, Store],
) -> None:
    folder, store = place
    keys, each = 12, 25
    desk = deliver(store, keys, each)
    first, second = worker(folder), worker(folder)
    try:
        until(lambda: sum(1 for one in entries(folder) if one[0] == "end") > 40, 30)
        first.send_signal(signal.SIGKILL)
        first.wait()
        done = Selection(state=State.DONE)
        until(lambda: len(desk.ask(ListItems(done, 1_000))) == keys * each, 60)
        second.terminate()
        assert second.wait(20) == 0
    finally:
        for process in (first, second):
            process.kill()
        desk.store.close()
    ended: dict[str, list[int]] = defaultdict(list)
    running: dict[str, tuple[int, int]] = {}
    for what, key, number, pid in entries(folder):
        if what == "begin":
            # Nobody else of the key is at it, but for the one that was killed in the middle.
            assert key not in running or running[key] == (number, first.pid)
            running[key] = (number, pid)
            assert number in {len(set(ended[key])), *ended[key][-1:]}
        else:
            assert running.pop(key) == (number, pid)
            if what == "end":
                ended[key].append(number)
    for numbers in ended.values():
        assert sorted(set(numbers)) == list(range(each))
        assert numbers == sorted(numbers)
