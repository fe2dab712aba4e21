"""What only the store in SQLite keeps so far, refused at the start: ignored, it would be a promise that is
broken without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.settings.described import described
from bridgewright.settings.source import SourceSettings

if TYPE_CHECKING:
    from bridgewright.settings import Settings

OF_SOURCES = frozenset(
    {
        "order",
        "order_after_death",
        "stale",
        "resource",
        "priority",
        "high_types",
        "concurrency",
        "rate_per_s",
        "retention_days",
    }
)
_REMEDY = "leave it out, or keep the items in SQLite"


def refuse_unkept(settings: Settings) -> None:
    """`ConfigurationError` for settings that a store in PostgreSQL does not keep yet."""
    if settings.store.url is None:
        return
    defaults = {one.key: one.default for one in described(SourceSettings)}
    for source in settings.sources:
        meant = sorted(key for key in OF_SOURCES if getattr(source, key) != defaults[key])
        if meant:
            raise unkept(f"{', '.join(meant)} of source {source.name!r}")
    for connector in settings.connectors:
        raise unkept(f"the bounds of connector {connector.name!r}")


def unkept(what: str) -> ConfigurationError:
    """The error for one of them."""
    problem = f"{what}: not kept yet by a store in PostgreSQL"
    return ConfigurationError(problem, remedy=_REMEDY)
