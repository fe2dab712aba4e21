"""The project that is delivered from."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.engineer.delivery.site import Site, founded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A remote, a clone with work to deliver, and the simulated GitHub."""
    with GitHubSimulator() as simulator, ExitStack() as stack:
        yield founded(tmp_path, simulator, stack)
