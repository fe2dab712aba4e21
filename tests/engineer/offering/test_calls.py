"""Each tool once, by the official client and the real command, on small projects."""

from __future__ import annotations

import json
import os
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from bridgewright.engineer.delivery.words import BRANCH
from bridgewright.engineer.offering.catalogue import tools
from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.engineer.delivery.site import founded
from tests.engineer.offering.host import asked, asks, found, session, text
from tests.engineer.workshop import FOLDER, KEY, opened
from tests.faces.cli.shop import PERSONAL, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mcp_types import CallToolResult

    from tests.engineer.delivery.site import Site

pytestmark = pytest.mark.slow
NOISY = f"""\
import os
print('{{"command": "findings", "integrations": 99}}')
os.write(1, b'{{"jsonrpc": "2.0", "method": "notifications/cancelled"}}\\n')
import dataclasses

@dataclasses.dataclass
class Customer:
    name: str

print("{KEY}")
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with GitHubSimulator() as simulator, ExitStack() as stack:
        yield founded(tmp_path, simulator, stack)


def test_the_tools_are_listed_with_what_they_take_and_change(tmp_path: Path) -> None:
    async def play() -> None:
        async with session(tmp_path) as host:
            listed = (await host.list_tools()).tools
            assert [each.name for each in listed] == [each.name for each in tools()]
            changing = {
                e.name for e in listed if e.annotations and not e.annotations.read_only_hint
            }
            assert changing == {
                *("scaffold", "findings_report", "plan_begin", "plan_advance", "deliver")
            }
            assert all(each.output_schema and each.description for each in listed)

    anyio.run(play)


def test_an_integration_is_planned_written_checked_and_certified(tmp_path: Path) -> None:
    root = opened(tmp_path).path
    answers = "integrations/beta/certify.json"
    target = "integrations.beta.certify:target"
    results = asked(
        root,
        ("plan_begin", {"goal": "Add Beta", "phases": ["Build"]}),
        ("scaffold", {"name": "beta", "owner": "team-payments"}),
        ("check", {"paths": ["integrations/beta"]}),
        ("certify", {"target": target, "only": "A1", "answers": answers}),
        ("findings_report", {"paths": ["integrations/beta"]}),
        ("plan_advance", {"phase": "1", "status": "complete", "evidence": [f"file {answers}"]}),
        ("plan_show", {}),
    )
    plan, scaffold, check, certify, findings, advanced, shown = map(found, results)
    assert plan["answer"]["goal"] == "Add Beta"
    assert answers in scaffold["answer"]["written"]
    assert check["answer"]["problems"] == []
    assert {each["status"] for each in certify["answer"]["checks"]} == {"passed"}, certify
    assert findings["answer"]["written"] == {"added": [], "removed": []}
    assert advanced["answer"]["complete"] == 1
    assert shown["answer"]["phases"] == advanced["answer"]["phases"]
    assert all(each["ok"] for each in (scaffold, check, certify, findings))


def test_a_host_hears_of_a_call_that_is_silent_for_long(tmp_path: Path) -> None:
    manifest = (
        '[integration]\nname = "acme"\nowner = "a"\nmodels = ["app.slow"]\n[auth]\nkind = "none"\n'
        '[environment]\n[operations.read]\ncall = "GET /x"\ntimeout_s = 1.0\n'
    )
    shop = opened(tmp_path, {FOLDER + "/integration.toml": manifest})
    shop.commit("slow", {"app/slow.py": "open('go').read()\n"})
    os.mkfifo(shop.path / "go")
    told: list[tuple[float, str | None]] = []

    async def hears(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))
        if len(told) == 2:
            (shop.path / "go").write_text("go")

    async def play() -> CallToolResult:
        async with session(shop.path) as host:
            return await host.call_tool("findings_look", {}, progress_callback=hears)

    assert found(anyio.run(play))["answer"]["integrations"] == 1
    assert [said for _, said in told] == ["still running"] * 2
    assert 0 < told[0][0] < told[1][0] < 1


def test_what_a_project_s_modules_print_is_no_part_of_any_answer(tmp_path: Path) -> None:
    shop = opened(tmp_path, {FOLDER + "/integration.toml": "", FOLDER + "/certify.py": NOISY})
    manifest = (
        '[integration]\nname = "acme"\nowner = "a"\nmodels = ["app.noisy"]\n[auth]\nkind = "none"\n'
        '[environment]\n[operations.read]\ncall = "GET /x"\ntimeout_s = 1.0\n'
    )
    shop.commit("x", {FOLDER + "/integration.toml": manifest, "app/noisy.py": NOISY})
    look, certify, again = asked(
        shop.path,
        ("findings_look", {}),
        ("certify", {"target": "integrations.acme.certify:Customer", "only": "A1"}),
        ("check", {}),
    )
    assert found(look)["answer"]["integrations"] == 1
    assert found(again)["answer"]["integrations"] == ["acme"]
    assert certify.structured_content is not None
    for result in (look, certify, again):
        assert KEY not in text(result)


def test_verify_judges_the_branch_and_a_refusal_is_its_answer(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    only = {"only": ["branch", "paths", "commits", "secrets"]}
    assert found(asks(shop.path, "verify", **only))["answer"]["verdict"] == "kept"
    shop.commit("more", {"app/models.py": "X = 2\n"})
    refused = asks(shop.path, "verify", **only)
    assert (refused.is_error, found(refused)["ok"]) == (False, False)
    assert {each["reason"] for each in found(refused)["answer"]["refusals"]} >= {"outside-paths"}


def test_delivery_is_refused_by_our_own_verify_and_nothing_is_sent(site: Site) -> None:
    previewed = found(asks(site.clone, "deliver_preview", site.env))
    assert "integrations/acme/integration.toml" in previewed["answer"]["paths"]
    refused = asks(site.clone, "deliver", site.env, message="add Acme, verified by the host")
    assert refused.is_error
    answer = found(refused)["answer"]
    assert answer["end"] == "unverified"
    assert any("resilience" in each or "certified" in each for each in answer["places"]), answer
    assert (site.tip(), site.requests()) == ("", [])


def test_what_verify_accepts_is_delivered(site: Site) -> None:
    site.run("add", "-A")
    site.run("commit", "-qm", "feat: Acme")
    site.run("push", "-q", "origin", "main")
    site.run("switch", "-qc", BRANCH)
    site.write("docs/findings.md", "# Findings\n")
    done = found(asks(site.clone, "deliver", site.env, closes=[7]))
    assert (done["ok"], done["answer"]["end"]) == (True, "delivered"), done
    assert site.tip() == done["answer"]["sha"]
    [request] = site.requests()
    assert "Closes #7" in request["body"]


def test_a_bridge_is_looked_at_and_what_was_sent_to_it_is_not_shown(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    shop = Shop.open(root, f"[store]\npath = '{root}/shop.db'\n[sources.stripe]\n")
    shop.receive("invoice.paid", "invoice.voided")
    shop.bury()
    results = asked(
        root,
        ("events_list", {"limit": 1}),
        ("events_show", {"id": 1}),
        ("dead_letters", {"cause": "permanent"}),
        ("dead_problems", {}),
        ("doctor", {}),
        ("events_show", {"id": 99}),
        environ=shop.environ,
    )
    *good, missing = results
    events, shown, dead, problems, doctor = map(found, good)
    assert [each["event_type"] for each in events["answer"]["items"]] == ["invoice.voided"]
    assert shown["answer"]["item"]["state"] == "dead"
    assert not {"headers", "body_base64", "key"} & set(shown["answer"]["item"])
    assert len(dead["answer"]["items"]) == 2
    assert problems["answer"]["problems"][0]["dead"] == 2
    assert {each["name"] for each in doctor["answer"]["checks"]} >= {
        "settings",
        "store",
        "schema",
    } - {"store"}
    assert missing.is_error
    assert re.match(r"error\[not_found\]: ", text(missing))
    assert PERSONAL not in json.dumps([text(each) for each in results])


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("redrive", {}, "there is no tool"),
    ("check", {"paths": ["../.."]}, "outside the project"),
    ("check", {"paths": ["/etc"]}, "outside the project"),
    ("check", {"paths": ["out"]}, "leads out"),
    ("check", {"paths": "x"}, "must be a list"),
    ("scaffold", {"name": "x", "spec": "out/spec.json"}, "leads out"),
    ("certify", {"target": "os:system; rm -rf ."}, "package.module:name"),
    ("certify", {"target": "nowhere.at_all:x", "only": "A1"}, "nowhere"),
    ("plan_show", {"in": "/"}, "takes no 'in'"),
    ("plan_show", {}, "begin one"),
    ("plan_begin", {}, "goal is missing"),
    ("events_list", {}, "there is no store"),
    ("verify", {}, "top of a working tree"),
)


def test_a_refusal_says_what_why_and_the_next_step(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    results = asked(root, *((name, given) for name, given, _ in REFUSED))
    for (name, _, told), result in zip(REFUSED, results, strict=True):
        assert result.is_error or not found(result)["ok"], name
        assert told in text(result)
        assert "Traceback" not in text(result)
    assert sorted(each.name for each in root.iterdir()) == ["out"]
