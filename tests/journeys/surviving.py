"""What a crash must not do: a script is killed at a point, the living recover, and the books are read."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from bridgewright.certify.contracts.made import NOW, Desk
from bridgewright.core.effects import ListItems
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
from tests.journeys.crashing import EFFECT, duty_of, effecting, is_shared, opened
from tests.journeys.soundness import disorder, doubled, looking

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.event import Event
    from bridgewright.core.model.operation import ItemRow
    from tests.journeys.crashing import Store

    Handler = Callable[[Event, Any], None]

ROOT = Path(__file__).parents[2]
SIDES = ("before", "after")
PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Place:
    """A store of one script, by file or URL, and the folder of what its handlers write down."""

    store: str
    folder: Path

    @property
    def journal(self) -> Path:
        """What handlers without a transaction have handled."""
        return self.folder / "ran"

    def prepare(self) -> None:
        """Make the application's own table: its effects."""
        sql = "CREATE TABLE effects (key TEXT)"
        if is_shared(self.store):
            with psycopg.connect(self.store) as shared:
                shared.execute(sql)
            return
        with contextlib.closing(sqlite3.connect(self.store)) as connection:
            connection.execute(sql)

    def effects(self) -> list[str]:
        """The effects that are written."""
        with looking(self.store) as look:
            return [key for (key,) in look.run("SELECT key FROM effects")]

    def handled(self) -> set[int]:
        """The items whose handler came to its end at least once."""
        return (
            {int(line) for line in self.journal.read_text().split()}
            if self.journal.exists()
            else set()
        )


@dataclass(frozen=True, slots=True)
class Damage:
    """What a crash has done, in words: nothing, where everything is as it must be."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()


def play(place: Place, script: str, *point: object) -> tuple[int, list[str]]:
    """Play a script in a process of its own; its exit code and what it said."""
    command = [sys.executable, "-m", "tests.journeys.crashing", script, place.store, place.journal]
    done = subprocess.run(
        [*map(str, command), *map(str, point)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=PATIENCE_S,
    )
    return done.returncode, done.stdout.splitlines()


def recorded(place: Place, script: str) -> tuple[list[str], list[str]]:
    """The effects of a script, and the journey that each belongs to."""
    code, said = play(place, script)
    assert code == 0, said
    return said[-1].split()[1:], said[-2].split()[1:]


def survive(place: Place, script: str, number: int, side: str) -> Damage:
    """Kill, look, recover, and look again."""
    code, said = play(place, script, number, side)
    assert code == -signal.SIGKILL, (code, said)
    acknowledged = {line.removeprefix("ack ") for line in said if line.startswith("ack ")}
    crooked = disorder(place.store)
    ran_before, written = place.handled(), set(place.effects())
    recover(place.store, place.journal)
    crooked += disorder(place.store)
    rows, ran, effects = items(place.store), place.handled(), set(place.effects())
    missing = acknowledged - {row.event_id or "unreadable" for row in rows}
    lost = [f"{key} is not stored" for key in missing]
    lost += [f"{number} was handled, and is forgotten" for number in ran_before - ran]
    lost += [f"the effect of {key} was kept, and is gone" for key in written - effects]
    lost += [found for row in rows if (found := unfinished(row, ran, effects))]
    return Damage((*crooked, *lost), tuple(doubled(place.store)))


def unfinished(row: ItemRow, ran: set[int], effects: set[str]) -> str:
    """What a stored item lacks; nothing where it was handled, or can never be."""
    name = row.event_id or "unreadable"
    if row.cause is Cause.UNREADABLE:
        return ""
    if row.state is not State.DONE:
        return f"{name} is {row.state}"
    done = name in effects if row.event_type == EFFECT else row.id in ran
    return "" if done else f"{name} was never handled"


def items(place: str) -> tuple[ItemRow, ...]:
    """Every item of a store."""
    store = opened(place)
    rows = store.answer(ListItems(Selection(), 1_000))
    store.close()
    return rows


def recover(place: str, journal: Path) -> None:
    """What the living do afterwards: a worker whose handlers succeed, and a person who redrives."""
    clock, store = [later(NOW, 3_600)], opened(place)
    handler = effecting(place)
    work(store, handler, journal, clock)
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
    work(store, handler, journal, clock)
    store.close()


def work(store: Store, effect: Handler, journal: Path, clock: list[Moment]) -> None:
    """Work until nothing is due; that includes carrying on what was approved."""

    def handle(event: Event) -> None:
        with journal.open("a") as ran:
            ran.write(f"{event.id}\n")

    async def run() -> None:
        routes = Routes()
        routes.add("stripe", EFFECT, effect)
        routes.add("stripe", "*", handle)
        mailbox = Mailbox(asyncio.get_running_loop())
        world = LoopWorld(store, mailbox, Chance(lambda: clock[0], lambda: 0.0))
        duty, lanes = duty_of(routes, "second"), Lanes(2)
        invoker = Invoker(event_of, lanes, mailbox, store.transactions)
        await Crew(duty, world, invoker.invoke, lanes, Pace(drain_s=10.0)).work(until_idle=True)

    for _ in range(MAX_LOST_LEASES):
        asyncio.run(run())
        clock[0] = later(clock[0], 3_600)
