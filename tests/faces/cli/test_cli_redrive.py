"""Putting dead letters back: by a plan, looked at first."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.faces.cli.shop import Shop


@pytest.fixture
def dead(shop: Shop) -> Shop:
    """Three dead letters: 1 and 3 are invoices, 2 is a charge."""
    shop.receive("invoice.paid", "charge.failed", "invoice.voided")
    shop.bury()
    return shop


def waiting(shop: Shop) -> list[int]:
    return [item["id"] for item in shop.object("events", "ls", "--state", "waiting")["items"]]


def test_without_apply_nothing_moves(dead: Shop) -> None:
    result = dead.run("redrive", "--all", "--reason", "the customer is back")
    assert result.exit_code == 0
    assert "frozen" in result.stdout
    assert "3 (3 permanent)" in result.stdout
    assert "nothing has moved" in result.stderr
    assert "bridgewright redrive --plan 1 --apply" in result.stderr
    assert waiting(dead) == []


def test_a_plan_puts_back_what_it_named_and_nothing_that_died_since(dead: Shop) -> None:
    plan = dead.object("redrive", "--type", "invoice.*", "--reason", "fixed")["plan"]
    assert (plan["state"], plan["total"], plan["by_cause"]) == ("frozen", 2, {"permanent": 2})
    dead.receive("invoice.paid", first=4)
    dead.bury()
    shown = dead.object("redrive", "--plan", str(plan["id"]))
    assert shown["plan"] == plan
    assert shown["applied"] is False
    applied = dead.object("redrive", "--plan", str(plan["id"]), "--apply")
    assert applied["applied"] is True
    assert applied["plan"] | {"state": "frozen", "put_back": 0, "remaining": 2} == plan
    assert (applied["plan"]["state"], applied["plan"]["put_back"]) == ("finished", 2)
    assert waiting(dead) == [3, 1]
    assert dead.handle() == ["evt_1", "evt_3"]


def test_a_selection_with_apply_does_both_at_once(dead: Shop) -> None:
    result = dead.run("redrive", "2", "--reason", "fixed", "--apply")
    assert result.exit_code == 0
    assert waiting(dead) == [2]


def test_who_and_why_are_kept(dead: Shop) -> None:
    dead.run("redrive", "2", "--reason", "  the card was renewed ", "--apply")
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
        ["--plan", "1", "--all"],
        ["--plan", "1", "2"],
        ["--plan", "1", "--reason", "x"],
        ["--all", "--reason", "x", "--limit", "0"],
        ["--all", "--reason", "x", "--cause", "boredom"],
    ],
)
def test_an_unclear_wish_is_refused_and_nothing_is_planned(
    dead: Shop, arguments: list[str]
) -> None:
    assert dead.run("redrive", *arguments).exit_code == 2
    assert dead.run("redrive", "--plan", "1").exit_code == 4


def test_more_than_a_plan_may_name_is_said(dead: Shop) -> None:
    result = dead.run("redrive", "--all", "--limit", "2", "--reason", "fixed")
    assert "more may match" in result.stderr


def test_items_that_are_not_dead_are_named_in_vain(dead: Shop) -> None:
    result = dead.run("redrive", "1", "99", "--reason", "fixed")
    assert "1 of the 2 items named" in result.stderr
    assert json.loads(dead.run("redrive", "--plan", "1", "--json").stdout)["plan"]["total"] == 1


def test_a_finished_plan_is_not_applied_again(dead: Shop) -> None:
    dead.run("redrive", "1", "--reason", "fixed", "--apply")
    dead.bury()
    result = dead.run("redrive", "--plan", "1", "--apply")
    assert result.exit_code == 1
    assert result.stderr.startswith("error[refused]: plan 1 is finished")
    assert waiting(dead) == []


def test_a_large_plan_is_put_back_in_batches(shop: Shop) -> None:
    shop.receive(*["invoice.paid"] * 450)
    shop.bury()
    plan = shop.object("redrive", "--all", "--reason", "fixed", "--apply")["plan"]
    assert (plan["state"], plan["put_back"], plan["remaining"]) == ("finished", 450, 0)
