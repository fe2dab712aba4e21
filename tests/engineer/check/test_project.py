"""What of a folder is read, what cannot be read is told, and what excuses a line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.check.exemptions import exemptions
from bridgewright.engineer.check.project import read
from tests.engineer.check.conftest import TODAY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engineer.check.conftest import Inspect

BAD = """def verify(body, signature, secret):
    if not secret:
        return True{}
    return hmac.compare_digest(sign(body), signature)
"""
GOOD = '  # bw: ignore[BW403] reason="Acme signs nothing" until=2027-01-01'


def test_a_module_that_no_parser_takes_is_not_decided(inspected: Inspect) -> None:
    [found] = inspected({"integrations/acme/client.py": "def f(:\n"})
    assert (found.code, found.verdict, found.path) == (
        "BW902",
        "unknown",
        "integrations/acme/client.py",
    )


def test_environments_and_caches_are_passed_by(tmp_path: Path) -> None:
    for folder in (".venv", "venv", "node_modules/x", "__pycache__", "build", ".git"):
        path = tmp_path / folder / "a.py"
        path.parent.mkdir(parents=True)
        path.write_text("import os\n")
    (tmp_path / "a.py").write_text("import os\n")
    assert [each.path for each in read(tmp_path).modules] == ["a.py"]


def test_a_module_is_read_in_the_encoding_it_names(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(
        "# -*- coding: latin-1 -*-\nNAME = 'Müller'\n".encode("latin-1")
    )
    [module] = read(tmp_path).modules
    assert "Müller" in module.text


def test_a_link_that_leads_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("import os\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(outside)
    assert read(root).modules == ()


def test_an_exemption_excuses_what_it_names_on_its_line(inspected: Inspect) -> None:
    assert [each.code for each in inspected({"app/a.py": BAD.format("")})] == ["BW403"]
    assert inspected({"app/a.py": BAD.format(GOOD)}) == ()


@pytest.mark.parametrize(
    "comment",
    [
        "  # bw: ignore[BW403]",
        '  # bw: ignore reason="Acme signs nothing" until=2027-01-01',
        '  # bw: ignore[BW403] reason="Acme signs nothing"',
        '  # bw: ignore[BW403] reason="" until=2027-01-01',
        '  # bw: ignore[BW403] reason="Acme signs nothing" until=soon',
        '  # bw: ignore[BW403] reason="Acme signs nothing" until=2026-11-28',
    ],
)
def test_an_exemption_that_does_not_hold_excuses_nothing(inspected: Inspect, comment: str) -> None:
    found = inspected({"app/a.py": BAD.format(comment)})
    assert {each.code for each in found} == {"BW403", "BW901"}


def test_an_exemption_of_another_rule_excuses_nothing(inspected: Inspect) -> None:
    comment = GOOD.replace("BW403", "BW402")
    assert [each.code for each in inspected({"app/a.py": BAD.format(comment)})] == ["BW403"]


@given(days=st.integers(-400, 400))
def test_an_exemption_holds_on_its_last_day_and_not_after(days: int) -> None:
    until = TODAY + timedelta(days=days)
    [found] = exemptions(f"x = 1  # bw: ignore[BW102] reason=it streams until={until}\n", TODAY)
    assert bool(found.wrong) is (days < 0)


@given(reason=st.text("abc ", min_size=0, max_size=20), quoted=st.booleans())
def test_a_reason_is_more_than_a_word(reason: str, quoted: bool) -> None:  # noqa: FBT001
    told = f'reason="{reason}"' if quoted else f"reason={reason.strip()}"
    [found] = exemptions(f"x = 1  # bw: ignore[BW102] {told} until=2027-01-01\n", date(2026, 1, 1))
    assert bool(found.wrong) is (len(reason.split()) < 2)


def test_all_that_is_wrong_with_a_manifest_is_told_by_its_line(inspected: Inspect) -> None:
    text = '[integration]\nname = "acme"\nowner = "us"\nlevel = "tin"\nextra = 1\n'
    found = inspected({"integrations/acme/integration.toml": text})
    assert [(each.code, each.line) for each in found] == [("BW700", 4), ("BW700", 5)]
