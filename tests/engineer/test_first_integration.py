"""The page that goes from a specification to a pull request, as it stands: each of its commands, in order."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.engineer.delivery.site import Site, cloned
from tests.engineer.programs import programs

PAGE = Path(__file__).parents[2] / "docs" / "first-integration.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def played(site: Site, folder: Path) -> str:
    """Everything that the page's commands print; AssertionError where one fails."""
    script = "\n".join(["set -euo pipefail", *BLOCK.findall(PAGE.read_text("utf-8"))])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=site.clone,
        env={**site.env, "PATH": f"{folder}{os.pathsep}{site.env['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.mark.slow
def test_a_specification_becomes_a_pull_request_that_is_verified(tmp_path: Path) -> None:
    with ExitStack() as stack:
        simulator = GitHubSimulator()
        stack.callback(simulator.close)
        site = cloned(tmp_path, simulator, stack)
        said = played(site, programs(tmp_path))
        [request] = site.requests()
        assert "- [Integration] Customer model lacks phone field needed for Parcels" in said
        assert re.search(r"^resilience\s+kept\s+parcels: gold$", said, re.MULTILINE)
        assert re.search(r"^tests\s+kept\s+parcels: 4 of 4 mutants$", said, re.MULTILINE)
        assert "Closes #7" in request["body"]
        assert site.commits() == ["feat(integration): add Parcels"]
