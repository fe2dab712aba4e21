"""Named parameters, `:name`, as drivers take them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMED = re.compile(r"(?<!:):(\w+)")


def pyformat(sql: str) -> str:
    """As psycopg and Django take them: `%(name)s`."""
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


def numbered(sql: str, values: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """As asyncpg takes them: `$1`, and the values in that order; each name has one number."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    text = _NAMED.sub(number, sql)
    return text, tuple(values[name] for name in names)
