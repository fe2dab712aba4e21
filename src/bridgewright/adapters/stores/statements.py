"""SQL by name: the statements of a store live in its `sql/*.sql`, each with its name and a sentence."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(package: str) -> Mapping[str, str]:
    """Every named statement of the store in `package`, read once."""
    found: dict[str, str] = {}
    for file in sorted((resources.files(package) / "sql").iterdir(), key=lambda f: f.name):
        parts = _NAME.split(file.read_text("utf-8"))[1:]
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            lines = [line for line in text.splitlines() if not line.startswith("--")]
            found[name] = "\n".join(lines).strip()
    return MappingProxyType(found)


@cache
def migrations(package: str) -> tuple[tuple[int, str, str], ...]:
    """Every migration of the store in `package`, in order: number, name, SQL."""
    folder = resources.files(package) / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(
        (int(f.name[:4]), f.name.removesuffix(".sql"), f.read_text("utf-8")) for f in files
    )
