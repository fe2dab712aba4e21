"""What Zoom sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=3.0)
"""No maximum size is published. 200 or 204 within 3 s is success."""
