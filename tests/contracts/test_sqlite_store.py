"""The SQLite store keeps the contract of stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.stores.sqlite import SqliteStore
from tests.contracts.store import Open, StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def again(self, tmp_path: Path) -> Iterator[Open]:
        opened: list[SqliteStore] = []

        def make() -> SqliteStore:
            opened.append(SqliteStore(tmp_path / "store.db"))
            return opened[-1]

        yield make
        for store in opened:
            store.close()
