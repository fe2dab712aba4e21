from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def plant(tmp_path: Path) -> Callable[..., Path]:
    """Makes a small tree: `plant("core/a.py", "text")` is a module of the package in it, a path that
    begins with `/` is anywhere in the tree. Returns the root."""

    def grow(path: str, text: str) -> Path:
        place = tmp_path / (path[1:] if path.startswith("/") else f"src/bridgewright/{path}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return tmp_path

    return grow
