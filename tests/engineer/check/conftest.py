"""Small projects, and what the rules say of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.check.inspection import inspect
from bridgewright.engineer.check.project import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bridgewright.engineer.check.rule import Problem

    Inspect = Callable[..., tuple[Problem, ...]]

TODAY = date(2026, 11, 29)
AROUND = {
    "app/__init__.py": "",
    "integrations/__init__.py": "",
    "integrations/acme/__init__.py": "",
    "integrations/acme/integration.toml": '[integration]\nname = "acme"\nowner = "team-orders"\n',
    "tests/test_acme.py": """import pytest


@pytest.mark.parametrize("fault", ["429", "500", "timeout", "malformed_body"])
def test_create_order_tells_what_went_wrong(acme, fault):
    with pytest.raises(acme.error(fault)):
        acme.play("create_order", fault)
""",
}


@pytest.fixture
def inspected(tmp_path: Path) -> Inspect:
    """What all rules, or some, say of a project with these files and an integration `acme`."""

    def problems(files: Mapping[str, str], *codes: str) -> tuple[Problem, ...]:
        for name, text in {**AROUND, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        found = inspect(read(tmp_path), TODAY).problems
        return tuple(each for each in found if not codes or each.code in codes)

    return problems
