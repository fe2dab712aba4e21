"""The demo on PostgreSQL: two inboxes, two workers, one ledger, and nothing left in the database."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.contracts.cluster import Cluster, running
from tests.faces.cli.test_demo import LEDGER, SHORT, playing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.core.model.secret import Secret

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.fixture
def url(cluster: Cluster) -> Secret:
    return cluster.database()


def schemas(url: Secret) -> list[str]:
    """The schemas of a database that are not PostgreSQL's own."""
    with psycopg.connect(url.reveal()) as connection:
        rows = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'"
        )
        return sorted(name for (name,) in rows)


def test_two_inboxes_and_two_workers_balance_and_leave_the_database_as_it_was(
    url: Secret, tmp_path: Path
) -> None:
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("CREATE TABLE bw_item (mine TEXT)")
        connection.execute("INSERT INTO bw_item VALUES ('kept')")
    with playing(tmp_path, *SHORT, BRIDGEWRIGHT_STORE=url.reveal()) as demo:
        demo.wait_for("A day begins")
        folder = demo.folder()
        logs = {path.name for path in folder.glob("*.log")}
        assert logs == {"inbox.log", "inbox 2.log", "worker.log", "worker 2.log"}
        assert (folder / "store.url").stat().st_mode & 0o777 == 0o600
        assert len(schemas(url)) == 2
        code, out, err = demo.ended()
    assert code == 0, err
    found = LEDGER.fullmatch(out.strip())
    assert found is not None
    accepted, duplicates, rejected, handled, repeats, most, *charges = map(int, found.groups())
    assert accepted + duplicates + rejected == 100
    assert handled == accepted
    assert charges[0] == charges[1] > 0
    assert repeats <= most
    assert re.search(r"[1-9]\d* answers were 503", err)
    assert schemas(url) == ["public"]
    with psycopg.connect(url.reveal()) as connection:
        assert connection.execute("SELECT mine FROM bw_item").fetchall() == [("kept",)]


def test_a_signal_ends_it_and_leaves_no_schema(url: Secret, tmp_path: Path) -> None:
    with playing(tmp_path, *SHORT, BRIDGEWRIGHT_STORE=url.reveal()) as demo:
        demo.wait_for("A day begins")
        demo.process.send_signal(signal.SIGTERM)
        code, _, err = demo.ended()
    assert code == 130, err
    assert schemas(url) == ["public"]


def test_a_database_that_is_not_there_is_said_and_nothing_begins(tmp_path: Path) -> None:
    nowhere = "postgresql://app:hunter2@127.0.0.1:1/shop"
    with playing(tmp_path, *SHORT, BRIDGEWRIGHT_STORE=nowhere) as demo:
        code, out, err = demo.ended()
        assert list(demo.temporary.iterdir()) == []
    assert (code, out) == (3, "")
    assert "shop at 127.0.0.1 cannot be reached" in err
    assert "hunter2" not in err
    assert "Traceback" not in err


def test_a_user_who_may_make_no_schema_is_told_which_right_is_missing(
    cluster: Cluster, url: Secret, tmp_path: Path
) -> None:
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
    theirs = url.reveal().replace("//tester@", "//guest@")
    with playing(tmp_path, *SHORT, BRIDGEWRIGHT_STORE=theirs) as demo:
        code, _, err = demo.ended()
    assert code == 2
    assert "may make no schema there. GRANT CREATE ON DATABASE" in err
