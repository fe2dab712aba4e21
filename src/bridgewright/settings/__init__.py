"""File and environment → one frozen value; what is wrong is refused before anything starts."""

from __future__ import annotations

from bridgewright.settings.control import ConnectorSettings
from bridgewright.settings.forwarding import ForwardSettings
from bridgewright.settings.loading import Examined, examine, load
from bridgewright.settings.source import SourceSettings
from bridgewright.settings.store import StoreSettings
from bridgewright.settings.values import (
    InboxSettings,
    ServeSettings,
    Settings,
    WorkSettings,
)

__all__ = [
    "ConnectorSettings",
    "Examined",
    "ForwardSettings",
    "InboxSettings",
    "ServeSettings",
    "Settings",
    "SourceSettings",
    "StoreSettings",
    "WorkSettings",
    "examine",
    "load",
]
