"""The object a user makes, in two views of one runtime: `Bridge` blocks, `AsyncBridge` awaits."""

from bridgewright.bridge.awaited import AsyncBridge
from bridgewright.bridge.views import Bridge

__all__ = ["AsyncBridge", "Bridge"]
