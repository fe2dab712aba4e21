"""What a claim reads on PostgreSQL: what it takes, and nothing else that is due."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bridgewright.adapters.stores.postgres import PostgresStore, link
from bridgewright.adapters.stores.postgres.texts import statements
from bridgewright.certify.contracts.made import NOW, Desk, notice
from bridgewright.core.control import PauseWork, ResumeWork
from bridgewright.core.effects import Survey
from bridgewright.core.model.moment import later
from bridgewright.core.model.ranking import Cap, Rank, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.secret import Secret


@pytest.fixture
def desk(url: Secret) -> Iterator[Desk]:
    store = PostgresStore(url)
    yield Desk(store)
    store.close()


def scanned(plan: dict[str, Any]) -> int:
    """How many rows the scans in a plan, and under it, have read."""
    own = plan["Actual Rows"] * plan["Actual Loops"] if "Relation Name" in plan else 0
    return int(own) + sum(scanned(child) for child in plan.get("Plans", ()))


@pytest.mark.slow
def test_a_claim_reads_what_it_takes_however_much_is_due(url: Secret, desk: Desk) -> None:
    """Also where the planner knows nothing of the table, or what was true before it filled."""
    desk.accept()
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("ANALYZE bw_work")
    for n in range(20):
        desk.accept(*(notice(f"{n}-{i}") for i in range(100)), at=later(NOW, n))
    values = {"sources": ["stripe"], "floors": [0], "now": later(NOW, 60), "limit": 10}
    with link.connect(url, pooled=False, writing=True) as connection:
        assert connection.execute("SHOW jit").fetchone() == ("off",)
        find = statements()["find_due"].replace(b"{conditions}", b"")
        asked = b"EXPLAIN (ANALYZE, FORMAT JSON) " + find
        [[found]] = connection.execute(asked, values).fetchone() or [[{}]]
    assert scanned(found["Plan"]) <= 3 * 10


@pytest.mark.slow
def test_after_a_pause_is_answered_nobody_claims_whoever_was_at_it(url: Secret, desk: Desk) -> None:
    """Claims of three others are under way when somebody pauses: what they lease, they lease before."""
    desk.accept(*(notice(str(n)) for n in range(2_000)))
    others = [PostgresStore(url) for _ in range(3)]
    over = threading.Event()
    turns: Counter[int] = Counter()

    def work(who: int) -> None:
        while not over.is_set():
            Desk(others[who]).claim(limit=1, worker=f"w{who}")
            turns[who] += 1

    with ThreadPoolExecutor(3) as pool:
        claiming = [pool.submit(work, who) for who in range(3)]
        try:
            for n in range(12):
                wait_for_turns(turns, 5)
                desk.do(PauseWork("stripe", "*", "why", "jane", later(NOW, n)))
                leased = leases(desk)
                wait_for_turns(turns, 5)
                assert leases(desk) == leased > 0
                desk.do(ResumeWork("stripe", "*", "why", "jane", later(NOW, n)))
        finally:
            over.set()
        for one in claiming:
            one.result()
    for store in others:
        store.close()


def wait_for_turns(turns: Counter[int], more: int) -> None:
    """Until each of them has claimed so often again."""
    wanted = {who: turns[who] + more for who in range(3)}
    deadline = time.monotonic() + 30
    while any(turns[who] < n for who, n in wanted.items()):
        assert time.monotonic() < deadline, "nobody claims"
        threading.Event().wait(0.002)


def leases(desk: Desk) -> int:
    """How many items are leased."""
    found: int = desk.ask(Survey()).sources[0].leased
    return found


@pytest.mark.slow
def test_what_is_barred_is_found_as_soon_as_it_is_not(desk: Desk) -> None:
    """Also where a claim of the same worker has seen everything else that is due."""
    desk.accept(notice("paused", "invoice.paid"), notice("capped", "charge.failed"))
    desk.do(PauseWork("stripe", "invoice.*", "why", "jane", NOW))
    cap = Cap(0, (Reach("stripe", "charge.*"),))
    later_on = later(NOW, 3600.0)
    assert desk.claim(caps=(cap,), now=later_on).claimed == ()
    assert [one.item.key for one in desk.claim(now=later_on).claimed] == ["capped"]
    desk.do(ResumeWork("stripe", "invoice.*", "why", "jane", NOW))
    assert [one.item.key for one in desk.claim(now=later_on).claimed] == ["paused"]


@pytest.mark.slow
def test_a_handlers_own_transaction_lets_the_next_of_its_key_go(desk: Desk) -> None:
    """And says what the event told of, and that something is due."""
    store = desk.store
    assert isinstance(store, PostgresStore)
    ranked = Rank(order_key="k", resource="r")
    desk.accept(notice("first", rank=ranked, occurred_at=NOW))
    desk.accept(notice("second", rank=ranked, occurred_at=later(NOW, -1)))
    claimed, woken = desk.claim_one(), threading.Event()
    unlisten = store.listen(woken.set)
    assert woken.wait(10)  # from here on it hears
    woken.clear()
    with store.transactions.begin(claimed) as transaction:
        assert transaction.finish(NOW).settled
    assert woken.wait(10)
    unlisten()
    [following] = desk.claim().claimed
    assert (following.item.key, following.stale) == ("second", True)
