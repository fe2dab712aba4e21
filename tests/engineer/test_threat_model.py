"""What the page of threats says is shown by tests that are there."""

from __future__ import annotations

import ast
import re

from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
TABLES = re.findall(r"\| What is tried .*\n\|---.*\n((?:\|.*\n)+)", PAGE)
SHOWN = re.compile(r"\| `([\w/]+\.py)::(test_\w+)` \|")


def test_each_claim_names_a_test_that_is_there() -> None:
    claims = [row for table in TABLES for row in table.splitlines()]
    assert len(claims) > len(TABLES) > 3
    for claim in claims:
        shown = SHOWN.search(claim)
        assert shown is not None, claim
        syntax = ast.parse((ROOT / "tests" / "engineer" / shown[1]).read_text("utf-8"))
        there = {each.name for each in syntax.body if isinstance(each, ast.FunctionDef)}
        assert shown[2] in there, claim
