"""The SQL of the SQLite store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.adapters.stores import statements as named

if TYPE_CHECKING:
    from collections.abc import Mapping


def statements() -> Mapping[str, str]:
    """Every named statement of this store."""
    return named.statements(__package__)


def migrations() -> tuple[tuple[int, str, str], ...]:
    """Every migration in order: number, name, SQL."""
    return named.migrations(__package__)
