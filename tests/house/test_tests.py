"""Our tests are written as the house wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.house import tests_of, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Plant = Callable[[str, str], Path]


def test_our_own_tests_keep_the_rules() -> None:
    findings = tests_of.unmannerly(tree.ROOT)
    assert tree.settled(findings, tree.exceptions(), *tests_of.RULES) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("from unittest.mock import Mock\n", "patching"),
        ("import mock\n", "patching"),
        ("def test_a_thing_of_note(monkeypatch): ...\n", "patching"),
        ("import time\ntime.sleep(1)\n", "sleep"),
        ("from time import sleep\n", "sleep"),
        ("async def f():\n    await asyncio.sleep(0.1)\n", "sleep"),
        ("def test_store(): ...\n", "sentence"),
        ("class TestStore:\n    def test_it_works(self): ...\n", "sentence"),
    ],
)
def test_an_unmannerly_test_is_seen(plant: Plant, text: str, rule: str) -> None:
    found = list(tests_of.unmannerly(plant("/tests/test_x.py", text)))
    assert [each.rule for each in found] == [rule]


def test_giving_others_a_turn_is_not_sleeping(plant: Plant) -> None:
    text = "async def test_others_get_a_turn():\n    await asyncio.sleep(0)\n"
    assert list(tests_of.unmannerly(plant("/tests/test_x.py", text))) == []
