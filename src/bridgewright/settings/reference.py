"""All settings in one list: table, key, variable, bounds, default, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.settings.control import ConnectorSettings
from bridgewright.settings.described import Described, Kind, Setting, described
from bridgewright.settings.forwarding import ForwardSettings
from bridgewright.settings.gates import GatesSettings
from bridgewright.settings.outbound import ConnectionSettings
from bridgewright.settings.source import SourceSettings
from bridgewright.settings.store import StoreSettings
from bridgewright.settings.values import (
    InboxSettings,
    ServeSettings,
    WorkSettings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.settings.located import Key

PREFIX = "BRIDGEWRIGHT_"
CONFIG = "BRIDGEWRIGHT_CONFIG"
_MODEL = "BRIDGEWRIGHT_MODEL"
MODEL_VARIABLES = (
    _MODEL,
    *(f"{_MODEL}_{of}" for of in ("URL", "KEY", "DIALECT", "PRICES", "PROXY", "CA_FILE")),
)
"""Which language model the wright asks, and how: read by it alone, and only from the environment."""
NOT_SETTINGS = frozenset({CONFIG, "BRIDGEWRIGHT_DEMO", *MODEL_VARIABLES})
"""Variables of ours that fill no setting: which file is read, how `make run` plays the demo, and which
model the wright asks."""

FIXED_TABLES: dict[str, type] = {
    "store": StoreSettings,
    "work": WorkSettings,
    "serve": ServeSettings,
    "inbox": InboxSettings,
    "gates": GatesSettings,
}
SOURCES = "sources"
FORWARD = "forward"
CONNECTIONS = "connections"
CONNECTORS = "connectors"
SECRETS = "secrets"
OPTIONS = "options"
_ANY_NAME = "NAME"
_ANY_KEY = "KEY"


@dataclass(frozen=True, slots=True)
class NamedTables:
    """Tables that users name: their kind, the tables inside, and those whose keys are free."""

    kind: type
    inside: Mapping[str, type] = field(default_factory=dict)
    free: Mapping[str, Setting] = field(default_factory=dict)


NAMED_TABLES = {
    SOURCES: NamedTables(
        SourceSettings,
        inside={FORWARD: ForwardSettings},
        free={
            OPTIONS: Setting(
                Kind.TEXT,
                "An option of the provider's webhooks; the catalogue lists them. Secret ones by"
                " reference.",
                default_text="none",
                example="env:META_VERIFY_TOKEN",
            ),
        },
    ),
    CONNECTORS: NamedTables(ConnectorSettings),
    CONNECTIONS: NamedTables(
        ConnectionSettings,
        free={
            SECRETS: Setting(
                Kind.SECRETS,
                "A credential by reference; the provider's page lists their names.",
                default_text="the provider's own variable",
                example="env:STRIPE_SECRET_KEY",
            ),
            OPTIONS: Setting(
                Kind.TEXT,
                "An option of the provider; its page lists them.",
                default_text="none",
                example="eu-west-1",
            ),
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, and where it stands: `table` is `work`, `sources.NAME` and so on."""

    table: str
    described: Described
    variable: str


def rows() -> tuple[Row, ...]:
    """Every setting, in the order of the reference."""
    tables: list[tuple[Key, type]] = [((name,), kind) for name, kind in FIXED_TABLES.items()]
    rest: list[Row] = []
    for name, named in NAMED_TABLES.items():
        tables.append(((name, _ANY_NAME), named.kind))
        tables += [((name, _ANY_NAME, below), kind) for below, kind in named.inside.items()]
        rest += [
            Row(
                f"{name}.{_ANY_NAME}.{below}",
                free_key(_ANY_KEY, one),
                variable((name, _ANY_NAME, below, _ANY_KEY)),
            )
            for below, one in named.free.items()
        ]
    found = [
        Row(".".join(table), one, variable((*table, one.key)))
        for table, kind in tables
        for one in described(kind)
    ]
    return (*found, *rest)


def free_key(key: str, one: Setting) -> Described:
    """A key that users name, in a table whose keys are free."""
    return Described(key, one, None)


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
