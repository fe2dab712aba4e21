"""What `connect`, `http` and `attach` refuse, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from bridgewright import Bridge
from bridgewright.core.errors import ConfigurationError
from bridgewright.settings import Settings
from bridgewright.settings.outbound import ConnectionSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    made = Bridge(Settings())
    yield made
    made.close()


@pytest.mark.parametrize("provider", ["stripe", "aws"])
def test_a_plain_client_cannot_take_the_name_of_a_provider_with_an_sdk(
    bridge: Bridge, provider: str
) -> None:
    with pytest.raises(ConfigurationError, match="use connect, or another name"):
        bridge.http(provider, base_url="https://api.acme.example")


def test_an_unknown_name_is_told_how_to_reach_an_api_without_an_sdk(bridge: Bridge) -> None:
    with pytest.raises(ConfigurationError, match=r"bridge\.http") as caught:
        bridge.connect("acme")
    assert "standard" not in str(caught.value)  # it makes no calls


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    settings = ConnectionSettings("acme", provider="http", ca_file=path)
    bridge = Bridge(Settings(connections=(settings,)))
    with pytest.raises(ConfigurationError, match=r"connection acme: ca_file .*ca\.pem"):
        bridge.http("acme", base_url="https://api.acme.example")
    bridge.close()


def test_what_cannot_be_attached_is_named_by_its_class_and_never_shown(bridge: Bridge) -> None:
    with pytest.raises(ConfigurationError, match="the module boto3 is nothing"):
        bridge.attach(boto3)
    with pytest.raises(ConfigurationError, match="an object of class str") as caught:
        bridge.attach("sk_live_canary")
    assert "canary" not in str(caught.value)
