"""A certificate says the same in every form, and nothing in it can break the form."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify import checks
from bridgewright.certify.certificate import Certificate, Result
from bridgewright.certify.check import Family, Level, Status
from bridgewright.certify.reports.junit import document
from bridgewright.certify.reports.page import page
from bridgewright.certify.reports.records import record
from bridgewright.certify.reports.words import next_step, verdict

ALL = checks.outbound()


def certificate(*, why: str = "", target: str = "shop:call", **statuses: Status) -> Certificate:
    results = tuple(
        Result(
            each, statuses.get(each.code, Status.PASSED), (why,) if each.code in statuses else ()
        )
        for each in ALL
    )
    return Certificate(
        target, 7, "2026-11-29T12:00:00+00:00", 61.5, (("python", "3.11"),), (), results
    )


def test_a_level_needs_every_check_of_it_and_of_those_below() -> None:
    assert certificate().level is Level.GOLD
    assert certificate(R1=Status.FAILED).level is Level.SILVER
    assert certificate(A3=Status.VACUOUS).level is Level.BRONZE
    assert certificate(A1=Status.FAILED).level is None


def test_what_does_not_apply_hinders_no_level_but_gold_is_for_those_that_protection_was_seen_of() -> (
    None
):
    assert certificate(B3=Status.NOT_APPLICABLE).level is Level.GOLD
    unseen = {each.code: Status.NOT_APPLICABLE for each in ALL if each.family is Family.PROTECTION}
    assert certificate(**unseen).level is Level.SILVER
    assert "--session" in next_step(certificate(**unseen))


def test_a_part_of_the_suite_is_of_no_level() -> None:
    part = replace(certificate(), whole=False)
    assert part.level is None
    assert "part" in verdict(part)


def test_the_record_is_json_with_every_check() -> None:
    told = json.loads(json.dumps(record(certificate(A1=Status.FAILED, why="late"))))
    assert told["level"] is None
    assert [each["code"] for each in told["checks"]] == [each.code for each in ALL]
    assert told["checks"][1]["why"] == ["late"]


def test_junit_counts_what_is_vacuous_as_a_failure_and_what_does_not_apply_as_skipped() -> None:
    found = certificate(
        A1=Status.FAILED, B2=Status.VACUOUS, B3=Status.NOT_APPLICABLE, why="because"
    )
    [suite] = ET.fromstring(document(found).encode())  # noqa: S314 - our own document
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == (
        str(len(ALL)),
        "2",
        "1",
    )
    failures = [each.get("type") for each in suite.iter("failure")]
    assert failures == ["failed", "vacuous"]


@given(st.text())
def test_any_text_of_a_target_is_well_formed_in_junit(text: str) -> None:
    found = certificate(A1=Status.FAILED, why=text, target=text)
    ET.fromstring(document(found).encode())  # noqa: S314 - our own document


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_the_page_escapes_what_a_target_says(text: str) -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.seen.add(tag)

    tags = Tags()
    tags.feed(page(certificate(A1=Status.FAILED, why=text, target=text)))
    assert not tags.seen & {"script", "img"}


def test_the_page_fetches_nothing_and_is_for_light_and_dark() -> None:
    text = page(certificate())
    assert not re.search(r"(src|href|url)\s*[=(]", text)
    assert "color-scheme: light dark" in text
