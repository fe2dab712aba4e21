"""Workers killed at any instant: what a handler writes through `tx` is there once for each event."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bridgewright import State
from bridgewright.settings import StoreSettings
from tests.contracts.cluster import Cluster
from tests.journeys.test_tx import made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright import Event

ROOT = Path(__file__).parents[2]
EVENTS = 300
WORKING = """
import sys
from pathlib import Path
from bridgewright.core.model.secret import Secret
from bridgewright.settings import StoreSettings
from tests.journeys.test_tx import made

place = sys.argv[1]
shared = place.startswith("postgresql://")
store = StoreSettings(url=Secret(place)) if shared else StoreSettings(Path(place))
mark = "%s" if shared else "?"
shop = made(store, list, mark, lease_s=1.0, max_attempts=50)

@shop.bridge.on("stripe")
def handle(event, tx):
    tx.execute(f"INSERT INTO told VALUES ({mark})", (event.event_id,))
    print(event.event_id, flush=True)
    tx.execute(f"INSERT INTO told VALUES ({mark})", (event.event_id + "-again",))

shop.bridge.work()
"""
Opened = tuple[StoreSettings, str, "Callable[[str], list[str]]"]


@pytest.fixture
def sqlite(tmp_path: Path) -> Opened:
    path = tmp_path / "effects.db"

    def run(sql: str) -> list[str]:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return [key for (key,) in connection.execute(sql)]

    run("CREATE TABLE told (key TEXT)")
    return StoreSettings(path), str(path), run


@pytest.fixture
def postgres() -> Iterator[Opened]:
    cluster = Cluster.make(durable=True)
    url = cluster.database()

    def run(sql: str) -> list[str]:
        with psycopg.connect(url.reveal()) as connection:
            found = connection.execute(sql.encode())
            return [key for (key,) in found] if found.description else []

    run("CREATE TABLE told (key TEXT)")
    yield StoreSettings(url=url), url.reveal(), run
    cluster.remove()


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgres"])
@pytest.mark.parametrize("seed", range(2))
def test_each_event_has_its_effects_once_however_often_workers_are_killed(
    store: str, seed: int, request: pytest.FixtureRequest
) -> None:
    settings, place, run = request.getfixturevalue(store)
    shop = made(settings, list, "")
    keys = [f"evt_{n}" for n in range(EVENTS)]
    shop.deliver(*keys)
    dice = random.Random(seed)
    told = 0
    for _ in range(12):
        working = subprocess.Popen(
            [sys.executable, "-c", WORKING, place], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert working.stdout is not None
        for _ in range(dice.randrange(1, 30)):
            told += bool(working.stdout.readline())
        os.kill(working.pid, signal.SIGKILL)
        assert working.wait(20) == -signal.SIGKILL
        working.stdout.close()
    shop.bridge.on("stripe")(_finisher(settings))
    while any(count.waiting or count.leased for count in shop.bridge.survey().sources):
        shop.bridge.work(until_idle=True)
    assert {row.state for row in shop.bridge.events(limit=EVENTS)} == {State.DONE}
    written = Counter(run("SELECT key FROM told"))
    assert set(written.values()) == {1}
    assert set(written) == {*keys, *(f"{key}-again" for key in keys)}
    assert told >= 12
    shop.bridge.close()


def _finisher(settings: StoreSettings) -> Callable[..., None]:
    sql = f"INSERT INTO told VALUES ({'?' if settings.url is None else '%s'})"  # noqa: S608

    def handle(event: Event, tx: Any) -> None:
        tx.execute(sql, (event.event_id,))
        tx.execute(sql, (f"{event.event_id}-again",))

    return handle
