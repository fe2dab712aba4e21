"""The SQL of the PostgreSQL store."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from bridgewright.adapters.stores import statements as named

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def statements() -> Mapping[str, bytes]:
    """Every named statement of this store, in the form psycopg takes without asking where it is from."""
    found = named.statements(__package__)
    return MappingProxyType({name: text.encode() for name, text in found.items()})


def join_statements() -> Mapping[str, str]:
    """The statements that run on a user's own connection."""
    found = named.statements(__package__)
    return {name: text for name, text in found.items() if name.startswith("join_")}


def migrations() -> tuple[tuple[int, str, str], ...]:
    """Every half of a migration in order: number, name (`0001_first.pre`), SQL."""
    return named.migrations(__package__)
