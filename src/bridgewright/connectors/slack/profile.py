"""What Slack sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=3.0)
"""No maximum size is published. An empty 200 within 3 s is right for events, commands and views alike."""
