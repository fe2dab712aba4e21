"""What an inspection found, for code scanning, for GitHub, and as pages."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.check import catalogue
from bridgewright.engineer.check.inspection import Inspection, catalogued
from bridgewright.engineer.check.reports.annotations import lines
from bridgewright.engineer.check.reports.pages import index, page
from bridgewright.engineer.check.reports.records import record
from bridgewright.engineer.check.reports.sarif import FINGERPRINT, document
from bridgewright.engineer.check.rule import Problem, Severity, Verdict
from tests.engineer.check.conftest import TODAY
from tests.house.tree import ROOT

PROBLEM = Problem(
    "BW102", "app/a.py", 3, 4, "it waits", "Say a timeout.", Severity.ERROR, Verdict.PROBLEM
)
OPEN = replace(PROBLEM, code="BW103", line=9, verdict=Verdict.UNKNOWN)
INSPECTION = Inspection((PROBLEM, OPEN), (replace(PROBLEM, line=30),), 1, ("acme",), 37)
RULES = catalogued(TODAY)


def test_sarif_has_a_result_for_each_and_says_what_is_open_and_what_is_excused() -> None:
    (run,) = document(INSPECTION, RULES, "1.0.0")["runs"]
    certain, undecided, excused = run["results"]
    assert (certain["level"], undecided["kind"], undecided["level"]) == ("error", "open", "none")
    assert excused["suppressions"] == [{"kind": "inSource"}]
    assert "suppressions" not in certain
    region = certain["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 5}
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def marks(*problems: Problem) -> list[str]:
    (run,) = document(Inspection(problems, ()), RULES, "1.0.0")["runs"]
    return [each["partialFingerprints"][FINGERPRINT] for each in run["results"]]


@given(st.integers(1, 10_000), st.integers(0, 200))
def test_a_problem_that_moves_is_the_same_one_and_two_alike_are_two(line: int, column: int) -> None:
    moved = replace(PROBLEM, line=line, column=column)
    assert marks(PROBLEM) == marks(moved)
    assert len(set(marks(PROBLEM, moved))) == 2
    assert marks(PROBLEM) != marks(replace(PROBLEM, path="app/b.py"))


@given(st.text(max_size=80), st.text(max_size=40))
def test_an_annotation_is_one_line_whatever_is_said(message: str, path: str) -> None:
    (line,) = lines([replace(PROBLEM, message=message, path=path)])
    assert "\n" not in line
    assert "\r" not in line
    assert line.startswith("::error file=")
    properties = line.removeprefix("::error ").partition("::")[0]
    assert properties.count(",") == 3


def test_what_is_undecided_is_no_error_and_no_pass() -> None:
    assert [line.partition(" ")[0] for line in lines(INSPECTION.problems)] == [
        "::error",
        "::notice",
    ]
    told = record(INSPECTION)
    assert [len(told[each]) for each in ("problems", "undecided", "excused")] == [1, 1, 1]


def test_every_rule_has_its_page_and_the_index_names_it() -> None:
    pages = ROOT / "docs" / "rules"
    written = {path.stem for path in pages.glob("BW*.md")}
    assert written == {rule.code for rule in RULES}
    assert (pages / "index.md").read_text("utf-8") == index(RULES)
    for rule in RULES:
        assert (pages / f"{rule.code}.md").read_text("utf-8") == page(rule), (
            "python tools/reference.py writes it"
        )


def test_the_catalogue_is_in_the_order_of_its_codes() -> None:
    assert [each.code for each in catalogue.RULES] == sorted(each.code for each in catalogue.RULES)
