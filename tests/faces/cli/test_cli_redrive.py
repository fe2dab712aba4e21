"""Putting dead letters back: by a plan, looked at first."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from click.testing import Result

    from tests.faces.cli.shop import Shop


@pytest.fixture
def dead(shop: Shop) -> Shop:
    """Three dead letters: 1 and 3 are invoices, 2 is a charge."""
    shop.receive("invoice.paid", "charge.failed", "invoice.voided")
    shop.bury()
    return shop


def waiting(shop: Shop) -> list[int]:
    return [item["id"] for item in shop.object("events", "ls", "--state", "waiting")["items"]]


def run(shop: Shop, plan: dict[str, Any], *options: str) -> dict[str, Any]:
    count = str(plan["total"])
    found: dict[str, Any] = shop.object(
        "redrive", "run", str(plan["id"]), "--yes", "--expect-count", count, *options
    )["plan"]
    return found


def planned(shop: Shop, *selection: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.object("redrive", "plan", *selection, "--reason", "fixed")["plan"]
    return found


def test_a_plan_moves_nothing_and_says_how_to_run_it(dead: Shop) -> None:
    result = dead.run("redrive", "plan", "--all", "--reason", "the customer is back")
    assert result.exit_code == 0
    assert "frozen" in result.stdout
    assert "3 (3 permanent)" in result.stdout
    assert "nothing has moved" in result.stderr
    assert "bridgewright redrive run 1 --yes --expect-count 3" in result.stderr
    assert waiting(dead) == []


def test_a_plan_puts_back_what_it_named_and_nothing_that_died_since(dead: Shop) -> None:
    plan = planned(dead, "--type", "invoice.*")
    assert (plan["state"], plan["total"], plan["by_cause"]) == ("frozen", 2, {"permanent": 2})
    dead.receive("invoice.paid", first=4)
    dead.bury()
    assert dead.object("redrive", "show", str(plan["id"]))["plan"] == plan
    done = run(dead, plan)
    assert done | {"state": "frozen", "put_back": 0, "remaining": 2} == plan
    assert (done["state"], done["put_back"]) == ("finished", 2)
    assert waiting(dead) == [3, 1]
    assert dead.handle() == ["evt_1", "evt_3"]
    report = dead.object("redrive", "report", str(plan["id"]))
    assert (report["by_fate"], report["became"]) == ({"put_back": 2}, {"done": 2})
    assert [row["action"] for row in report["audit"]] == ["redrive", "run", "freeze"]


def test_a_sample_shows_what_is_expected_of_the_items(dead: Shop) -> None:
    sample = dead.object("redrive", "plan", "2", "--reason", "fixed")["sample"]
    assert [(row["item_id"], row["prospect"], row["fate"]) for row in sample] == [
        (2, "will_run", "pending")
    ]


def test_a_problem_is_listed_and_put_back_by_its_id(dead: Shop) -> None:
    [problem] = dead.object("dead", "problems")["problems"]
    assert (problem["dead"], problem["causes"], problem["sources"]) == (
        3,
        ["permanent"],
        ["stripe"],
    )
    assert problem["title"] == "PermanentFailure in Shop.bury.<locals>.refuse (shop.py)"
    listed = dead.run("dead", "problems")
    assert f"redrive plan --problem {problem['id']}" in listed.stderr
    assert problem["id"] in dead.run("dead", "show", "1").stdout
    assert len(dead.object("dead", "ls", "--problem", problem["id"])["items"]) == 3
    assert planned(dead, "--problem", problem["id"])["total"] == 3
    assert planned(dead, "--problem", "p1:none")["total"] == 0


def test_who_and_why_are_kept(dead: Shop) -> None:
    plan = dead.object("redrive", "plan", "2", "--reason", "  the card was renewed ")["plan"]
    run(dead, plan)
    audit = dead.object("events", "show", "2")["item"]["audit"]
    assert {row["reason"] for row in audit} == {"the card was renewed"}
    assert audit[0]["actor"].startswith(f"{getpass.getuser()}@")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--reason", "x"],
        ["--all"],
        ["1"],
        ["1", "--reason", "  "],
        ["--all", "--source", "stripe", "--reason", "x"],
        ["--all", "--reason", "x", "--limit", "0"],
        ["--all", "--reason", "x", "--cause", "boredom"],
        ["--replay", "--cause", "permanent", "--reason", "x"],
    ],
)
def test_an_unclear_wish_is_refused_and_nothing_is_planned(
    dead: Shop, arguments: list[str]
) -> None:
    assert dead.run("redrive", "plan", *arguments).exit_code == 2
    assert dead.run("redrive", "show", "1").exit_code == 4
    assert dead.object("redrive", "ls")["plans"] == []


def test_nothing_is_run_unless_somebody_looked_at_its_count(dead: Shop) -> None:
    planned(dead, "--all")
    unasked = dead.run("redrive", "run", "1")
    assert unasked.exit_code == 2
    assert "add --yes --expect-count 3" in unasked.stderr
    assert dead.run("redrive", "run", "1", "--yes").exit_code == 2
    other = dead.run("redrive", "run", "1", "--yes", "--expect-count", "4")
    assert other.exit_code == 1
    assert "names 3 items, not the 4 you expect" in other.stderr
    assert waiting(dead) == []


@pytest.mark.parametrize("pace", ["0", "-1", "nan", "1000000"])
def test_a_pace_out_of_bounds_is_refused(dead: Shop, pace: str) -> None:
    planned(dead, "--all")
    result = dead.run("redrive", "run", "1", "--yes", "--expect-count", "3", "--pace", pace)
    assert result.exit_code == 2
    assert "pace_per_s" in result.stderr
    assert dead.object("redrive", "show", "1")["plan"]["state"] == "frozen"


def test_more_than_a_plan_may_name_is_said(dead: Shop) -> None:
    result = dead.run("redrive", "plan", "--all", "--limit", "2", "--reason", "fixed")
    assert "more may match" in result.stderr


def test_items_that_are_not_dead_are_named_in_vain(dead: Shop) -> None:
    result = dead.run("redrive", "plan", "1", "99", "--reason", "fixed")
    assert "1 of the 2 items named" in result.stderr
    assert json.loads(dead.run("redrive", "show", "1", "--json").stdout)["plan"]["total"] == 1


def test_a_finished_plan_is_not_run_again(dead: Shop) -> None:
    plan = planned(dead, "1")
    run(dead, plan)
    dead.bury()
    result = dead.run("redrive", "run", "1", "--yes", "--expect-count", "1")
    assert result.exit_code == 1
    assert result.stderr.startswith("error[refused]: plan 1 is finished")
    assert waiting(dead) == []


def test_a_canary_goes_first_and_workers_carry_the_rest_on(dead: Shop) -> None:
    plan = planned(dead, "--all")
    count = ("--yes", "--expect-count", "3")
    result = dead.run("redrive", "run", str(plan["id"]), *count, "--canary", "1")
    assert "workers carry it on" in result.stderr
    assert waiting(dead) == [1]
    assert dead.handle() == ["evt_1", "evt_2", "evt_3"]
    assert dead.object("redrive", "show", "1")["plan"]["state"] == "finished"


def test_a_canary_that_dies_pauses_the_plan_and_a_person_decides(dead: Shop) -> None:
    plan = planned(dead, "--all")
    run(dead, plan, "--canary", "1")
    dead.bury()
    shown = dead.object("redrive", "show", "1")["plan"]
    assert (shown["state"], shown["put_back"], shown["failed"]) == ("paused", 1, 1)
    assert "canary of 1 failed" in shown["why"]
    assert waiting(dead) == []
    resumed = dead.object("redrive", "resume", "1", "--reason", "that one is known")["plan"]
    assert (resumed["state"], resumed["put_back"]) == ("finished", 3)


def test_a_plan_is_paused_and_aborted_by_hand(dead: Shop) -> None:
    plan = planned(dead, "--all")
    run(dead, plan, "--canary", "1")
    paused: Result = dead.run("redrive", "pause", "1", "--reason", "lunch")
    assert "lunch" in paused.stdout
    aborted = dead.object("redrive", "abort", "1")["plan"]
    assert (aborted["state"], aborted["remaining"]) == ("aborted", 2)
    again = dead.run("redrive", "resume", "1")
    assert again.exit_code == 1
    assert "cannot resume" in again.stderr
    [listed] = dead.object("redrive", "ls")["plans"]
    assert listed == aborted
    assert dead.object("redrive", "ls", "--open")["plans"] == []
    assert "aborted" in dead.run("redrive", "ls").stdout


def test_a_replay_handles_done_events_again_as_new_items(shop: Shop) -> None:
    shop.receive("invoice.paid", "charge.failed")
    shop.handle()
    plan = shop.object("redrive", "plan", "--replay", "--type", "invoice.*", "--reason", "new code")
    assert (plan["plan"]["verb"], plan["plan"]["total"]) == ("replay", 1)
    run(shop, plan["plan"])
    assert shop.handle() == ["evt_1"]
    item = shop.object("events", "show", "3")["item"]
    assert (item["replays"], item["state"], item["event_id"]) == (1, "done", "evt_1")


@pytest.mark.slow
def test_a_large_plan_is_put_back_in_batches(shop: Shop) -> None:
    shop.receive(*["invoice.paid"] * 450)
    shop.bury()
    plan = run(shop, planned(shop, "--all"))
    assert (plan["state"], plan["put_back"], plan["remaining"]) == ("finished", 450, 0)
