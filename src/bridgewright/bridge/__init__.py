"""The object a user makes, in two views of one runtime: `Bridge` blocks, `AsyncBridge` awaits."""

from bridgewright.bridge.views import AsyncBridge, Bridge

__all__ = ["AsyncBridge", "Bridge"]
