"""Crash proof: killed before and after every effect of receive, work and operate, nothing is lost."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.effects import ListItems, Survey
from bridgewright.core.lifecycle.lease import MAX_LOST_LEASES
from bridgewright.core.lifecycle.routes import Routes
from bridgewright.core.model.event import event_of
from bridgewright.core.model.item import Cause, State
from bridgewright.core.model.moment import Moment, later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanMove, PlanState
from bridgewright.core.recovery import Extend, Freeze, ListPlans, Steer
from bridgewright.engine.drive.clock import Chance
from bridgewright.engine.drive.crew import Crew, Pace
from bridgewright.engine.drive.handlers import Invoker
from bridgewright.engine.drive.journeys import LoopWorld
from bridgewright.engine.drive.lanes import Lanes
from bridgewright.engine.drive.waiting import Mailbox
from tests.journeys.crashing import duty_of
from tests.journeys.soundness import disorder
from tests.made import NOW, Desk

if TYPE_CHECKING:
    from bridgewright.core.model.event import Event

ROOT = Path(__file__).parents[2]
SIDES = ("before", "after")
TRACE = (
    "Accept Now Accept Now Accept Now Accept Now Accept Now Reject Now PutAside Accept Now Now"
    " Enlist Now Claim Now Renew Invoke Settle Invoke Roll Settle Invoke Roll Settle Now Settle"
    " Now Sweep Now Watch ListPlans Freeze Pause Now Extend Now Steer Now Advance Freeze Now"
    " Steer Now Advance Now Claim Now Renew Invoke Settle Invoke Roll Settle Invoke"
    " Settle Now Sweep Now Watch ListPlans Accept Now Now Claim Now Settle Now Enlist"
).split()
"""The recorded trace. A journey that changes changes it, and the first test then prints the new."""
POINTS = [(number, side) for number in range(1, len(TRACE) + 1) for side in SIDES]
A_SAMPLE = POINTS[::9]


def day(folder: Path, *point: object) -> tuple[int, list[str]]:
    """Play the day in a process of its own; its exit code and what it said."""
    command = [sys.executable, "-m", "tests.journeys.crashing", folder / "s.db", folder / "ran"]
    done = subprocess.run(
        [*map(str, command), *map(str, point)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines()


def test_the_points_of_the_crash_proof_are_those_of_a_recorded_day(tmp_path: Path) -> None:
    code, said = day(tmp_path)
    assert code == 0
    assert said[-1] == f"trace {' '.join(TRACE)}"
    assert disorder(tmp_path / "s.db") == []


@pytest.mark.parametrize(("number", "side"), A_SAMPLE)
def test_a_bridge_killed_at_some_effect_loses_nothing(
    tmp_path: Path, number: int, side: str
) -> None:
    survive(tmp_path, number, side)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "side"), [point for point in POINTS if point not in A_SAMPLE])
def test_a_bridge_killed_at_any_effect_loses_nothing(
    tmp_path: Path, number: int, side: str
) -> None:
    survive(tmp_path, number, side)


def survive(folder: Path, number: int, side: str) -> None:
    """Kill, look, recover, and look again."""
    code, said = day(folder, number, side)
    assert code == -signal.SIGKILL
    acknowledged = {line.removeprefix("ack ") for line in said if line.startswith("ack ")}
    path = folder / "s.db"
    assert disorder(path) == []
    ran_before = handled(folder)
    recover(path, folder / "ran")
    assert disorder(path) == []
    stored = {row.event_id or "unreadable": row for row in items(path)}
    assert acknowledged <= set(stored)
    ran = handled(folder)
    for key, row in stored.items():
        if key != "unreadable" or row.cause is not Cause.UNREADABLE:
            assert row.state is State.DONE, f"{key} is {row.state}"
            assert row.id in ran, f"{key} was never handled"
    assert ran_before <= ran


def handled(folder: Path) -> set[int]:
    """The items whose handler came to its end at least once."""
    journal = folder / "ran"
    return {int(line) for line in journal.read_text().split()} if journal.exists() else set()


def items(path: Path) -> tuple:  # type: ignore[type-arg] # rows of the store
    store = SqliteStore(path)
    rows = store.answer(ListItems(Selection(), 1_000))
    store.close()
    return rows


def recover(path: Path, journal: Path) -> None:
    """What the living do afterwards: a worker whose handlers succeed, and a person who redrives."""
    clock = [later(NOW, 3_600)]
    work(path, journal, clock)
    store = SqliteStore(path)
    desk = Desk(store)
    for plan in desk.ask(ListPlans()):
        while plan.state is PlanState.FREEZING:
            plan = desk.do(Extend(plan.id, clock[0]))  # noqa: PLW2901 - the same plan, further on
        if plan.state is PlanState.FROZEN:
            desk.do(Steer(plan.id, PlanMove.RUN, "ann", clock[0]))
    readable = [c for c in Cause if c is not Cause.UNREADABLE]
    for cause in readable:
        plan = desk.do(Freeze(Selection(cause=cause), "recovered", "ann", clock[0]))
        desk.do(Steer(plan.id, PlanMove.RUN, "ann", clock[0]))
    store.close()
    work(path, journal, clock)


def work(path: Path, journal: Path, clock: list[Moment]) -> None:
    """Work until nothing is due; that includes carrying on what was approved."""

    def handle(event: Event) -> None:
        with journal.open("a") as ran:
            ran.write(f"{event.id}\n")

    async def run() -> None:
        store = SqliteStore(path)
        routes = Routes()
        routes.add("stripe", "*", handle)
        mailbox = Mailbox(asyncio.get_running_loop())
        world = LoopWorld(store, mailbox, Chance(lambda: clock[0], lambda: 0.0))
        duty, lanes = duty_of(routes, "second"), Lanes(2)
        invoker = Invoker(event_of, lanes, mailbox, store.transactions)
        await Crew(duty, world, invoker.invoke, lanes, Pace(drain_s=10.0)).work(until_idle=True)
        store.close()

    for _ in range(MAX_LOST_LEASES):
        asyncio.run(run())
        clock[0] = later(clock[0], 3_600)


def test_a_ruined_store_is_told_from_a_sound_one(tmp_path: Path) -> None:
    day(tmp_path)
    path = tmp_path / "s.db"
    for ruin in (
        "DELETE FROM bw_dedupe WHERE item_id = 1",
        "DELETE FROM bw_outcome WHERE item_id = 1",
        "INSERT INTO bw_outcome (item_id, settled_at, attempts) VALUES (999, 0, 1)",
        "UPDATE bw_tally SET n = n + 1 WHERE what = 'accepted'",
        "UPDATE bw_plan SET put_back = put_back + 1",
    ):
        assert ruined(path, ruin), ruin


def ruined(path: Path, sql: str) -> list[str]:
    """What is found wrong after `sql`, which is then undone."""
    copy = path.with_suffix(".ruined")
    store = SqliteStore(path)
    store.answer(Survey())
    store.close()
    copy.write_bytes(path.read_bytes())
    subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]);"
                " c.commit()"
            ),
            copy,
            sql,
        ],
        check=True,
    )
    return disorder(copy)
