"""`sources reconcile`: asked at the keyboard, answered by a simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe.simulator import StripeSimulator
from tests.faces.cli.shop import SETTINGS, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "sk_test_made_up"


@pytest.fixture
def stripe() -> Iterator[StripeSimulator]:
    with StripeSimulator() as simulator:
        yield simulator


@pytest.fixture
def asked(tmp_path: Path, stripe: StripeSimulator) -> Shop:
    (tmp_path / "key").write_text(KEY)
    table = f"[connections.stripe]\nbase_url = '{stripe.start()}'\ndeadline_s = 1\n"
    table += "[connections.stripe.secrets]\napi_key = 'file:key'\n"
    shop = Shop.open(tmp_path, SETTINGS + table)
    shop.run("migrate")
    return shop


@pytest.mark.slow
def test_what_was_missed_is_taken_in_and_shown_with_its_origin(
    asked: Shop, stripe: StripeSimulator
) -> None:
    asked.receive("invoice.paid")
    lost = stripe.happen("charge.failed")
    dry = asked.object("sources", "reconcile", "stripe", "--since", "2h", "--dry-run")
    assert dry["command"] == "sources reconcile"
    found = dry["reconciliation"]
    assert (found["asked"], found["taken_in"], found["dry_run"]) == (1, 0, True)
    assert [(row["event_id"], row["item_id"]) for row in found["missed"]] == [(lost["id"], None)]
    result = asked.run("sources", "reconcile", "stripe", "--since", "2h")
    assert (result.exit_code, KEY in result.output) == (0, False)
    assert "taken in" in result.stdout
    assert lost["id"] in result.stdout
    items = asked.object("events", "ls")["items"]
    assert {item["event_id"]: item["origin"] for item in items} == {
        "evt_1": "delivered",
        lost["id"]: "reconciled",
    }
    assert "reconciled" in asked.run("events", "ls").stdout
    assert "reconciled" in asked.run("events", "show", str(items[0]["id"])).stdout
    again = asked.object("sources", "reconcile", "stripe", "--since", "2h")["reconciliation"]
    assert (again["already_there"], again["missed"], again["ended"]) == (1, [], "complete")


@pytest.mark.slow
def test_a_run_that_failed_says_where_to_go_on_and_ends_unwell(
    asked: Shop, stripe: StripeSimulator
) -> None:
    for _ in range(150):
        stripe.happen("invoice.paid")
    stripe.stand.be(Mood.DOWN, after=1)
    failed = asked.run("sources", "reconcile", "stripe", "--since", "2h")
    assert failed.exit_code == 1
    assert "Go on with --until" in failed.stderr
    assert len(asked.object("events", "ls", "--limit", "1000")["items"]) == 100
    stripe.be(Mood.WELL)
    until = failed.stderr.partition("--until ")[2].partition(":  ")[0].split(": ")[0]
    rest = asked.object("sources", "reconcile", "stripe", "--since", "2h", "--until", until)
    assert (rest["reconciliation"]["ended"], rest["reconciliation"]["taken_in"]) == ("complete", 50)


def test_a_full_run_says_that_there_is_more(asked: Shop, stripe: StripeSimulator) -> None:
    for _ in range(5):
        stripe.happen("invoice.paid")
    full = asked.run("sources", "reconcile", "stripe", "--since", "2h", "--limit", "3")
    assert full.exit_code == 0
    assert "more than one run takes in" in full.stderr


def test_mistakes_are_told_before_anything_is_asked(asked: Shop, stripe: StripeSimulator) -> None:
    for arguments, words in (
        (["nobody", "--since", "2h"], "not configured"),
        (["github", "--since", "2h"], "GITHUB_TOKEN"),
        (["stripe", "--since", "8d"], "handled twice"),
        (["stripe"], "--since"),
        (["stripe", "--since", "2h", "--limit", "0"], "--limit"),
    ):
        result = asked.run("sources", "reconcile", *arguments)
        assert result.exit_code == 2, arguments
        assert words in result.stderr
    assert stripe.stand.journal.entries == ()


def test_a_store_that_is_not_there_is_not_made(asked: Shop) -> None:
    gone = asked.run("sources", "reconcile", "stripe", "--since", "2h", BRIDGEWRIGHT_STORE="no.db")
    assert gone.exit_code == 3
