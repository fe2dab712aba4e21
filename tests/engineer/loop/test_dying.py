"""A run that is killed, anywhere, comes to one commit and one pull request all the same."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.engineer.loop.dying_runs import killed_and_resumed
from tests.engineer.loop.engineers import BRIEF
from tests.engineer.loop.ground import laid

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
RECORDS = (1, 54, 61, 115, 135, 143, 155)
"""Of those that `make proof NAME=dying` tries one by one: in each phase, in the writing of files,
between the commit and the push, and between the push and the pull request."""


@pytest.mark.parametrize("fatal", RECORDS)
def test_one_commit_and_one_pull_request_come_of_it(tmp_path: Path, fatal: int) -> None:
    with GitHubSimulator() as simulator, ExitStack() as stack:
        death = killed_and_resumed(laid(tmp_path, simulator, stack), BRIEF, fatal)
    assert death.lives == 2, death
