"""What Microsoft Graph sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(accepted=Answer(202), deadline_s=3.0)
"""No maximum size is published. What is no 2xx within 3 s is sent again for up to 4 hours; an endpoint
that is late too often has its notifications dropped."""
