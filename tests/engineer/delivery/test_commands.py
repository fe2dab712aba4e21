"""`engineer sync` and `engineer deliver` as a script sees them: what they print, and each end's own code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.engineer import definition as default
from bridgewright.engineer.delivery.ends import End
from bridgewright.engineer.delivery.words import BRANCH
from tests.rules.simulate.test_leak_gate import LONG

if TYPE_CHECKING:
    from tests.engineer.delivery.site import Site

pytestmark = pytest.mark.slow
DOCS = Path(__file__).parents[3] / "docs" / "delivery.md"
WITHOUT_GH = "--by=api"
CERTIFICATE: dict[str, Any] = {
    "target": "integrations.acme.certify:target",
    "level": "silver",
    "suite": "1",
    "seed": 7,
    "began_at": "2026-11-29T12:00:00Z",
    "checks": [
        {"code": "A1", "status": "passed"},
        {"code": "A2", "status": "not applicable"},
        {"code": "B1", "status": "vacuous"},
    ],
}


def told(site: Site, *words: str) -> tuple[int, dict[str, Any]]:
    done = site.command(*words, "--json")
    assert done.stdout.count("\n") == 1, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_codes_are_apart_and_the_page_tells_each(site: Site) -> None:
    del site
    codes = {end.code: end.word for end in End}
    assert len(codes) == len(End)
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert {int(code): word for code, word in rows} == codes


def test_sync_says_where_the_branch_is(site: Site) -> None:
    code, answer = told(site, "sync")
    assert code == 0
    assert (answer["end"], answer["branch"], answer["how"]) == ("synced", BRANCH, "created")
    assert answer["sha"] == site.tip("main")


@pytest.mark.parametrize(
    "by",
    [
        pytest.param("auto", marks=pytest.mark.skipif(not shutil.which("gh"), reason="no gh")),
        "api",
    ],
)
def test_deliver_makes_a_pull_request_from_the_manifest_the_certificate_and_the_findings(
    site: Site, by: str
) -> None:
    (site.folder / "certificate.json").write_text(json.dumps(CERTIFICATE))
    line = "User model lacks phone_number_verified field needed for Twilio SMS."
    site.write("docs/findings.md", f"- [Other] theirs\r\n- [Integration] {line}\r\n")
    code, answer = told(
        site, "deliver", "acme", "--closes=7", f"--certificate={site.folder}/certificate.json", f"--by={by}"
    )  # fmt: skip
    assert (code, answer["end"], answer["request"], answer["number"]) == (0, "delivered", "made", 1)
    (request,) = site.requests()
    assert request["title"] == "feat(integration): add Acme"
    for text in ("Closes #7", f"- {line}\n", "**silver**, 1 of 3 checks", "`POST /orders`", "15 s"):
        assert text in request["body"]
    assert "theirs" not in request["body"]
    assert sorted(site.run("show", "--format=", "--name-only", "HEAD").splitlines()) == [
        "docs/findings.md",
        "integrations/acme/__init__.py",
        "integrations/acme/integration.toml",
    ]


def test_what_new_makes_is_delivered_whole_also_from_a_folder_below(site: Site) -> None:
    shutil.rmtree(site.clone / "integrations")
    words = ("new", "shop", "--auth=api_key", "--webhook=standard", "--event=order.paid")
    made = subprocess.run(
        [sys.executable, "-m", "bridgewright", *words],
        cwd=site.clone,
        env=site.env,
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    agents = site.clone / ".opencode" / "agent"
    agents.mkdir(parents=True)
    text = (Path(default.__file__).parent / "default.md").read_text("utf-8")
    (agents / "integration-engineer.md").write_text(text.replace(BRANCH, "agent/bridges"), "utf-8")
    code, answer = told(replace(site, below="integrations/shop"), "deliver", WITHOUT_GH)
    assert (code, answer["branch"]) == (0, "agent/bridges")
    assert answer["left"] == [".opencode/agent/integration-engineer.md"]
    assert site.commits("agent/bridges") == ["feat(integration): add Shop"]


def test_a_dry_run_says_what_it_would_do_and_does_none_of_it(site: Site) -> None:
    code, answer = told(site, "deliver", "--dry-run")
    assert (code, answer["end"], answer["subject"]) == (0, "planned", "feat(integration): add Acme")
    assert answer["paths"] == [
        "integrations/acme/__init__.py",
        "integrations/acme/integration.toml",
    ]
    assert site.run("branch", "--show-current") == "main"
    assert site.requests() == []


def test_a_second_delivery_of_a_package_that_is_in_the_base_is_a_fix(site: Site) -> None:
    assert site.command("deliver", WITHOUT_GH).returncode == 0
    site.squash()
    site.write("integrations/acme/client.py", "x = 1\n")
    code, answer = told(site, "deliver", WITHOUT_GH, "--recreate")
    assert (code, answer["number"]) == (0, 2)
    assert site.commits() == ["fix(integration): update Acme"]


def test_a_conflict_ends_with_ten_and_names_the_files(site: Site) -> None:
    site.write("integrations/acme/client.py", "ours\n")
    assert site.command("deliver", WITHOUT_GH).returncode == 0
    site.on_main("integrations/acme/client.py", "theirs\n")
    code, answer = told(site, "sync")
    assert (code, answer["end"]) == (10, "conflict")
    assert answer["places"] == ["integrations/acme/client.py"]


def test_neither_gh_nor_a_token_ends_with_nineteen(site: Site) -> None:
    tools = site.folder / "tools"
    tools.mkdir()
    (tools / "git").symlink_to(str(shutil.which("git")))
    site.env["PATH"] = str(tools)
    del site.env["GH_TOKEN"]
    code, answer = told(site, "deliver")
    assert (code, answer["end"]) == (19, "no_gh")
    code, answer = told(site, "deliver", "--by=gh")
    assert (code, answer["end"]) == (19, "no_gh")


def test_a_token_that_is_no_good_is_githubs_refusal(site: Site) -> None:
    site.env["GH_TOKEN"] = "none"
    (site.folder / "token").write_text("none")
    code, answer = told(site, "deliver", WITHOUT_GH)
    assert (code, answer["end"]) == (20, "refused")
    assert "renew" in answer["remedy"]


def test_the_value_of_a_declared_secret_is_found_however_plain_it_is(site: Site) -> None:
    site.env["ACME_API_KEY"] = "plain words of acme"
    site.write("integrations/acme/client.py", '"""plain words of acme"""\n')
    code, answer = told(site, "deliver", WITHOUT_GH)
    assert (code, answer["end"]) == (15, "leaked")
    assert answer["places"] == ["integrations/acme/client.py:1"]


def test_an_answer_never_has_the_secret_in_it(site: Site) -> None:
    site.write("integrations/acme/client.py", f'api_key = "{LONG}"\n')
    done = site.command("deliver", WITHOUT_GH, "--json")
    assert done.returncode == End.LEAKED.code
    assert LONG[:12] not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("other",),
        ("acme", "--message=ends."),
        ("acme", "--scope=Two Words"),
        ("acme", "--path=../else"),
        ("acme", "--path=."),
        ("acme", "--path=.git/config"),
        ("acme", "--repo=x"),
        ("acme", "--certificate=README.md"),
        ("acme", "--branch=--force"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(
    site: Site, words: tuple[str, ...]
) -> None:
    done = site.command("deliver", WITHOUT_GH, *words)
    assert done.returncode == 2, done.stderr
    assert site.run("branch", "--list") == "* main"
