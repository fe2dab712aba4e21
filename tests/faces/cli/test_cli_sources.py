"""Sources at the keyboard: who sends, by which keys, how silent, and why some of it is turned away."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from bridgewright import Bridge, Secret
from bridgewright.cli.sources.looking import NOT_LOOKED_INTO, length
from bridgewright.connectors import webhook
from bridgewright.engine.drive.clock import now
from bridgewright.settings import load
from tests.faces.cli.shop import KEY, PERSONAL, Shop, signed, stripe_body

if TYPE_CHECKING:
    from pathlib import Path

DAY_US = 86_400_000_000
OLD = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ROTATING = """
[store]
path = 'shop.db'
[sources.stripe]
secrets = ["env:STRIPE_WEBHOOK_SECRET", "env:STRIPE_OLD"]
longest_gap_s = 3600
"""


def reject(shop: Shop) -> None:
    bridge = shop.bridge()
    body = stripe_body(1)
    bridge.receive("stripe", headers=signed("stripe", body), body=body + b"\n")
    bridge.receive("stripe", headers=signed("github", body), body=body)
    bridge.close()


def age(folder: Path, days: int) -> None:
    """As if all that the store knows had happened days ago."""
    with contextlib.closing(sqlite3.connect(folder / "shop.db")) as store, store:
        store.execute("UPDATE bw_source SET seen_at = seen_at - ?", (days * DAY_US,))
        store.execute(
            "UPDATE bw_key SET seen_at = seen_at - :us, used_at = used_at - :us",
            {"us": days * DAY_US},
        )


def test_a_rejection_is_explained_with_its_next_step(shop: Shop) -> None:
    reject(shop)
    result = shop.run("sources", "why", "1")
    assert result.exit_code == 0
    for words in (
        "rejected for        wrong_signature",
        "finding             line_ends",
        "what was wrong      the ends of the body",
        "would have matched  the body without the line end after it",
        "next step           have the proxy",
    ):
        assert words in result.stdout
    assert PERSONAL not in result.stdout


def test_a_rejection_is_explained_as_json(shop: Shop) -> None:
    reject(shop)
    found = shop.object("sources", "why", "2")["rejection"]
    assert found["reason"] == "missing_signature"
    assert found["finding"]["mistake"] == "other_source"
    assert found["finding"]["step"] == "give GitHub the URL of source github"


def test_rejections_are_listed_with_what_was_found(shop: Shop) -> None:
    reject(shop)
    result = shop.run("events", "ls", "--rejected")
    header, newest, oldest = (line.split("\t") for line in result.stdout.splitlines())
    assert header[-1] == "FINDING"
    assert [newest[-1], oldest[-1]] == ["other_source", "line_ends"]
    assert "bridgewright sources why ID" in result.stderr


def test_a_rejection_that_is_not_kept_is_not_found(shop: Shop) -> None:
    shop.receive("invoice.paid")
    result = shop.run("sources", "why", "9")
    assert result.exit_code == 4
    assert "there is no rejection 9" in result.stderr


def test_a_rejection_that_nobody_looked_into_says_so(shop: Shop) -> None:
    bridge = shop.bridge()
    for _ in range(8):
        bridge.receive("stripe", headers={}, body=b"forged")
    bridge.close()
    assert NOT_LOOKED_INTO in shop.run("sources", "why", "8").stdout
    assert shop.object("sources", "why", "8")["rejection"]["finding"] is None


def test_sources_are_listed_with_their_keys(shop: Shop) -> None:
    shop.receive("invoice.paid", "invoice.voided")
    result = shop.run("sources", "ls")
    header, github, stripe = (line.split("\t") for line in result.stdout.splitlines())
    row = dict(zip(header, stripe, strict=True))
    assert (row["SOURCE"], row["PROVIDER"], row["STATUS"]) == ("stripe", "stripe", "ok")
    assert (row["KEY"], row["HITS"]) == ("env:STRIPE_WEBHOOK_SECRET", "2")
    assert row["LAST USED"].endswith(" s ago")
    assert dict(zip(header, github, strict=True))["LAST USED"] == "never"
    assert KEY not in result.output


def test_a_source_is_shown_with_what_each_key_verified(shop: Shop) -> None:
    shop.receive("invoice.paid")
    found = shop.object("sources", "show", "stripe")["source"]
    assert (found["path"], found["silent"]) == ("/stripe", False)
    assert found["heard_at"] is not None
    [key] = found["keys"]
    assert (key["name"], key["hits"], key["configured"]) == ("env:STRIPE_WEBHOOK_SECRET", 1, True)
    assert "known since" not in shop.run("sources", "show", "github").stdout
    assert shop.run("sources", "show", "gitlab").exit_code == 4


def test_an_old_key_that_nothing_is_signed_with_can_be_removed(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, ROTATING)
    environ = {"STRIPE_OLD": OLD}
    run_once(shop, OLD)
    age(tmp_path, 9)
    run_once(shop, KEY)
    result = shop.run("sources", "ls", **environ)
    assert "9 d ago" in result.stdout
    assert "stripe: env:STRIPE_OLD is unused for 7 days or more" in result.stderr
    keys = shop.object("sources", "show", "stripe", **environ)["source"]["keys"]
    assert {key["name"]: key["idle"] for key in keys} == {
        "env:STRIPE_WEBHOOK_SECRET": False,
        "env:STRIPE_OLD": True,
    }
    checks = shop.object("doctor", **environ)["checks"]
    assert [check["status"] for check in checks if check["name"] == "keys"] == ["warn"]


def run_once(shop: Shop, key: str) -> None:
    bridge = Bridge(load(None, {**shop.environ, "STRIPE_OLD": OLD}))
    body = stripe_body(1)
    fields = webhook("stripe").sign([Secret(key)], body, message_id="m", at=now()).headers
    given = {name.decode(): value.decode() for name, value in fields}
    assert bridge.receive("stripe", headers=given, body=body).status == 200
    bridge.close()


def test_a_silent_source_is_told_of_by_list_and_doctor(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, ROTATING)
    environ = {"STRIPE_OLD": OLD}
    run_once(shop, KEY)
    checks = shop.object("doctor", **environ)["checks"]
    assert [check["status"] for check in checks if check["name"] == "silence"] == ["ok"]
    age(tmp_path, 1)
    result = shop.run("sources", "ls", **environ)
    assert "\tsilent\t" in result.stdout
    assert "warning: stripe is silent: nothing that verified for 1 d" in result.stderr
    [check] = [c for c in shop.object("doctor", **environ)["checks"] if c["name"] == "silence"]
    assert check["status"] == "warn"
    assert "at most 3600 s expected" in check["detail"]


def test_wrong_settings_are_told_and_the_stores_view_is_shown(shop: Shop) -> None:
    shop.receive("invoice.paid")
    result = shop.run("sources", "ls", STRIPE_WEBHOOK_SECRET="")
    assert "warning:" in result.stderr
    assert "stripe\t\t" in result.stdout


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7_199, "1 h"), (864_000, "10 d"), (-5, "0 s")],
)
def test_a_length_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert length(seconds) == words
