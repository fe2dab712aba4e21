"""Tests that can fail do fail, for each careless change; tests that cannot are found out."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.verify.mutation.mutants import Carelessness, Subject, mutants, same
from bridgewright.engineer.verify.words import About, Reason, Standing
from tests.engineer.workshop import CLIENT, FOLDER, FORGIVING, KEPT, TESTS, opened, reasons

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.verify.words import Outcome

SUBJECT = Subject(
    "client.py",
    frozenset({"create_order", "read_order"}),
    frozenset({"create_order"}),
    ("ACME_TOKEN",),
)


def kinds(text: str) -> list[tuple[Carelessness, int]]:
    return [(each.kind, each.line) for each in mutants(text.encode(), SUBJECT)]


def test_each_carelessness_is_done_where_it_can_be() -> None:
    found = kinds(CLIENT)
    assert {kind for kind, _ in found} == set(Carelessness)
    lines = CLIENT.splitlines()
    for kind, line in found:
        if kind is Carelessness.NO_TIMEOUT:
            assert "timeout=" in lines[line - 1]
        if kind is Carelessness.RETRIED_POST:
            assert "create_order" in lines[line - 1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("async def f():\n    async with asyncio.timeout(3):\n        pass", "timeout(None)"),
        ("verify(body)", "True"),
        ("if not compare_digest(a, b):\n    pass", "if not True"),
        (
            "event = stripe.Webhook.construct_event(body, s, k)",
            "event = __import__('json').loads(body)",
        ),
        ("get(url, timeout=timeout)", "get(url)"),
        ("async def create_order(api_key):\n    return await x(api_key)", "warning('%s', ["),
        ("async def create_order():\n    return await x()", "return await x()"),
    ],
)
def test_a_mutant_is_python_that_says_what_was_done(text: str, wanted: str) -> None:
    found = mutants(text.encode(), SUBJECT)
    assert found
    assert any(wanted in each.text for each in found)
    for each in found:
        ast.parse(each.text)
        assert each.text != same(text.encode())


@pytest.mark.parametrize("text", ["", "def (", "x = 1", "def other():\n    return 1"])
def test_where_there_is_nothing_to_spoil_nothing_is(text: str) -> None:
    assert kinds(text) == []


def test_a_generator_is_not_wrapped_in_a_loop() -> None:
    assert kinds("def create_order():\n    yield 1") == []


def judged(folder: Path, **files: str) -> tuple[set[Reason], Outcome]:
    given: dict[str, str | bytes] = {
        **KEPT,
        **{f"{FOLDER}/{name}": text for name, text in files.items()},
    }
    found = opened(folder, given).judge(About.TESTS)
    return reasons(found), found.outcomes[0]


@pytest.mark.slow
def test_tests_that_notice_everything_are_kept(tmp_path: Path) -> None:
    found, outcome = judged(tmp_path)
    assert found == set(), outcome.refusals
    made = len(kinds(CLIENT))
    assert outcome.told == f"acme: {made} of {made} mutants"


@pytest.mark.slow
def test_tests_are_refused_for_what_they_miss_and_for_nothing_else(tmp_path: Path) -> None:
    spoilt = TESTS
    for name in ("stalled", "forged"):
        spoilt = spoilt.replace(f"def test_{name}", f"def not_{name}")
    for line in ("    assert len(Acme.seen) == 1\n", '    assert "canary" not in caplog.text\n'):
        assert line in spoilt
        spoilt = spoilt.replace(line, "")
    found, outcome = judged(tmp_path, **{"tests/test_client.py": spoilt})
    assert found == {Reason.TESTS_CANNOT_FAIL}
    missed = {each.what.partition("although we ")[2] for each in outcome.refusals}
    assert missed == set(Carelessness) - {Carelessness.SWALLOWED}


@pytest.mark.slow
def test_tests_that_cannot_fail_are_refused_for_every_mutant(tmp_path: Path) -> None:
    found, outcome = judged(tmp_path, **{"tests/test_client.py": FORGIVING})
    assert found == {Reason.TESTS_CANNOT_FAIL}
    assert len(outcome.refusals) == len(kinds(CLIENT))
    assert all(each.place.startswith(f"{FOLDER}/client.py:") for each in outcome.refusals)


@pytest.mark.slow
def test_tests_that_fail_as_things_are_say_nothing_of_mutants(tmp_path: Path) -> None:
    text = "def test_nothing_works():\n    raise AssertionError('it is broken')\n"
    found, outcome = judged(tmp_path, **{"tests/test_client.py": text})
    assert found == {Reason.FAILING_TESTS}
    assert "it is broken" in outcome.refusals[0].what


def test_an_integration_without_tests_is_refused(tmp_path: Path) -> None:
    files = {name: text for name, text in KEPT.items() if "/tests/" not in name}
    found = opened(tmp_path, files).judge(About.TESTS)
    assert reasons(found) == {Reason.TESTS_CANNOT_FAIL}


@pytest.mark.slow
def test_operations_that_no_function_is_called_after_are_undecided(tmp_path: Path) -> None:
    found, outcome = judged(
        tmp_path,
        **{
            "client.py": "def make(address):\n    return 1\n",
            "tests/test_client.py": "def test_it():\n    pass\n",
        },
    )
    assert (found, outcome.standing) == (set(), Standing.UNDECIDED)
