"""Crash proof: killed before and after every effect of receive, work and redrive, on either store,
nothing is lost; and what a handler writes through `tx` is there once."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import psycopg
import pytest

from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.effects import Survey
from tests.contracts.cluster import Cluster, running
from tests.journeys.soundness import disorder, doubled
from tests.journeys.surviving import SIDES, Damage, Place, play, recorded, survive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRACE = (
    "Accept Now Accept Now Accept Now Accept Now Accept Now Reject Now PutAside Accept Now Now"
    " Enlist Now Claim Now Renew Invoke Settle Invoke Roll Settle Invoke Roll Settle Now Settle"
    " Now Sweep Now Watch ListPlans Freeze Pause Now Extend Now Steer Now Advance Freeze Now"
    " Steer Now Advance Now Claim Now Renew Invoke Settle Invoke Roll Settle Invoke"
    " Settle Now Sweep Now Watch ListPlans Accept Now Now Claim Now Settle Now Enlist"
).split()
"""The recorded trace. A journey that changes changes it, and the first test then prints the new."""
_ARRIVE = "Accept Now Accept Now Accept Now Now Enlist Now Claim"
_LEAVE = "Now Sweep Now Watch Now Enlist"
TX = {
    "sqlite": f"{_ARRIVE} Invoke Settle Invoke Settle Invoke Settle {_LEAVE}".split(),
    # The handler's transaction is its settlement, so that there is no effect between the two.
    "postgres": f"{_ARRIVE} Invoke Invoke Invoke {_LEAVE}".split(),
}
POINTS = [
    (store, script, number, side)
    for script, traces in (("day", {"sqlite": TRACE, "postgres": TRACE}), ("tx", TX))
    for store, trace in traces.items()
    for number in range(1, len(trace) + 1)
    for side in SIDES
]
A_SAMPLE = POINTS[::47]
RUINS = (
    "DELETE FROM bw_dedupe WHERE item_id = 1",
    "DELETE FROM bw_outcome WHERE item_id = 1",
    "UPDATE bw_outcome SET item_id = 999 WHERE item_id = 1",
    "UPDATE bw_tally SET n = n + 1 WHERE what = 'accepted'",
    "UPDATE bw_plan SET put_back = put_back + 1",
)
Point = tuple[str, str, int, str]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.fixture
def sqlite(tmp_path: Path) -> Place:
    return Place(str(tmp_path / "s.db"), tmp_path)


@pytest.fixture
def postgres(tmp_path: Path, cluster: Cluster) -> Place:
    return Place(cluster.database().reveal(), tmp_path)


def place_of(request: pytest.FixtureRequest, store: str) -> Place:
    place: Place = request.getfixturevalue(store)
    place.prepare()
    return place


@pytest.mark.slow
@pytest.mark.parametrize("script", ["day", "tx"])
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def test_the_points_of_the_crash_proof_are_those_of_a_recorded_script(
    request: pytest.FixtureRequest, store: str, script: str
) -> None:
    place = place_of(request, store)
    trace, journeys = recorded(place, script)
    assert trace == (TRACE if script == "day" else TX[store])
    assert set(journeys) == {"receive", "work", "redrive" if script == "day" else "tx"}
    assert disorder(place.store) == doubled(place.store) == []


@pytest.mark.slow
@pytest.mark.parametrize("point", A_SAMPLE)
def test_a_bridge_killed_at_some_effect_loses_nothing_and_doubles_nothing(
    request: pytest.FixtureRequest, point: Point
) -> None:
    store, *where = point
    assert survive(place_of(request, store), *where) == Damage()


@pytest.mark.slow
@pytest.mark.parametrize("point", [point for point in POINTS if point not in A_SAMPLE])
def test_a_bridge_killed_at_any_effect_loses_nothing_and_doubles_nothing(
    request: pytest.FixtureRequest, point: Point
) -> None:
    store, *where = point
    assert survive(place_of(request, store), *where) == Damage()


@pytest.mark.slow
def test_a_ruined_store_is_told_from_a_sound_one(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    play(Place(str(path), tmp_path), "day")
    for ruin in RUINS:
        assert ruined(path, ruin), ruin


def ruined(path: Path, sql: str) -> list[str]:
    """What is found wrong after `sql`, which is then undone."""
    copy = path.with_suffix(".ruined")
    store = SqliteStore(path)
    store.answer(Survey())
    store.close()
    copy.write_bytes(path.read_bytes())
    with contextlib.closing(sqlite3.connect(copy)) as database:
        database.execute(sql)
        database.commit()
    return disorder(copy)


@pytest.mark.slow
def test_a_ruined_database_is_told_from_a_sound_one(cluster: Cluster, postgres: Place) -> None:
    play(postgres, "day")
    assert disorder(postgres.store) == []
    sound = postgres.store.rpartition("/")[2]
    for ruin in RUINS:
        copy = cluster.database(like=sound).reveal()
        with psycopg.connect(copy) as connection:
            connection.execute(ruin.encode())
        assert disorder(copy), ruin


@pytest.mark.slow
def test_an_effect_that_is_there_twice_is_seen(sqlite: Place, postgres: Place) -> None:
    for place in (sqlite, postgres):
        place.prepare()
        play(place, "tx")
        assert doubled(place.store) == []
    with contextlib.closing(sqlite3.connect(sqlite.store)) as database:
        database.execute("INSERT INTO effects VALUES ('evt_1')")
        database.commit()
    with psycopg.connect(postgres.store) as connection:
        connection.execute("INSERT INTO effects VALUES ('evt_1')")
    for place in (sqlite, postgres):
        assert doubled(place.store) == ["effects that were written twice: [('evt_1',)]"]
