"""What Telegram sends to bots and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile()
"""Neither a maximum size nor a deadline is published. Any 2xx is success."""
