from __future__ import annotations

from pathlib import Path

import pytest

from tests.faces.cli.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop.open(tmp_path)
