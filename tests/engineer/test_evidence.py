"""A plan is closed by what is there, findings are reported where they belong, and boxes tick nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.definition.reading import boxes
from bridgewright.engineer.encoded import Encoded
from bridgewright.engineer.planning import editing, reading
from bridgewright.engineer.planning.words import Status
from bridgewright.engineer.verify.asking import ruled as ruled_by
from bridgewright.engineer.verify.asking import rules, survey, surveyed
from bridgewright.engineer.verify.reported import LEDGER, Found, Surveyed
from bridgewright.engineer.verify.verdict import Ports
from bridgewright.engineer.verify.words import About, Reason, Standing
from tests.engineer.workshop import BRANCH, FOLDER, Workshop, opened, reasons, ruled

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.planning.words import Plan

QUICK = (About.BRANCH, About.PATHS, About.SECRETS, About.PLAN)
LINE = "[Integration] User model lacks phone_number_verified field needed for Twilio SMS."


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return opened(tmp_path)


def planned(*evidence: str) -> Plan:
    file = Encoded(editing.blank("Connect Acme", ["Build"]))
    shown = [found for each in evidence if (found := reading.shown(each)) is not None]
    assert len(shown) == len(evidence)
    return reading.parse(editing.phase(file, "1", Status.COMPLETE, shown).lines())


def test_evidence_that_is_there_is_taken(shop: Workshop) -> None:
    plan = planned(
        f"commit {shop.git('rev-parse', 'HEAD')[:10]}",
        f"file {FOLDER}/client.py",
        f"test {FOLDER}/tests/test_client.py::test_forged",
        "check branch",
    )
    found = shop.judge(*QUICK, plan=plan)
    assert found.standing is Standing.KEPT, found.refusals


@pytest.mark.parametrize(
    "evidence",
    [
        "commit 0123456789",
        "commit main",
        "file integrations/acme/nothing.py",
        f"test {FOLDER}/tests/test_client.py::test_nothing",
        "check resilience",
        "check nothing",
    ],
)
def test_evidence_that_is_not_there_is_none(shop: Workshop, evidence: str) -> None:
    found = shop.judge(*QUICK, plan=planned(evidence))
    assert reasons(found) == {Reason.TICKED_WITHOUT_EVIDENCE}


def test_a_commit_is_named_so_that_only_it_is_meant(shop: Workshop) -> None:
    plan = planned(f"commit {shop.git('rev-parse', 'HEAD')[:4]}")
    assert reasons(shop.judge(*QUICK, plan=plan)) == {Reason.TICKED_WITHOUT_EVIDENCE}


def test_a_commit_of_main_is_no_evidence_of_this_work(shop: Workshop) -> None:
    plan = planned(f"commit {shop.git('rev-parse', 'main')}")
    assert reasons(shop.judge(*QUICK, plan=plan)) == {Reason.TICKED_WITHOUT_EVIDENCE}


def test_boxes_that_were_ticked_by_hand_are_refused(shop: Workshop) -> None:
    plan = reading.parse(["## Phases", "- [x] Phase 1: Build", "- [x] Phase 2: Deliver"])
    assert reasons(shop.judge(*QUICK, plan=plan)) == {Reason.TICKED_WITHOUT_EVIDENCE}
    open_ = reading.parse(["## Phases", "- [ ] Phase 1: Build"])
    assert reasons(shop.judge(*QUICK, plan=open_)) == {Reason.OPEN_PLAN}


def test_a_pull_request_ticks_only_what_is_kept(shop: Workshop) -> None:
    text = "It works!\n\n- [x] **Branching**: as named\n- [ ] **Findings**: reported\n"
    assert shop.judge(*QUICK, ticked=boxes(text)).refusals == ()
    text += "- [x] **Resilience**: retries implemented\n- [x] Everybody likes it\n"
    found = shop.judge(*QUICK, ticked=boxes(text))
    assert reasons(found) == {Reason.TICKED_WITHOUT_EVIDENCE}
    assert [each.place for each in found.refusals] == [f"pull request, line {at}" for at in (5, 6)]


def surveying(*found: str, unknown: tuple[str, ...] = ()) -> Ports:
    survey = Surveyed(tuple(Found(f"id-{line[-9:]}", line) for line in found), 12, unknown)
    return Ports(rules=ruled, survey=lambda checkout: survey)


def test_nothing_found_says_how_much_was_looked_at(shop: Workshop) -> None:
    found = shop.judge(About.FINDINGS, ports=surveying())
    assert (found.outcomes[0].standing, found.outcomes[0].told) == (
        Standing.KEPT,
        "none, 12 checks ran",
    )
    partly = shop.judge(About.FINDINGS, ports=surveying(unknown=("User.phone",)))
    assert partly.outcomes[0].standing is Standing.UNDECIDED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_finding_is_reported_by_its_line_in_any_encoding(shop: Workshop, encoding: str) -> None:
    found = shop.judge(About.FINDINGS, ports=surveying(LINE))
    assert reasons(found) == {Reason.UNREPORTED_FINDING}
    text = f"# Findings\r\n\r\n- {LINE.replace('phone_number_verified', '`phone_number_verified`')}\r\n"
    shop.commit("docs(findings): report", {"docs/findings.md": text.encode(encoding)})
    assert shop.judge(About.FINDINGS, ports=surveying(LINE)).refusals == ()
    assert reasons(shop.judge(About.FINDINGS, ports=surveying(LINE, "[Integration] another"))) == {
        Reason.UNREPORTED_FINDING
    }


def test_the_ledger_counts_where_it_was_before_this_work(shop: Workshop) -> None:
    ledger = json.dumps({"findings": [{"id": f"id-{LINE[-9:]}", "line": LINE}]})
    shop.commit("docs(findings): say that it was reported", {LEDGER: ledger})
    assert reasons(shop.judge(About.FINDINGS, ports=surveying(LINE))) == {Reason.UNREPORTED_FINDING}
    shop.git("switch", "-q", "main")
    shop.commit("docs: findings", {LEDGER: ledger})
    shop.git("push", "-q", "origin", "main")
    shop.git("switch", "-q", BRANCH)
    shop.git("merge", "-q", "--no-edit", "main")
    assert shop.judge(About.FINDINGS, ports=surveying(LINE)).refusals == ()


def test_a_line_that_this_work_takes_out_is_not_reported(shop: Workshop) -> None:
    ledger = json.dumps({"findings": [{"id": f"id-{LINE[-9:]}", "line": LINE}]})
    shop.commit("docs(findings): report", {LEDGER: ledger, "docs/findings.md": f"- {LINE}\n"})
    shop.git("push", "-q", "origin", "HEAD:main")
    assert shop.judge(About.FINDINGS, ports=surveying(LINE)).refusals == ()
    shop.commit("docs(findings): nothing to see", {"docs/findings.md": "\n"})
    assert reasons(shop.judge(About.FINDINGS, ports=surveying(LINE))) == {Reason.UNREPORTED_FINDING}


def told(code: str, severity: str = "error") -> dict[str, object]:
    where = {"path": "a.py", "line": 3}
    return {"code": code, **where, "message": "x", "mend": "y", "severity": severity}


def inspected(*problems: object, undecided: tuple[object, ...] = ()) -> dict[str, object]:
    return {"problems": list(problems), "undecided": list(undecided), "excused": []}


def test_broken_rules_have_the_reason_of_what_they_are_about() -> None:
    codes = ["BW102", "BW501", "BW201", "BW402", "BW601"]
    found = ruled_by(inspected(*map(told, codes), told("BW104", "warning")))
    assert [each.reason for each in found.refusals] == [
        Reason.MISSING_TIMEOUT,
        Reason.RETRIED_POST,
        Reason.LEAKED_KEY,
        Reason.UNVERIFIED_WEBHOOK,
        Reason.BROKEN_RULE,
    ]
    assert found.refusals[0].place == "a.py:3"
    unknown = ruled_by(inspected(undecided=(told("BW103", "warning"),)))
    assert unknown.standing is Standing.UNDECIDED
    assert ruled_by(inspected()).standing is Standing.KEPT


def test_a_survey_is_read_from_what_the_command_prints() -> None:
    finding = {"id": "0a1b", "sentence": "User model lacks x.", "state": "accepted"}
    undecided = {"integration": "acme", "what": "User", "why": "not importable", "place": "a:1"}
    record = {"checks": 9, "findings": [finding], "undecided": [undecided]}
    assert surveyed(record) == Surveyed(
        (Found("0a1b", "User model lacks x."),), 9, ("User (not importable)",)
    )


@pytest.mark.slow
def test_what_another_command_does_not_answer_is_undecided(tmp_path: Path) -> None:
    (tmp_path / "integrations").mkdir()
    (tmp_path / "integrations" / "integration.toml").write_text("[")
    assert survey(tmp_path).unknown
    assert rules(tmp_path, ()).standing is not Standing.KEPT
