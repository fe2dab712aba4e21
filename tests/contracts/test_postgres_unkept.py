"""What a store in PostgreSQL does not keep yet is refused, and never taken and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import Bridge, ConfigurationError, Refused, Secret
from bridgewright.bridge.unkept import OF_SOURCES
from bridgewright.settings import Settings, SourceSettings, StoreSettings
from tests.contracts.cluster import Cluster, running

if TYPE_CHECKING:
    from collections.abc import Iterator

SOMETHING: dict[str, Any] = {
    "order": "connector",
    "order_after_death": "pass",
    "stale": "skip",
    "resource": "data.object.id",
    "priority": "high",
    "high_types": "invoice.*",
    "concurrency": 1,
    "rate_per_s": 1.0,
    "retention_days": 1.0,
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


def settings(url: Secret | None, **values: Any) -> Settings:
    source = SourceSettings("stripe", secrets=(Secret("whsec_x"),), **values)
    return Settings(store=StoreSettings(url=url), sources=(source,))


def test_every_such_setting_is_tried_here() -> None:
    assert set(SOMETHING) == OF_SOURCES


@pytest.mark.parametrize("key", sorted(SOMETHING))
def test_a_setting_that_is_not_kept_is_refused_at_the_start(key: str) -> None:
    url = Secret("postgresql://app@127.0.0.1/shop")
    with pytest.raises(ConfigurationError, match=key):
        Bridge(settings(url, **{key: SOMETHING[key]}))
    Bridge(settings(url)).close()


def test_a_handlers_own_bounds_are_refused_as_well() -> None:
    bridge = Bridge(settings(Secret("postgresql://app@127.0.0.1/shop")))
    with pytest.raises(ConfigurationError, match="concurrency"):
        bridge.on("stripe", concurrency=1)
    bridge.close()


def test_a_command_that_is_not_kept_is_refused_and_costs_the_others_nothing(
    cluster: Cluster,
) -> None:
    bridge = Bridge(settings(cluster.database()))
    bridge.migrate()
    with pytest.raises(Refused, match="SQLite"):
        bridge.pause("stripe", reason="moving", actor="ann")
    with pytest.raises(Refused, match="SQLite"):
        bridge.pauses()
    assert bridge.events() == ()
    bridge.close()
