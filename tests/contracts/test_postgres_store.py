"""The PostgreSQL store keeps the contract of stores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.stores import postgres
from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.adapters.stores.postgres.texts import statements
from tests.contracts.cluster import Cluster, running
from tests.contracts.store import Open, StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.secret import Secret


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.fixture
def url(cluster: Cluster) -> Secret:
    return cluster.database()


class TestPostgresStore(StoreContract):
    @pytest.fixture(params=["direct", "pooled"])
    def again(self, url: Secret, request: pytest.FixtureRequest) -> Iterator[Open]:
        opened: list[PostgresStore] = []

        def make() -> PostgresStore:
            opened.append(PostgresStore(url, pooled=request.param == "pooled"))
            return opened[-1]

        yield make
        for store in opened:
            store.close()


def test_the_statements_are_all_used() -> None:
    folder = Path(postgres.__file__).parent
    files = (*folder.glob("*.py"), *folder.parent.glob("*.py"))
    code = "\n".join(path.read_text("utf-8") for path in files)
    assert [name for name in statements() if f'"{name}"' not in code] == []
