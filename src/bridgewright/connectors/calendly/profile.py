"""What Calendly sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=15.0)
"""No maximum size is published. Any 2xx is success; 410 deletes the subscription, and is never sent."""
