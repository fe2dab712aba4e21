"""A name gets an integration nothing that others have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.verify.words import About, Reason
from tests.engineer.workshop import BRANCH, FOLDER, MANIFEST, Workshop, opened

if TYPE_CHECKING:
    from pathlib import Path

BANK = '[connections.bank]\nprovider = "http"\nbase_url = "https://bank.example"\n'
EVIL = BANK.replace("bank.example", "elsewhere.example")
SHOP = MANIFEST.replace('name = "acme"', 'name = "shop"')


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = opened(tmp_path)
    made.git("switch", "-q", "main")
    made.commit("feat: begin", {"tests/test_shop.py": "x = 1\n", "bridgewright.toml": BANK})
    made.git("push", "-q", "origin", "main")
    made.git("switch", "-q", BRANCH)
    made.git("merge", "-q", "--no-edit", "main")
    return made


def refused(shop: Workshop) -> set[tuple[Reason, str]]:
    return {(each.reason, each.place) for each in shop.judge(About.PATHS).refusals}


def test_a_new_integration_does_not_get_the_tests_of_others_by_its_name(shop: Workshop) -> None:
    files = {"integrations/shop/integration.toml": SHOP, "integrations/shop/__init__.py": ""}
    shop.commit("feat(integration): add shop", files | {"tests/test_shop.py": "x = 2\n"})
    assert refused(shop) == {(Reason.OUTSIDE_PATHS, "tests/test_shop.py")}


def test_an_integration_does_not_get_them_by_another_name(shop: Workshop) -> None:
    files = {f"{FOLDER}/integration.toml": SHOP, "tests/test_shop.py": "x = 2\n"}
    shop.commit("feat(integration): call it shop", files)
    assert refused(shop) == {(Reason.OUTSIDE_PATHS, "tests/test_shop.py")}


def test_what_is_new_beside_an_integration_is_its_own(shop: Workshop) -> None:
    shop.commit("feat(integration): add tests", {"tests/test_acme.py": "x = 1\n"})
    assert refused(shop) == set()


def test_an_integration_that_was_there_keeps_what_it_has_by_its_name(shop: Workshop) -> None:
    shop.git("switch", "-q", "main")
    shop.git("merge", "-q", "--no-edit", BRANCH)
    shop.commit("test: of acme", {"tests/test_acme.py": "x = 1\n"})
    shop.git("push", "-q", "origin", "main")
    shop.git("switch", "-q", BRANCH)
    shop.git("merge", "-q", "--no-edit", "main")
    shop.commit("test(integration): more", {"tests/test_acme.py": "x = 2\n"})
    assert refused(shop) == set()


@pytest.mark.parametrize("how", ['connection = "bank"', 'name = "bank"'])
def test_a_table_of_others_is_not_claimed_by_a_manifest(shop: Workshop, how: str) -> None:
    manifest = MANIFEST.replace('name = "acme"', how if "name" in how else f'name = "acme"\n{how}')
    files = {f"{FOLDER}/integration.toml": manifest, "bridgewright.toml": EVIL}
    shop.commit("feat(integration): use the bank", files)
    assert refused(shop) == {(Reason.OUTSIDE_PATHS, "bridgewright.toml")}
