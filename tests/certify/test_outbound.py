"""For each check of a client there is a client that fails that one, and one that passes all of them."""

from __future__ import annotations

import pytest

from bridgewright.certify import checks
from bridgewright.certify.check import Level, Status
from bridgewright.certify.suite import Order, certify, chosen
from bridgewright.certify.target import Function

REFERENCE = Function("tests.certify.reference:call")
CODES = [each.code for each in checks.outbound()]
QUICK = ("B7", "C1", "C4", "T1")
"""Flaws that show within a second or two."""


def statuses(flaw: str, *only: str) -> dict[str, Status]:
    """Each check that was played on the reference with a flaw, and what came of it."""
    order = Order(REFERENCE, seed=7, traces=True, only=only, extra={"FLAW": flaw})
    return {each.check.code: each.status for each in certify(order).results}


def failed(found: dict[str, Status]) -> set[str]:
    return {code for code, status in found.items() if status is Status.FAILED}


@pytest.mark.slow
def test_a_careful_client_is_gold() -> None:
    certificate = certify(Order(REFERENCE, seed=11, traces=True))
    assert [each for each in certificate.results if each.status is not Status.PASSED] == []
    assert certificate.level is Level.GOLD


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [each if each in QUICK else pytest.param(each, marks=pytest.mark.slow) for each in CODES],
)
def test_a_client_with_one_flaw_fails_the_check_of_it_and_none_it_is_paired_with(code: str) -> None:
    """That it fails no other check at all is `make proof NAME=flaws`, which takes half an hour."""
    assert failed(statuses(code, code)) == {code}


@pytest.mark.slow
def test_where_a_client_does_not_work_at_all_nothing_else_is_said() -> None:
    found = statuses("A0", "A0", "B1", "X3")
    assert found == {"A0": Status.FAILED, "B1": Status.VACUOUS, "X3": Status.VACUOUS}


@pytest.mark.slow
def test_a_rule_about_attempts_is_vacuous_for_a_client_that_makes_one() -> None:
    assert statuses("B1", "B7")["B7"] is Status.VACUOUS


@pytest.mark.slow
def test_a_function_may_be_prepared_before_it_is_called() -> None:
    certificate = certify(Order(Function("tests.certify.prepared:call"), seed=7, only=("A0",)))
    assert [each.status for each in certificate.results] == [Status.PASSED]


@pytest.mark.slow
def test_an_async_function_is_cancelled_as_its_task() -> None:
    certificate = certify(Order(Function("tests.certify.prepared:awaited"), seed=7, only=("A5",)))
    assert {each.status for each in certificate.results} == {Status.PASSED}


def test_what_is_asked_for_comes_with_what_it_is_paired_with() -> None:
    assert [each.code for each in chosen(checks.outbound(), ("D2",))] == ["A0", "D1", "D2", "D3"]


def test_codes_are_unique_and_pairs_are_codes() -> None:
    assert len(set(CODES)) == len(CODES)
    assert {pair for each in checks.outbound() for pair in each.pairs} <= set(CODES)
