"""The commit that would be made, beside the branch: what it has, and that nothing else knows of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.delivery.branch import synchronised
from bridgewright.engineer.delivery.candidate import candidate
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.journey import deliver
from bridgewright.engineer.delivery.message import message
from tests.engineer.delivery.site import COURSE, PLACE

if TYPE_CHECKING:
    from tests.engineer.delivery.site import Site

pytestmark = pytest.mark.slow
TOKEN = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"


def state(site: Site) -> tuple[str, str, str]:
    """Refs, what is staged, and what is not."""
    return (
        site.run("for-each-ref"),
        site.run("diff", "--cached", "--name-only"),
        site.run("status", "--porcelain"),
    )


def test_it_is_what_a_delivery_then_commits_and_nothing_knows_of_it(site: Site) -> None:
    synchronised(site.git, COURSE)
    site.write("elsewhere.txt", "left alone")
    before = state(site)
    sha = candidate(site.git, site.order())
    assert state(site) == before
    done = deliver(site.git, site.hub(), PLACE, site.order())
    assert site.run("rev-parse", f"{sha}^{{tree}}") == site.run("rev-parse", f"{done.sha}^{{tree}}")
    assert site.run("log", "-1", "--format=%B", sha) == site.run(
        "log", "-1", "--format=%B", done.sha
    )
    assert "elsewhere.txt" not in site.run("ls-tree", "-r", "--name-only", sha)


def test_where_nothing_is_changed_it_is_the_branch_itself(site: Site) -> None:
    done = deliver(site.git, site.hub(), PLACE, site.order())
    assert candidate(site.git, site.order()) == done.sha


def test_what_is_deleted_is_not_in_it(site: Site) -> None:
    deliver(site.git, site.hub(), PLACE, site.order())
    (site.clone / "integrations/acme/__init__.py").unlink()
    listed = site.run("ls-tree", "-r", "--name-only", candidate(site.git, site.order()))
    assert "integrations/acme/integration.toml" in listed
    assert "integrations/acme/__init__.py" not in listed


def test_a_secret_makes_none(site: Site) -> None:
    synchronised(site.git, COURSE)
    site.write("integrations/acme/keys.py", f"KEY = {TOKEN!r}\n")
    before = state(site)
    with pytest.raises(DeliveryError) as caught:
        candidate(site.git, site.order())
    assert caught.value.end is End.LEAKED
    assert caught.value.places == ("integrations/acme/keys.py:1",)
    assert state(site) == before
    spoken = replace(site.order(), message=message("feat", "integration", f"add {TOKEN}"))
    with pytest.raises(DeliveryError, match="message of the commit"):
        candidate(site.git, spoken)
