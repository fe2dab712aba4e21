"""A schema of one's own: it is reached by its URL alone, and goes with everything in it."""

from __future__ import annotations

import psycopg
import pytest

from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.adapters.stores.postgres.apart import Apart
from bridgewright.certify.contracts.made import Desk
from bridgewright.core.errors import StoreBusy
from bridgewright.core.model.secret import Secret


def tables(url: Secret) -> list[tuple[str, str]]:
    with psycopg.connect(url.reveal()) as connection:
        return connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE tablename = 'bw_dedupe'"
        ).fetchall()


@pytest.mark.slow
def test_a_store_apart_is_in_its_schema_and_is_gone_with_it(url: Secret) -> None:
    apart = Apart.make(url, "played")
    store = PostgresStore(apart.url)
    Desk(store).accept()
    assert tables(url) == [(apart.schema, "bw_dedupe")]
    store.close()
    apart.drop()
    assert tables(url) == []
    apart.drop()


@pytest.mark.parametrize("given", ["", "?", "?connect_timeout=3&options=-c%20work_mem%3D1MB"])
def test_options_of_the_users_own_are_kept(url: Secret, given: str) -> None:
    apart = Apart.make(Secret(url.reveal() + given), "played")
    with psycopg.connect(apart.url.reveal()) as connection:
        row = connection.execute("SELECT current_schema(), current_setting('work_mem')").fetchone()
    assert row == (apart.schema, "1MB" if "work_mem" in given else "4MB")
    apart.drop()


@pytest.mark.slow
def test_while_it_is_locked_nothing_is_stored_and_everything_is_read(url: Secret) -> None:
    apart = Apart.make(url, "played")
    store = PostgresStore(apart.url)
    desk = Desk(store)
    desk.accept()
    with apart.locked():
        with pytest.raises(StoreBusy):
            desk.accept()
        assert desk.claim_one().item.key == "evt_1"
    assert desk.accept()[0].duplicate
    store.close()
    apart.drop()


def test_a_schema_apart_does_not_show_its_password() -> None:
    apart = Apart(Secret("postgresql://app:hunter2@127.0.0.1:1/shop"), "played")
    assert "hunter2" not in f"{apart!r} {apart.url!r}"
