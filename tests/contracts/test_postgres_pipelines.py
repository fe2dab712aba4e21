"""Statements that are sent without waiting: their errors are found, told once, and never logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from bridgewright.adapters.stores.postgres.pipelines import pipelined
from tests.contracts.cluster import Cluster, running

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASH = b"INSERT INTO told VALUES (%s)"
PAYLOAD = "a payload that nobody may log"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.fixture
def connection(cluster: Cluster) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cluster.database().reveal(), autocommit=True) as made:
        made.execute("CREATE TABLE told (word TEXT PRIMARY KEY)")
        yield made


def count(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM told").fetchone()
    assert row is not None
    return int(row[0])


def clash(connection: psycopg.Connection, error: Exception | None = None) -> None:
    """A transaction whose second statement fails, in a block that may raise an error of its own."""
    with pipelined(connection, wanted=True):
        connection.execute(b"BEGIN")
        connection.execute(CLASH, (PAYLOAD,))
        connection.execute(CLASH, (PAYLOAD,))
        if error is not None:
            raise error
        connection.execute(b"COMMIT")


@pytest.mark.slow
def test_an_error_of_a_statement_nobody_waited_for_is_raised_and_nothing_is_committed(
    connection: psycopg.Connection,
) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        clash(connection)
    connection.execute(b"ROLLBACK")
    assert count(connection) == 0


@pytest.mark.slow
def test_the_error_of_the_block_is_raised_and_those_on_their_way_are_not_logged(
    connection: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(0), pytest.raises(LookupError, match="ours"):
        clash(connection, LookupError("ours"))
    connection.execute(b"ROLLBACK")
    assert PAYLOAD not in caplog.text
    assert count(connection) == 0


def die(connection: psycopg.Connection) -> None:
    """A session that ends itself."""
    with pipelined(connection, wanted=True):
        connection.execute(b"SELECT pg_terminate_backend(pg_backend_pid())")
        connection.execute(b"SELECT 1").fetchone()


def test_a_connection_that_is_lost_is_an_error_of_the_block(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.OperationalError):
        die(connection)
    assert connection.closed


def test_no_pipeline_is_made_where_none_is_wanted(connection: psycopg.Connection) -> None:
    with pipelined(connection, wanted=False) as pipeline:
        assert pipeline is None
        connection.execute(CLASH, (PAYLOAD,))
    assert count(connection) == 1
