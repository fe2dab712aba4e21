"""What every contract's test leaves behind: nothing; and a PostgreSQL for those that want one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.cluster import Cluster, running
from tests.contracts.loopback import hang_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.secret import Secret


@pytest.fixture(autouse=True)
def no_connection_is_left() -> Iterator[None]:
    yield
    hang_up()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of this module's own."""
    yield from running()


@pytest.fixture
def url(cluster: Cluster) -> Secret:
    """How to connect to a new, empty database."""
    return cluster.database()
