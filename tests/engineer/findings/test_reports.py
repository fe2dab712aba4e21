"""What fails a build, and findings as SARIF, as annotations and as JSON."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.findings.codes import CODES, Severity
from bridgewright.engineer.findings.finding import Examination, Place, Undecided
from bridgewright.engineer.findings.gate import State, judged, open_at
from bridgewright.engineer.findings.keeping import accept, keep, load
from bridgewright.engineer.findings.ledger import Acceptance, Ledger
from bridgewright.engineer.findings.reports import annotations, records, sarif
from tests.engineer.findings.made import TODAY, finding

if TYPE_CHECKING:
    from pathlib import Path

ERROR = finding("a")
WARNING = finding("b", code="DM030", severity=Severity.WARNING)
NOTE = finding("c", code="DM095", severity=Severity.NOTE)
DOUBT = Undecided("acme", "app.models", "cannot be imported, 100%: x, y", Place("i.toml", 4))
SEEN = Examination((ERROR, WARNING, NOTE), (DOUBT,), checks=9, integrations=1, remarks=("r",))


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        (Severity.ERROR, [ERROR]),
        (Severity.WARNING, [ERROR, WARNING]),
        (Severity.NOTE, [ERROR, WARNING, NOTE]),
        (None, []),
    ],
)
def test_what_is_as_bad_as_asked_fails(fail_on: Severity | None, failing: list[object]) -> None:
    found = judged(SEEN, Ledger(), frozenset(), fail_on, TODAY)
    assert [each.finding for each in found if each.fails] == failing


def test_what_is_accepted_or_was_there_before_does_not_fail_until_its_time_is_over(
    tmp_path: Path,
) -> None:
    keep(tmp_path, SEEN.findings, TODAY)
    until = TODAY + timedelta(days=3)
    accept(tmp_path, NOTE.id, Acceptance("it is known", until))
    ledger = load(tmp_path)
    known = frozenset({ERROR.id})
    states = [each.state for each in judged(SEEN, ledger, known, Severity.NOTE, until)]
    assert states == [State.KNOWN, State.OPEN, State.ACCEPTED]
    *_, late = judged(SEEN, ledger, known, Severity.ERROR, until + timedelta(days=1))
    assert (late.state, late.severity, late.fails) == (State.EXPIRED, Severity.ERROR, True)


def git(root: Path, *words: str) -> None:
    names = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    subprocess.run(
        ["git", *words], cwd=root, check=True, env=os.environ | names, capture_output=True
    )


def test_the_ledger_where_the_branch_began_is_what_was_known(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "begin")
    assert open_at(tmp_path, "main") == frozenset()
    keep(tmp_path, [ERROR], TODAY)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    git(tmp_path, "checkout", "-q", "-b", "work")
    keep(tmp_path, [ERROR, WARNING], TODAY)
    git(tmp_path, "commit", "-q", "-a", "-m", "two")
    git(tmp_path, "checkout", "-q", "main")
    keep(tmp_path, [], TODAY)
    git(tmp_path, "commit", "-q", "-a", "-m", "mended on main, after the branch began")
    git(tmp_path, "checkout", "-q", "work")
    assert open_at(tmp_path, "main") == {ERROR.id}
    for wrong in ("nowhere", "--help", "-x"):
        with pytest.raises(ConfigurationError, match="git knows no commit"):
            open_at(tmp_path, wrong)


def test_sarif_has_a_rule_for_each_code_and_the_id_as_its_fingerprint() -> None:
    found = judged(SEEN, Ledger(), frozenset({WARNING.id}), Severity.ERROR, TODAY)
    log = sarif.document(SEEN, found, "1.0.0")
    [run] = log["runs"]
    assert (log["version"], log["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-2.1.0.json")
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(CODES)
    first, second, third = run["results"]
    assert first["partialFingerprints"] == {"bridgewrightFinding/v1": ERROR.id}
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "app/models.py"},
        "region": {"startLine": 3},
    }
    assert [each["level"] for each in (first, second, third)] == ["error", "warning", "note"]
    assert [each["baselineState"] for each in (first, second)] == ["new", "unchanged"]
    for each in run["results"]:
        assert run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"]
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert json.loads(json.dumps(log)) == log


def test_annotations_are_escaped_and_leave_out_what_is_accepted(tmp_path: Path) -> None:
    keep(tmp_path, SEEN.findings, TODAY)
    accept(tmp_path, NOTE.id, Acceptance("it is known", TODAY))
    odd = replace(ERROR, place=Place("a,b:c.py", 7), sentence="50%\nof it.")
    seen = replace(SEEN, findings=(odd, WARNING, NOTE))
    found = judged(seen, load(tmp_path), frozenset(), Severity.ERROR, TODAY)
    assert list(annotations.commands(seen, found)) == [
        f"::error file=a%2Cb%3Ac.py,line=7,title=DM005::50%25%0Aof it. [{odd.id}]",
        f"::warning file=app/models.py,line=3,title=DM030::{WARNING.sentence} [{WARNING.id}]",
        (
            "::error file=i.toml,line=4,title=undecided"
            "::app.models: cannot be imported, 100%25: x, y"
        ),
    ]


def test_a_record_says_everything_and_null_where_nothing_was_to_be_written() -> None:
    found = judged(SEEN, Ledger(), frozenset(), Severity.ERROR, TODAY)
    record = records.record(SEEN, found, None)
    assert (record["checks"], record["integrations"], record["written"]) == (9, 1, None)
    assert [each["fails"] for each in record["findings"]] == [True, False, False]
    assert record["undecided"][0]["place"] == "i.toml:4"
