"""From a failing handler to a problem, and from a problem back to work: real handlers, calls, workers,
and an operator whose process is killed."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import AsyncBridge, Bridge, Cause, Event, Refused, Selection, State
from bridgewright.bridge.redriving import AsyncRedrive, Redrive
from bridgewright.core.model.fact import PlanAdvanced, PlanPaused
from bridgewright.core.model.planning import PlanState
from tests.journeys.soundness import disorder
from tests.journeys.test_calls_in_handlers import PAYMENT, Scene
from tests.journeys.test_work import Shop, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

HANDLER = """{more}
import json

def refuse(text):
    raise ValueError(text)

def remind(event):
    json.loads("[1]")
    refuse(f"no address for {{event.event_id}}")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(tmp_path, max_attempts=1)
    yield opened
    opened.bridge.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    opened = Scene(tmp_path)
    yield opened
    opened.close()


def release(folder: Path, name: str, more: str) -> Any:
    """One release of an application's handler: the same functions, its lines moved."""
    file = folder / name / "reminders.py"
    file.parent.mkdir()
    file.write_text(HANDLER.format(more=more))
    space: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), space)  # noqa: S102 - our own text
    return space["remind"]


def test_a_deployment_that_moves_lines_does_not_split_a_problem(tmp_path: Path) -> None:
    for name, more in (("one", ""), ("two", "\n\nimport sys\n")):
        shop = Shop(tmp_path, max_attempts=1)
        shop.bridge.on("stripe")(release(tmp_path, name, more))
        shop.deliver(f"evt_{name}")
        shop.bridge.work(until_idle=True)
        problems = shop.bridge.problems()
        places = {row.failure for row in shop.bridge.events()}
        shop.bridge.close()
    assert len(places) == 2, "the line numbers should differ"
    [problem] = problems
    assert (problem.dead, problem.title) == (2, "ValueError in refuse (reminders.py)")


def test_two_places_that_raise_alike_are_two_problems(shop: Shop) -> None:
    def one(_event: Event) -> None:
        raise KeyError

    async def two(_event: Event) -> None:
        raise KeyError

    shop.bridge.on("stripe", "a")(one)
    shop.bridge.on("stripe", "b")(two)
    shop.deliver("evt_1", event_type="a")
    shop.deliver("evt_2", event_type="b")
    shop.deliver("evt_3", event_type="c")
    shop.bridge.work(until_idle=True)
    titles = sorted(problem.title for problem in shop.bridge.problems())
    assert [title.partition(" in ")[0] for title in titles] == [
        "KeyError",
        "KeyError",
        "Unhandled: c",
    ]


def test_a_call_that_ends_a_handler_is_the_problem_and_is_shown_with_it(scene: Scene) -> None:
    client = scene.bridge.connect("stripe")

    @scene.bridge.on("stripe")
    def pay(_event: Event) -> None:
        client.v1.payment_intents.create(PAYMENT | {"payment_method": "pm_card_chargeDeclined"})

    scene.deliver("evt_1", "evt_2")
    scene.work()
    [problem] = scene.bridge.problems()
    assert problem.dead == 2
    assert problem.title.startswith("stripe payment_intents.create: 402 card_declined")
    attempt = scene.bridge.event(problem.sample_id).attempts[-1]
    assert attempt.call is not None
    assert (attempt.call.provider, attempt.call.status) == ("stripe", 402)
    assert (attempt.call.outcome, attempt.call.phase) == ("rejected", "answered")
    assert attempt.call.code == "card_declined"


def test_a_plan_is_carried_on_by_workers_with_its_canary_first(shop: Shop) -> None:
    good = False

    @shop.bridge.on("stripe")
    def handle(_event: Event) -> None:
        if not good:
            raise ConnectionError

    shop.deliver(*(f"evt_{n}" for n in range(20)))
    shop.bridge.work(until_idle=True)
    plan = shop.bridge.redrive.plan(Selection(), reason="mended", actor="ann")
    shop.bridge.redrive.run(plan.id, actor="ann", expect_count=20, canary=3)
    shop.bridge.work(until_idle=True)
    halted = shop.bridge.redrive.show(plan.id)
    assert (halted.state, halted.put_back) == (PlanState.PAUSED, 3)
    assert halted.failed in {2, 3}  # two are enough to halt it; the third may be under way by then
    [told] = shop.told(PlanPaused)
    assert told.why == halted.why
    good = True
    shop.bridge.redrive.resume(plan.id, actor="ann", reason="now it is")
    shop.bridge.work(until_idle=True)
    report = shop.bridge.redrive.report(plan.id)
    assert report.plan.state is PlanState.FINISHED
    assert report.became == {"done": 17, "dead": 3}
    assert sum(fact.put_back for fact in shop.told(PlanAdvanced)) == 20


def test_a_run_is_refused_when_it_names_another_count(shop: Shop) -> None:
    plan = shop.bridge.redrive.plan(Selection(cause=Cause.PERMANENT), reason="x", actor="ann")
    with pytest.raises(Refused, match="names 0 items, not the 5"):
        shop.bridge.redrive.run(plan.id, actor="ann", expect_count=5)


def test_a_handler_is_told_that_an_event_is_a_replay(shop: Shop) -> None:
    seen: list[Event] = []
    shop.bridge.on("stripe")(seen.append)
    shop.deliver("evt_1")
    shop.bridge.work(until_idle=True)
    plan = shop.bridge.redrive.plan(Selection(), reason="new code", actor="ann", replay=True)
    shop.bridge.redrive.run(plan.id, actor="ann")
    shop.bridge.work(until_idle=True)
    first, second = seen
    assert (first.replays, second.replays) == (None, first.id)
    assert (second.event_id, second.body) == (first.event_id, first.body)


OPERATOR = """
import os, sys
from pathlib import Path
from bridgewright import Bridge, Selection
from bridgewright.core.model.fact import PlanAdvanced, PlanExtended
from tests.journeys.test_work import settings

kind, after = sys.argv[2], int(sys.argv[3])
bridge = Bridge(settings(Path(sys.argv[1])))
seen = 0

def fall(fact):
    global seen
    seen += type(fact).__name__ == kind
    if seen == after:
        os.kill(os.getpid(), 9)

bridge.observe(fall)
plan = bridge.redrive.plan(Selection(), reason="mended", actor="ann")
bridge.redrive.run(plan.id, actor="ann")
while plan.remaining:
    plan = bridge.redrive.advance(plan.id)
"""


@pytest.mark.parametrize(("kind", "after"), [("PlanExtended", 1), ("PlanAdvanced", 2)])
@pytest.mark.slow
def test_a_plan_outlives_the_process_that_asked_for_it(
    tmp_path: Path, kind: str, after: int
) -> None:
    letters = 4_500
    bury_by_hand(tmp_path, letters)
    done = subprocess.run(
        [sys.executable, "-c", OPERATOR, tmp_path, kind, str(after)],
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    bridge = Bridge(settings(tmp_path))
    bridge.on("stripe")(lambda _event: None)
    [left] = bridge.redrive.ls()
    assert left.remaining if kind == "PlanAdvanced" else left.state is PlanState.FREEZING
    bridge.work(until_idle=True)
    plan = bridge.redrive.show(left.id)
    assert plan.total == letters
    if kind == "PlanExtended":
        assert plan.state is PlanState.FROZEN
        bridge.redrive.run(plan.id, actor="ben")
        bridge.work(until_idle=True)
    assert bridge.redrive.report(plan.id).became == {"done": letters}
    assert len(bridge.events(Selection(state=State.DONE), limit=10_000)) == letters
    bridge.close()
    assert disorder(tmp_path / "work.db") == []


def bury_by_hand(folder: Path, letters: int) -> None:
    """Dead letters, faster than handlers would fail."""
    bridge = Bridge(settings(folder))
    bridge.migrate()
    bridge.close()
    with contextlib.closing(sqlite3.connect(folder / "work.db")) as database, database:
        for n in range(1, letters + 1):
            database.execute(
                "INSERT INTO bw_item (id, source, event_type, dedupe_key, received_at, coverage,"
                " headers, body) VALUES (?, 'stripe', 'invoice.paid', ?, 1, 1, '[]', x'7b7d')",
                (n, f"k{n}"),
            )
        database.execute("INSERT INTO bw_dedupe SELECT source, dedupe_key, id, 9e18 FROM bw_item")
        database.execute(
            "INSERT INTO bw_dead SELECT id, source, 'permanent', 1, 1, 1, 'E', '', '', 'p1:e', id"
            " FROM bw_item"
        )
        database.execute("UPDATE bw_burials SET n = ?", (letters,))
        database.execute("INSERT INTO bw_tally VALUES ('stripe', 'accepted', ?)", (letters,))


def test_both_views_of_plans_have_equal_verbs() -> None:
    def verbs(owner: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(value).parameters)
            for name, value in vars(owner).items()
            if inspect.isfunction(value)
        }

    assert verbs(Redrive) == verbs(AsyncRedrive)
    assert isinstance(inspect.getattr_static(AsyncBridge, "redrive"), property)


def test_the_awaited_view_does_what_the_blocking_one_does(tmp_path: Path) -> None:
    asyncio.run(steer_awaited(tmp_path))


async def steer_awaited(tmp_path: Path) -> None:
    bridge = AsyncBridge(settings(tmp_path, max_attempts=1))
    plan = await bridge.redrive.plan(Selection(), reason="none", actor="ann")
    assert await bridge.problems() == ()
    assert await bridge.redrive.ls() == (plan,)
    assert await bridge.redrive.sample(plan.id) == ()
    running = await bridge.redrive.run(plan.id, actor="ann", pace_per_s=5)
    assert running.state is PlanState.RUNNING
    assert (await bridge.redrive.pause(plan.id, actor="ann")).state is PlanState.PAUSED
    assert (await bridge.redrive.resume(plan.id, actor="ann")).state is PlanState.RUNNING
    assert (await bridge.redrive.advance(plan.id)).state is PlanState.FINISHED
    assert (await bridge.redrive.report(plan.id)).became == {}
    assert [row.action for row in await bridge.redrive.audit(plan.id)][-1] == "freeze"
    other = await bridge.redrive.plan(Selection(), reason="none", actor="ann")
    assert (await bridge.redrive.abort(other.id, actor="ann")).state is PlanState.ABORTED
    await bridge.close()
