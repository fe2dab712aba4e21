"""The page "your first integration test" is run by pytest, as its reader runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faces.plugin.running import ran
from tests.house.pages import program
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs/first-test.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_tests_of_the_page_pass(tmp_path: Path) -> None:
    run = ran(tmp_path, program(PAGE))
    assert run.code == 0, run.said
    assert run.counts() == "2 passed"


def test_the_first_of_them_has_ten_lines() -> None:
    first = program(PAGE).partition("from bridgewright.simulate.manners")[0]
    assert len([line for line in first.splitlines() if line.strip()]) <= 10
