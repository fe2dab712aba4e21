"""What a claim reads on PostgreSQL: what it takes, and nothing else that is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bridgewright.adapters.stores.postgres import PostgresStore, link
from bridgewright.adapters.stores.postgres.texts import statements
from bridgewright.core.model.moment import later
from tests.contracts.cluster import Cluster, running
from tests.made import NOW, Desk, notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.secret import Secret


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.fixture
def url(cluster: Cluster) -> Secret:
    return cluster.database()


@pytest.fixture
def desk(url: Secret) -> Iterator[Desk]:
    store = PostgresStore(url)
    yield Desk(store)
    store.close()


def scanned(plan: dict[str, Any]) -> int:
    """How many rows the scans in a plan, and under it, have read."""
    own = plan["Actual Rows"] * plan["Actual Loops"] if "Relation Name" in plan else 0
    return int(own) + sum(scanned(child) for child in plan.get("Plans", ()))


def test_a_claim_reads_what_it_takes_however_much_is_due(url: Secret, desk: Desk) -> None:
    """Also where the planner knows nothing of the table, or what was true before it filled."""
    desk.accept()
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("ANALYZE bw_work")
    for n in range(20):
        desk.accept(*(notice(f"{n}-{i}") for i in range(100)), at=later(NOW, n))
    values = {"sources": ["stripe"], "floors": [0], "now": later(NOW, 60), "limit": 10}
    with link.connect(url, pooled=False, writing=True) as connection:
        asked = b"EXPLAIN (ANALYZE, FORMAT JSON) " + statements()["find_due"]
        [[found]] = connection.execute(asked, values).fetchone() or [[{}]]
    assert scanned(found["Plan"]) <= 3 * 10
