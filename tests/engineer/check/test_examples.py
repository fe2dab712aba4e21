"""Each rule objects to its bad example, and to nothing in its good one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.check import catalogue, exemptions
from bridgewright.engineer.check.examples import example
from tests.engineer.check.conftest import TODAY

if TYPE_CHECKING:
    from bridgewright.engineer.check.rule import Rule
    from tests.engineer.check.conftest import Inspect

RULES = (*catalogue.RULES, exemptions.rule(TODAY), exemptions.UNREAD)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_objects_to_its_bad_example_and_no_other_rule_does(
    inspected: Inspect, rule: Rule
) -> None:
    bad, _ = example(rule.code)
    assert {each.code for each in inspected(bad)} == {rule.code}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_no_rule_objects_to_a_good_example(inspected: Inspect, rule: Rule) -> None:
    _, good = example(rule.code)
    assert inspected(good) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_says_why_and_how_to_mend_it_in_sentences(rule: Rule) -> None:
    assert rule.why.endswith(".")
    assert rule.mend.endswith(".")
    assert len(rule.title.split()) > 2


def test_codes_are_given_once() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
