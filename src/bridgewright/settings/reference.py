"""All settings in one list: table, key, variable, bounds, default, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.settings.described import Described, described
from bridgewright.settings.values import (
    ForwardSettings,
    ServeSettings,
    SourceSettings,
    StoreSettings,
    WorkSettings,
)

if TYPE_CHECKING:
    from bridgewright.settings.located import Key

PREFIX = "BRIDGEWRIGHT_"
CONFIG = "BRIDGEWRIGHT_CONFIG"
NOT_SETTINGS = frozenset({CONFIG, "BRIDGEWRIGHT_DEMO"})
"""Variables of ours that fill no setting: which file is read, and how `make run` plays the demo."""

FIXED_TABLES: dict[str, type] = {
    "store": StoreSettings,
    "work": WorkSettings,
    "serve": ServeSettings,
}
SOURCES = "sources"
FORWARD = "forward"
_ANY_NAME = "NAME"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, and where it stands: `table` is `work`, `sources.NAME` and so on."""

    table: str
    described: Described
    variable: str


def rows() -> tuple[Row, ...]:
    """Every setting, in the order of the reference."""
    tables: list[tuple[Key, type]] = [((name,), kind) for name, kind in FIXED_TABLES.items()]
    tables.append(((SOURCES, _ANY_NAME), SourceSettings))
    tables.append(((SOURCES, _ANY_NAME, FORWARD), ForwardSettings))
    return tuple(
        Row(".".join(table), one, variable((*table, one.key)))
        for table, kind in tables
        for one in described(kind)
    )


def keys(value_type: type) -> dict[str, Described]:
    """The settings of one table by the keys a file may use for them."""
    found = {}
    for one in described(value_type):
        found[one.key] = one
        if one.setting.also is not None:
            found[one.setting.also] = one
    return found


def variable(key: Key) -> str:
    """The environment variable that fills the setting `key`, and wins over a file."""
    if key == ("store", "path"):
        return f"{PREFIX}STORE"
    return PREFIX + as_variable("_".join(key))


def as_variable(name: str) -> str:
    """A name as part of a variable."""
    return name.upper().replace("-", "_")
