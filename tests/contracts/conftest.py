"""What every contract's test leaves behind: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.loopback import hang_up

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_connection_is_left() -> Iterator[None]:
    yield
    hang_up()
