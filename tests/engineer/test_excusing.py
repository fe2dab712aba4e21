"""Work does not excuse itself from rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.verify.excusing import excused
from bridgewright.engineer.verify.words import About, Reason
from tests.engineer.workshop import BRANCH, FOLDER, Workshop, opened, reasons

if TYPE_CHECKING:
    from pathlib import Path

OTHERS = 'x = 1  # bw: ignore[BW102] reason="it ends by itself" until=2099-01-01\n'
OWN = 'y = 1  # bw: ignore[BW101, BW102] reason="it is quick" until=2099-01-01\n'
PATH = f"{FOLDER}/extra.py"


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return opened(tmp_path)


def on_main(shop: Workshop, text: str) -> None:
    """A file that is on the base, which the branch has too."""
    shop.git("switch", "-q", "main")
    shop.commit("feat: begin", {PATH: text})
    shop.git("push", "-q", "origin", "main")
    shop.git("switch", "-q", BRANCH)
    shop.git("merge", "-q", "--no-edit", "main")


def test_an_exemption_that_the_work_makes_is_refused_with_its_line(shop: Workshop) -> None:
    shop.commit("feat(integration): add extra", {PATH: f"z = 0\n{OWN}"})
    [refusal] = excused(shop.work())
    assert (refusal.reason, refusal.place) == (Reason.BROKEN_RULE, f"{PATH}:2")
    assert "BW101, BW102" in refusal.what
    assert reasons(shop.judge(About.RULES)) == {Reason.BROKEN_RULE}


def test_a_person_can_take_it(shop: Workshop) -> None:
    shop.commit("feat(integration): add extra", {PATH: OWN})
    assert reasons(shop.judge(About.RULES, exempt=True)) == set()


def test_one_that_the_base_has_holds_wherever_its_line_goes(shop: Workshop) -> None:
    on_main(shop, OTHERS)
    shop.commit("feat(integration): add extra", {PATH: f"z = 0\n\n{OTHERS.replace('x', 'w')}"})
    assert excused(shop.work()) == ()


def test_one_that_the_base_has_holds_once(shop: Workshop) -> None:
    on_main(shop, OTHERS)
    shop.commit("feat(integration): add extra", {PATH: f"{OTHERS}{OTHERS.replace('x', 'w')}"})
    assert [each.place for each in excused(shop.work())] == [f"{PATH}:2"]


def test_a_text_that_speaks_of_one_and_a_broken_module_have_none(shop: Workshop) -> None:
    quoted = f"text = {OWN!r}\n"
    shop.commit("feat(integration): add extra", {PATH: quoted, f"{FOLDER}/broken.py": "x = (\n"})
    assert excused(shop.work()) == ()
