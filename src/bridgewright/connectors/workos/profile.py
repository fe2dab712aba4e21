"""What WorkOS sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile()
"""Neither a maximum size nor a deadline was found in what was read."""
