"""The project that engineers are let loose on."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.engineer.loop.ground import Ground, laid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """A shop's repository, its remote and its GitHub."""
    with GitHubSimulator() as simulator, ExitStack() as stack:
        yield laid(tmp_path, simulator, stack)
