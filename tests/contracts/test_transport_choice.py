"""Which transport a connection gets: what its settings name, else what its connector prefers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bridgewright.adapters.transports.aiohttp import AiohttpTransport
from bridgewright.bridge.carrying import loop_transport
from bridgewright.settings.outbound import ConnectionSettings

WITHOUT_AIOHTTP = """
import sys
sys.modules["aiohttp"] = None
from bridgewright.bridge.carrying import loop_transport
from bridgewright.core.errors import ConfigurationError
from bridgewright.settings.outbound import ConnectionSettings
print(loop_transport("aiohttp", ConnectionSettings("twilio")))
try:
    loop_transport("aiohttp", ConnectionSettings("twilio", async_transport="aiohttp"))
except ConfigurationError as error:
    print(error)
"""


def test_aiohttp_is_there_for_event_loops() -> None:
    assert isinstance(loop_transport("aiohttp", ConnectionSettings("twilio")), AiohttpTransport)


@pytest.mark.slow
def test_without_aiohttp_a_preference_gives_way_and_a_setting_is_a_mistake() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_AIOHTTP], capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith("AsyncHttpx2Transport()\n")
    assert "pip install 'bridgewright[aiohttp]'" in ran.stdout
