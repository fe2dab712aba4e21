"""Which faults tests try with an operation, and what recordings must not hold."""

from __future__ import annotations

import ast
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.check.trials import faults, recordings
from proofs.check.tokens import filled

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {"429": "429", "a 5xx": "503", "a timeout": "timeout", "a malformed body": "malformed"}


@given(st.sets(st.sampled_from(sorted(WORDS))))
def test_the_faults_that_are_missing_are_those_that_no_test_tries(tried: set[str]) -> None:
    text = "\n".join(
        f"def test_order_{number}(acme):\n    acme.play('order', {WORDS[fault]!r})\n"
        for number, fault in enumerate(sorted(tried))
    )
    found = list(faults.tests(ast.parse(text)))
    assert set(faults.untried("order", ["order"], found)) == set(WORDS) - tried


@pytest.mark.parametrize(
    "text",
    [
        "FAULTS = [429, 500, 'timeout', 'truncated']\n@parametrize('f', FAULTS)\ndef test_order(f): ...\n",
        "def faults():\n    return 429, 500, 'timeout', 'garbage'\ndef test_it():\n    f(order, faults())\n",
        "def test_order(acme):\n    play(RetryLater, ServerError, hanging, not_json)\n",
        "class TestOrder:\n    def test_order(self):\n        play(429, 502, 'no_answer', 'cut_off')\n",
    ],
)
def test_constants_and_functions_that_a_test_uses_are_part_of_it(text: str) -> None:
    found = list(faults.tests(ast.parse(text)))
    assert faults.untried("order", ["order"], found) == ()


@pytest.mark.parametrize(
    "text",
    [
        "def test_order(acme):\n    '''Says 429, 500, timeout and malformed, and tries none.'''\n",
        "# 429 500 timeout malformed\ndef test_order(acme): ...\n",
        "def test_cancel_order():\n    play(429, 500, 'timeout', 'malformed')\n",
        "FAULTS = [429, 500, 'timeout', 'malformed']\ndef test_order(): ...\n",
    ],
)
def test_a_test_that_only_speaks_of_faults_tries_none(text: str) -> None:
    found = list(faults.tests(ast.parse(text)))
    assert len(faults.untried("order", ["order", "cancel_order"], found)) == 4


@pytest.mark.parametrize("kind", ["stripe", "github", "slack", "sendgrid", "akia", "pem", "whsec"])
def test_a_recorded_secret_is_found_whatever_surrounds_it(tmp_path: Path, kind: str) -> None:
    for name in ("a.json", "a.yaml", "a.txt"):
        path = tmp_path / name
        secret = filled(f"<<{kind}>>", str(random.Random(name).random()))
        path.write_text('{"id": 17}\n' + f'{{"note": "{secret}"}}\n', "utf-8")
        lines = {line for line, _ in recordings.leaks(path)}
        assert lines == {2}


@given(number=st.from_regex(r"\+1500555[0-9]{4}|\+447700900[0-9]{3}", fullmatch=True))
def test_numbers_for_fiction_are_nobodys(number: str) -> None:
    assert list(recordings.persons(f'{{"phone": "{number}"}}')) == []


@given(number=st.from_regex(r"\+4915[0-9]{9}", fullmatch=True))
def test_other_numbers_may_be_somebodys(number: str) -> None:
    assert len(list(recordings.persons(f'{{"phone": "{number}"}}'))) == 1


def test_a_file_that_is_no_text_is_looked_at_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe" + filled("<<stripe>>", "x").encode() + b"\n")
    assert [line for line, _ in recordings.leaks(path)] == [1]
