"""Killed before and after every step and run again: one commit, one pull request."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.delivery.journey import deliver
from bridgewright.engineer.delivery.words import Edge, Step
from tests.engineer.delivery.site import PLACE, order_of

if TYPE_CHECKING:
    from tests.engineer.delivery.site import Site

ROOT = str(Path(__file__).parents[3])
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("gh") is None, reason="gh is not installed"),
]
POINTS = tuple(
    (number, f"{edge.value} {step.value}")
    for number, (step, edge) in enumerate(
        ((step, edge) for step in Step for edge in (Edge.BEFORE, Edge.AFTER)), start=1
    )
)
each_point = pytest.mark.parametrize(("number", "point"), POINTS, ids=[each[1] for each in POINTS])


def killed(site: Site, number: int, *, recreate: bool = False) -> str:
    """Where it was when it was killed."""
    words = [str(site.clone), str(number), "yes" if recreate else "no"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.engineer.delivery.dying", *words],
        cwd=site.folder,
        env={**site.env, "PYTHONPATH": os.pathsep.join((ROOT, site.env["PYTHONPATH"]))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout


@each_point
def test_a_first_delivery_is_carried_on_by_the_next_run(
    site: Site, number: int, point: str
) -> None:
    site.on_main("app.py", "x = 1\n")
    assert killed(site, number) == point
    done = deliver(site.git, site.hub("gh"), PLACE, order_of())
    assert site.commits() == ["feat(integration): add Acme"]
    assert site.tip() == done.sha == site.run("rev-parse", "HEAD")
    assert [each["number"] for each in site.requests()] == [1]
    again = deliver(site.git, site.hub("gh"), PLACE, order_of())
    assert (again.committed, again.pushed, again.request) == (False, False, "kept")


@each_point
def test_a_delivery_on_a_branch_put_back_is_carried_on_by_the_next_run(
    site: Site, number: int, point: str
) -> None:
    deliver(site.git, site.hub("gh"), PLACE, order_of())
    site.squash()
    site.write("integrations/acme/client.py", "x = 1\n")
    assert killed(site, number, recreate=True) == point
    done = deliver(site.git, site.hub("gh"), PLACE, order_of(recreate=True))
    assert site.commits() == ["feat(integration): add Acme"]
    assert site.tip() == done.sha == site.run("rev-parse", "HEAD")
    assert [each["number"] for each in site.requests()] == [1, 2]
    assert (site.clone / "integrations/acme/client.py").exists()
