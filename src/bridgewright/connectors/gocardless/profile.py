"""What GoCardless sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile()
"""At most 250 events stand in one delivery. No maximum size or deadline was found in what was read."""
