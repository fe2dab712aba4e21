"""Control at the keyboard: pause, resume, cancel, erase, export."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.faces.cli.shop import PERSONAL

if TYPE_CHECKING:
    from tests.faces.cli.shop import Shop


def answer(shop: Shop, *arguments: str) -> Any:
    result = shop.run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_paused_source_is_received_and_not_handled_until_it_is_resumed(shop: Shop) -> None:
    shop.receive("invoice.paid")
    made = answer(shop, "sources", "pause", "stripe", "--reason", "their outage")["pause"]
    assert (made["source"], made["event_type"], made["reason"]) == ("stripe", "*", "their outage")
    shop.receive("charge.failed", first=2)
    assert shop.handle() == []
    listed = shop.run("sources", "pauses").stdout.splitlines()
    assert listed[1].split("\t")[:2] == ["stripe", "*"]
    answer(shop, "sources", "resume", "stripe")
    assert shop.handle() == ["evt_1", "evt_2"]
    assert answer(shop, "sources", "pauses")["pauses"] == []


def test_one_handler_can_be_paused_and_everything_can(shop: Shop) -> None:
    shop.receive("invoice.paid", "charge.failed")
    answer(shop, "sources", "pause", "stripe", "--type", "invoice.*", "--reason", "a bug")
    assert shop.handle() == ["evt_2"]
    answer(shop, "sources", "pause", "--all", "--reason", "maintenance")
    answer(shop, "sources", "resume", "stripe", "--type", "invoice.*")
    assert shop.handle() == []
    answer(shop, "sources", "resume", "--all")
    assert shop.handle() == ["evt_1"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["sources", "pause", "--reason", "x"], 2, "name one source, or say --all"),
        (["sources", "pause", "stripe", "--all", "--reason", "x"], 2, "or say --all"),
        (["sources", "pause", "stripe"], 2, "--reason"),
        (["sources", "pause", "stripe", "--reason", " "], 2, "needs a reason"),
        (["sources", "resume", "stripe"], 4, "stripe is not paused"),
        (["events", "cancel", "77", "--reason", "x"], 4, "there is no item 77"),
        (
            ["events", "erase", "--source", "stripe", "--match", "x", "--reason", "x"],
            2,
            "PLACE=TEXT",
        ),
        (["events", "erase", "--source", "no", "--match", "x=1", "--reason", "x"], 4, "no items"),
        (
            ["events", "erase", "--source", "stripe", "--match", "a b=1", "--reason", "x"],
            2,
            "no place",
        ),
    ],
)
def test_a_mistake_says_what_is_wrong(
    shop: Shop, arguments: list[str], code: int, told: str
) -> None:
    shop.receive("invoice.paid")
    result = shop.run(*arguments)
    assert result.exit_code == code
    assert told in result.output


def test_a_cancelled_event_is_never_handled_and_says_who_decided(shop: Shop) -> None:
    shop.receive("invoice.paid", "invoice.paid")
    item = answer(shop, "events", "cancel", "1", "--reason", "a test")["item"]
    assert item["state"] == "cancelled"
    assert shop.handle() == ["evt_2"]
    shown = answer(shop, "events", "show", "1")["item"]
    assert [(one["action"], one["reason"]) for one in shown["audit"]] == [("cancel", "a test")]
    again = shop.run("events", "cancel", "2", "--reason", "x")
    assert again.exit_code == 1
    assert "done" in again.output


def test_a_persons_payloads_are_gone_from_the_file_and_the_items_stay(shop: Shop) -> None:
    shop.receive("invoice.paid", "invoice.paid", "invoice.paid")
    assert len(shop.handle()) == 3
    shop.receive("invoice.paid", first=4)
    erase = ("events", "erase", "--source", "stripe", "--match", f"email={PERSONAL}")
    dry = answer(shop, *erase, "--reason", "asked to")
    assert (dry["erased"], dry["unfinished"], dry["dry_run"]) == ([1, 2, 3], [4], True)
    assert PERSONAL in shop.run("events", "show", "1", "--body").stdout
    done = answer(shop, *erase, "--reason", "asked to", "--apply")
    assert (done["looked_at"], done["erased"]) == (4, [1, 2, 3])
    answer(shop, "events", "cancel", "4", "--reason", "asked to")
    assert answer(shop, *erase, "--reason", "asked to", "--apply")["erased"] == [4]
    assert PERSONAL.encode() not in (shop.folder / "shop.db").read_bytes()
    shown = answer(shop, "events", "show", "1")["item"]
    assert shown["state"] == "done"
    assert [one["action"] for one in shown["audit"]] == ["erase"]


def test_an_export_holds_every_event_and_its_payload_only_on_request(shop: Shop) -> None:
    shop.receive(*["invoice.paid"] * 5)
    plain = shop.run("events", "export", "--source", "stripe")
    rows = [json.loads(line) for line in plain.stdout.splitlines()]
    assert [row["event_id"] for row in rows] == [f"evt_{n}" for n in range(1, 6)]
    assert PERSONAL not in plain.stdout
    assert "headers" not in rows[0]
    full = shop.run("events", "export", "--source", "stripe", "--payload", "--after", "3")
    rows = [json.loads(line) for line in full.stdout.splitlines()]
    assert [row["id"] for row in rows] == [4, 5]
    assert json.loads(base64.b64decode(rows[0]["body_base64"]))["email"] == PERSONAL
