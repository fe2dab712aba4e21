"""What HubSpot sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=5.0)
"""At most 100 events stand in one delivery; no maximum size is published."""
